"""Recompute the score of every lead of an organisation, in chunks, resumable after a crash.

A chunk is one transaction: the scores that changed, the leads they belong to, the leads that qualify, and the
progress of the run. What a kill interrupts was never committed, and the next worker starts at the same lead.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from leadcrm.accounts.services.locks import lock_people
from leadcrm.audit import services as audit
from leadcrm.audit import settings
from leadcrm.core import live, tenancy
from leadcrm.core.models import new_id
from leads.choices import EngagementLevel, JobState
from leads.events import LeadEvent
from leads.intelligence import engagement, rules
from leads.models import Activity, JourneyEvent, Lead, ScoringRun
from leads.services import jobs, qualification
from leads.services.activities import MEETINGS

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

logger = logging.getLogger(__name__)

TASK = "leads.run_scoring"
CHUNK = 4_000
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# The newest score of each lead comes with it; the index (organization, lead, created_at) makes that one probe.
READ = """
SELECT l.id, l.email, l.phone, l.company, l.message, l.service_tier, l.industry, l.company_size,
       l.engagement_level, l.status, l.score, l.score_confidence, l.updated_at,
       s.score, s.confidence, s.model_version, s.demographic_score, s.behavioral_score, s.temporal_score,
       s.conversational_score, s.explanation::text, s.recommendations::text
FROM leads_lead l
LEFT JOIN LATERAL (
    SELECT score, confidence, model_version, demographic_score, behavioral_score, temporal_score,
           conversational_score, explanation, recommendations
    FROM leads_leadscore
    WHERE organization_id = l.organization_id AND lead_id = l.id ORDER BY created_at DESC, id DESC LIMIT 1
) s ON true
WHERE l.organization_id = %s AND l.id > %s ORDER BY l.id LIMIT %s
"""
# A lead that somebody saved after it was read is left alone: that change has scored it already.
UPDATE = """
UPDATE leads_lead l SET score = v.score, score_confidence = v.confidence, engagement_level = v.level, scored_at = %s
FROM unnest(%s::uuid[], %s::timestamptz[], %s::smallint[], %s::numeric[], %s::text[])
     AS v(id, updated_at, score, confidence, level)
WHERE l.organization_id = %s AND l.id = v.id AND l.updated_at = v.updated_at
RETURNING l.id
"""
INSERT = """
INSERT INTO leads_leadscore (id, organization_id, lead_id, score, confidence, model_version, demographic_score,
    behavioral_score, temporal_score, conversational_score, explanation, recommendations, rate_version, created_at)
SELECT v.id, %s, v.lead, v.score, v.confidence, %s, v.demographic, v.behavioral, v.temporal, v.conversational,
       v.explanation::jsonb, v.recommendations::jsonb, %s, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::numeric[], %s::smallint[], %s::smallint[], %s::smallint[],
            %s::smallint[], %s::text[], %s::text[])
     AS v(id, lead, score, confidence, demographic, behavioral, temporal, conversational, explanation, recommendations)
"""


@dataclass(frozen=True, slots=True)
class Rescored:
    """A lead whose stored score is not what the rules say now."""

    pk: uuid.UUID
    updated_at: datetime
    level: str
    result: rules.RuleScore
    has_new_reasons: bool


@transaction.atomic
def start(*, actor: User | None) -> ScoringRun:
    """Ask for a run; when one is waiting or running, return that one."""
    lock_people(tenancy.current_organization_id())  # two clicks at once make one run
    unfinished: ScoringRun | None = ScoringRun.objects.unfinished().order_by("created_at").first()
    if unfinished is not None:
        return unfinished
    run: ScoringRun = ScoringRun.objects.create(requested_by=actor)
    jobs.ring(TASK, run)
    live.announce("job", id=run.pk, owner=actor.pk if actor else None)
    return run


def run(organization_id: uuid.UUID | str, pk: uuid.UUID | str) -> None:
    """Do a run; a no-op when another worker has it or nothing is due."""
    with tenancy.organization_scope(organization_id):
        job = jobs.claim(ScoringRun, pk)
    if job is None:
        return
    try:
        while _chunk(organization_id, job):
            pass
    except jobs.LeaseLost:
        logger.warning("Scoring run %s belongs to another worker now.", pk)
    except jobs.Cancelled:
        _finish(organization_id, job, JobState.CANCELLED)
    except (OperationalError, InterfaceError):
        # The connection is gone or the server restarts: the lease runs out, and the sweep starts it again.
        connection.close()
        raise
    except DatabaseError:
        logger.exception("Scoring run %s failed.", pk)
        _finish(organization_id, job, JobState.FAILED, "The database refused a step. What was written before stays.")
    except Exception:
        logger.exception("Scoring run %s failed.", pk)
        _finish(
            organization_id, job, JobState.FAILED, "Something went wrong on our side. What was written before stays."
        )
    else:
        _finish(organization_id, job, JobState.DONE)


def _chunk(organization_id: uuid.UUID | str, job: ScoringRun) -> bool:
    """Work on the next leads; return whether there were any."""
    with tenancy.organization_scope(organization_id, actor_id=job.requested_by_id), transaction.atomic():
        current = jobs.renew(job)
        if current.progress_total is None:
            current.progress_total = Lead.objects.count()
        rows = _read(current)
        if rows:
            now = timezone.now()
            current.changed_count += _rescore(rows, at=now)
            current.qualified_count += _qualify(rows, actor=current.requested_by)
            current.last_lead_id = rows[-1][0]
            current.progress_done += len(rows)
            current.progress_total = max(current.progress_total, current.progress_done)
        current.save()
        live.announce("job", id=current.pk, owner=current.requested_by_id)
    return bool(rows)


def _read(run: ScoringRun) -> list[tuple[Any, ...]]:
    last = run.last_lead_id or uuid.UUID(int=0)
    with connection.cursor() as cursor:
        cursor.execute(READ, [run.organization_id, last, CHUNK])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _rescore(rows: Sequence[tuple[Any, ...]], *, at: datetime) -> int:
    """Score the leads read and write what changed; return how many leads have another score or other reasons."""
    table = settings.rates("leads.score_points")
    engaged = _human_events(rows[0][0], rows[-1][0], at=at)
    found = (_judge(row, engaged.get(row[0], ()), table.values, at) for row in rows)
    changed = [rescored for rescored in found if rescored is not None]
    if not changed:
        return 0
    saved = _update(changed, at)
    explained = [one for one in changed if one.has_new_reasons and one.pk in saved]
    if explained:
        _insert(explained, rate_version=table.version, at=at)
    return len(explained)


def _judge(row: tuple[Any, ...], events: Iterable[tuple[str, datetime]], points: Any, at: datetime) -> Rescored | None:
    pk, email, phone, company, message, tier, industry, size, level, _, score, confidence, updated_at, *newest = row
    new_level = engagement.level_of(events, at=at)
    facts = rules.LeadFacts(
        email, phone, company, message, tier, industry, size, new_level is not EngagementLevel.UNKNOWN
    )
    result = rules.score_facts(facts, points)
    is_told = _says(newest, result)
    if is_told and score == result.score and confidence == result.confidence and level == new_level:
        return None
    return Rescored(pk, updated_at, new_level.value, result, not is_told)


def _says(newest: Sequence[Any], result: rules.RuleScore) -> bool:
    *figures, explanation, recommendations = newest
    return (
        figures == _figures(result)
        and json.loads(explanation) == result.factors
        and json.loads(recommendations) == result.recommendations
    )


def _figures(result: rules.RuleScore) -> list[Any]:
    return [result.score, result.confidence, rules.MODEL_VERSION, result.demographic, result.behavioral,
            result.temporal, result.conversational]  # fmt: skip


def _human_events(first: uuid.UUID, last: uuid.UUID, *, at: datetime) -> dict[uuid.UUID, list[tuple[str, datetime]]]:
    """Return what the leads from ``first`` to ``last`` did lately, as ``scoring.human_events`` does for a few."""
    since = at - engagement.WINDOW
    events: dict[uuid.UUID, list[tuple[str, datetime]]] = {}
    told = JourneyEvent.objects.filter(
        lead_id__gte=first, lead_id__lte=last, event_type__in=engagement.WEIGHTS, occurred_at__gte=since,
        created_at__gte=since,
    ).exclude(properties__has_key="activity")  # fmt: skip
    for lead_id, event_type, moment in told.values_list("lead_id", "event_type", "occurred_at").iterator():
        events.setdefault(lead_id, []).append((event_type, moment))
    held = Activity.objects.filter(
        lead_id__gte=first, lead_id__lte=last, type__in=MEETINGS, completed_at__gte=since
    )  # fmt: skip
    for lead_id, completed_at in held.values_list("lead_id", "completed_at").iterator():
        if completed_at is not None:
            events.setdefault(lead_id, []).append(("meeting_held", completed_at))
    return events


def _update(changed: Sequence[Rescored], at: datetime) -> set[uuid.UUID]:
    columns: list[list[Any]] = [
        [one.pk for one in changed],
        [one.updated_at for one in changed],
        [one.result.score for one in changed],
        [one.result.confidence for one in changed],
        [one.level for one in changed],
    ]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [at, *columns, tenancy.current_organization_id()])
        return {pk for (pk,) in cursor.fetchall()}


def _insert(explained: Sequence[Rescored], *, rate_version: int, at: datetime) -> None:
    results = [one.result for one in explained]
    columns: list[list[Any]] = [
        [new_id() for _ in explained],
        [one.pk for one in explained],
        [result.score for result in results],
        [result.confidence for result in results],
        [result.demographic for result in results],
        [result.behavioral for result in results],
        [result.temporal for result in results],
        [result.conversational for result in results],
        [_encode(result.factors) for result in results],
        [_encode(result.recommendations) for result in results],
    ]
    with connection.cursor() as cursor:
        organization_id = tenancy.current_organization_id()
        cursor.execute(INSERT, [organization_id, rules.MODEL_VERSION, rate_version, at, *columns])


def _qualify(rows: Sequence[tuple[Any, ...]], *, actor: User | None) -> int:
    """Qualify those of the leads read that are due; the rows tell who may be, the database decides."""
    possible = [row[0] for row in rows if row[9] in qualification.QUALIFIABLE]
    return qualification.qualify_many(lead_ids=possible, actor=actor) if possible else 0


def _finish(organization_id: uuid.UUID | str, job: ScoringRun, state: JobState, error: str = "") -> None:
    """Write down how it ended: one entry in the audit log for the whole run."""
    with tenancy.organization_scope(organization_id, actor_id=job.requested_by_id), transaction.atomic():
        ended = jobs.finish(job, state, error=error)
        if ended is None:
            return
        table = settings.rates("leads.score_points")
        audit.record(
            LeadEvent.RESCORED,
            ended,
            actor=ended.requested_by,
            description=(
                f"{ended.progress_done:,} leads looked at, {ended.changed_count:,} changed, "
                f"{ended.qualified_count:,} qualified"
            ),
            metadata={
                "state": state.value, "looked_at": ended.progress_done, "changed": ended.changed_count,
                "qualified": ended.qualified_count, "model": rules.MODEL_VERSION, "rate_version": table.version,
            },
        )  # fmt: skip
        live.announce("job", id=ended.pk, owner=ended.requested_by_id)
        live.announce("board")
