"""Status words of other systems: where a lead stands, and what outreach has done with it."""

from __future__ import annotations

from dataclasses import dataclass

from leads.importing.keys import phrase_set, plain_key

# The status that goes with each outreach status.
STATUS_OF_OUTREACH = {
    "none": "new",
    "contacted": "contacted",
    "follow_up_1": "contacted",
    "follow_up_2": "contacted",
    "responded": "contacted",
    "interested": "qualified",
    "not_interested": "closed_lost",
    "invalid": "unqualified",
    "converted": "closed_won",
}
# Words that only the outreach of lead generation uses. "contacted" and "converted" are words of every system.
_OUTREACH_ONLY = ("follow_up_1", "follow_up_2", "responded", "interested", "not_interested", "invalid")

_WORDS: dict[str, str] = {
    "new": """new, open, open - not contacted, open not contacted, not contacted, not yet contacted, uncontacted,
        fresh, cold,
        prospect, prospecting, lead, lead in, subscriber, unassigned, created, incoming, to contact, to do, todo, raw,
        open lead, offen, neu, nouveau, nuevo, nuovo, novo, nieuw, ny, 新規, 新, screening, assigned, backlog,
        identified,
        new lead, idea, untouched, started, active""",
    "contacted": """contacted, working, working - contacted, working contacted, attempted to contact, attempted contact,
        attempting contact, attempted, connected, engaging, engaged, in process, in progress, inprogress, in_progress,
        contact made, approaching, replied, reached, reached out, in contact, called, emailed, follow up, following up,
        followup, ringing, busy, no answer, no response, unresponsive, bad timing, meeting, meeting booked, meeting
        scheduled, demo, demo scheduled, demo booked, demo done, appointment scheduled, appointmentscheduled, discovery,
        kontaktiert, in bearbeitung, contacte, contactado, contattato, contatado, in gesprek, 連絡済み, 已联系,
        conversation,
        presentation scheduled, presentationscheduled, first contact, initial contact, contact attempted""",
    "qualified": """qualified, qualified lead, sql, sales qualified lead, salesqualifiedlead, sales qualified, mql,
        marketing qualified lead, marketingqualifiedlead, marketing qualified, pre qualified, prequalified, hot,
        qualification, qualified to buy, qualifiedtobuy, opportunity, open deal, needs analysis, value proposition,
        identify decision makers, id decision makers, id. decision makers, decision maker bought in,
        decisionmakerboughtin, perception analysis, solution, evaluation, qualifiziert, qualifie, calificado,
        qualificato, qualificado, gekwalificeerd, trial, trial started, needs defined, accepted, sales accepted lead,
        sal,
        interested in product""",
    "proposal": """proposal, proposition, proposal sent, proposal made, proposal price quote, proposal/price quote,
        quote, quote sent, quotation, quotation sent, quoted, offer, offer sent, offered, pricing, angebot,
        angebot gesendet, proposition commerciale, devis, propuesta, presupuesto enviado, proposta, offerte, 提案""",
    "negotiation": """negotiation, negotiations, negotiating, negotiation review, negotiation/review, negotiations
        started, in negotiation, contract sent, contractsent, contract, verbal commitment, verbal agreement, commit,
        decision, closing, verhandlung, negociation, negociacion, negociacao, trattativa, onderhandeling, 交渉, ready to
        buy, ready to close, legal, procurement""",
    "closed_won": """closed won, closedwon, won, win, converted, customer, client, closed - won, closed - converted,
        closed converted, deal won, sold, success, successful, signed, evangelist, gewonnen, kunde, gagne, ganado,
        vinto,
        ganho, gewonnen kunde, cliente, 受注, 成交, purchased, paying, existing customer, active customer, enrolled,
        lead
        converted, order, ordered, closed by sale, paid""",
    "closed_lost": """closed lost, closedlost, lost, loss, closed - lost, closed - not converted, closed not converted,
        not converted, deal lost, lost lead, dead, closed lost to competition, closed-lost to competition, rejected,
        declined, verloren, perdu, perdido, perso, verlies, 失注, abandoned, cancelled, canceled, lost quotation,
        refused,
        no sale, no deal, churned, closed, dropped, lost to competitor, withdrawn""",
    "nurturing": """nurturing, nurture, recycled, recycle, contact in future, contact in the future, contact later,
        later,
        long term, on hold, onhold, hold, paused, snoozed, future, future opportunity, not now, not ready,
        not ready yet,
        warm, warming, re engage, reengage, dormant, wiedervorlage, spater, en attente, passive, parked, postponed,
        deferred, call later, will revert""",
    "unqualified": """unqualified, not qualified, disqualified, junk, junk lead, spam, bad data, bad lead, bad fit,
        not a fit,
        wrong number, wrong number given, invalid number, fake, duplicate, garbage, test, ungeeignet,
        nicht qualifiziert,
        non qualifie, no calificado, non qualificato, nao qualificado, do not contact, changed job, archived,
        irrelevant,
        out of scope, not eligible, not a lead""",
}
_STATUS_OF = {plain_key(word): status for status, text in _WORDS.items() for word in (status, *phrase_set(text))}
_OUTREACH_WORDS: dict[str, str] = {
    "none": "none, new, not contacted, pending, not started, queued",
    "contacted": "contacted, sent, email sent, initial, initial sent, first email sent",
    "follow_up_1": "follow_up_1, followup 1, follow up one, first follow up, 1st follow up, fu1",
    "follow_up_2": "follow_up_2, followup 2, follow up two, second follow up, 2nd follow up, fu2",
    "responded": "responded, replied, reply received, response received, answered",
    "interested": "interested, positive, positive reply",
    "not_interested": "not_interested, notinterested, negative, negative reply, no interest, uninterested, opted out",
    "invalid": "invalid, bounced, invalid email, email bounced, undeliverable, wrong email",
    "converted": "converted, won, customer, client",
}
_OUTREACH_OF = {plain_key(word): status for status, text in _OUTREACH_WORDS.items() for word in phrase_set(text)}


@dataclass(frozen=True, slots=True)
class StatusWord:
    """What one word says: a status, an outreach status, or both."""

    status: str | None
    outreach_status: str | None


def read_status(text: str) -> StatusWord | None:
    """Return the meaning of a word in a status column, None when it is not known.

    Words that only outreach uses set both; words that every system uses set the status alone.
    """
    key = plain_key(text)
    outreach = _OUTREACH_OF.get(key)
    if outreach in _OUTREACH_ONLY and key not in _STATUS_OF:
        return StatusWord(STATUS_OF_OUTREACH[outreach], outreach)
    status = _STATUS_OF.get(key)
    return StatusWord(status, None) if status else None


def read_outreach_status(text: str) -> StatusWord | None:
    """Return the meaning of a word in an outreach column, with the status that goes with it."""
    outreach = _OUTREACH_OF.get(plain_key(text))
    return StatusWord(STATUS_OF_OUTREACH[outreach], outreach) if outreach else None


def is_outreach_word(text: str) -> bool:
    """Say whether a word belongs to outreach alone, which tells such a column from a pipeline status."""
    word = read_status(text)
    return word is not None and word.outreach_status is not None
