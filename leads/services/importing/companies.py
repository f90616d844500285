"""Fill what a row leaves open about its company from the leads of that company that were there before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from django.db import connection

from leads.querysets import ALL, TEAM
from leads.services.importing.plans import ImportPlan
from leads.services.importing.rows import SEPARATOR, LeadRow
from leads.services.scoring import SCORED_FIELDS

# What is true of a company, whoever in it the lead is.
FACTS = ("industry", "business_type", "company_size", "website", "street", "city", "state", "postal_code", "country")
_ADDRESS = frozenset({"street", "city", "state", "postal_code", "country"})
REMEMBERED = 20_000
# Facts are taken from the oldest leads of a company; one that is complete is nearly always among them.
LOOKED_AT = 5

Facts = dict[str, str]


class Companies:
    """The facts of companies, each looked up once while it is among the latest that were needed.

    Only leads older than the import count: what the file itself says of a company in another row stays there.
    """

    def __init__(self, plan: ImportPlan) -> None:
        self._plan = plan
        self._known: OrderedDict[str, Facts] = OrderedDict()

    def complete(self, rows: Iterable[LeadRow]) -> None:
        """Add to each row what it does not say about its company. Costs at most one query."""
        wanted = [(row, str(row.fields["company"]).lower()) for row in rows if _has_gap(row)]
        names = {name for _, name in wanted}
        if missing := [name for name in names if name not in self._known]:
            self._known.update(self._ask(missing))
        for row, name in wanted:
            facts, said = self._known[name], set(row.fields)
            for fact, value in facts.items():
                # Half of an address from here and half from there would be an address of nowhere.
                if fact not in row.fields and not (fact in _ADDRESS and _ADDRESS & said):
                    row.fields[fact] = value
                    if fact in SCORED_FIELDS:
                        row.draft = None  # it no longer says what the lead is worth
        for name in names:
            self._known.move_to_end(name)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _ask(self, names: list[str]) -> dict[str, Facts]:
        plan, actor = self._plan, self._plan.actor
        # Facts of leads that the person does not see are none of theirs.
        reach = {ALL: "", TEAM: "AND (l.team_id = %(team)s OR l.assigned_to_id = %(person)s)"}.get(
            plan.reach, "AND (l.assigned_to_id = %(person)s OR (l.assigned_to_id IS NULL AND l.team_id = %(team)s))"
        )
        found: dict[str, Facts] = {name: {} for name in names}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT k.name, {', '.join(f'm.{fact}' for fact in FACTS)}"  # noqa: S608 — our own names
                " FROM unnest(string_to_array(%(names)s, E'\\x1f')) AS k(name) CROSS JOIN LATERAL ("
                f" SELECT l.id, {', '.join(f'l.{fact}' for fact in FACTS)} FROM leads_lead l"
                " WHERE l.organization_id = current_organization()"
                ' AND l.company_norm = (lower(k.name) COLLATE "C") AND l.id < %(batch)s AND l.deleted_at IS NULL'
                f" {reach} ORDER BY l.id LIMIT {LOOKED_AT}) m ORDER BY m.id",
                {"names": SEPARATOR.join(names), "batch": plan.batch_id, "team": actor.team_id, "person": actor.pk},
            )
            for name, *values in cursor.fetchall():
                facts = found[name]
                has_address = bool(_ADDRESS & facts.keys())
                for fact, value in zip(FACTS, values, strict=True):
                    if value and not (fact in _ADDRESS and has_address):
                        facts.setdefault(fact, value)
        return found


def _has_gap(row: LeadRow) -> bool:
    return "company" in row.fields and any(fact not in row.fields for fact in FACTS)
