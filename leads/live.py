"""Who hears of which news about leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadcrm.core.live import FACTS, KINDS, Audience, Kind
from leads.permissions import LeadPermission
from leads.querysets import ALL, TEAM, reach_of

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

APP = "leads"


@dataclass(frozen=True)
class Reach:
    """How far a person sees, as ``LeadQuerySet.visible_to`` says it."""

    kind: str
    user_id: str
    team_id: str | None
    may_view: bool
    may_import: bool

    def covers(self, owner: str | None, team: str | None) -> bool:
        if self.kind == ALL or owner == self.user_id:
            return True
        if self.team_id is None or team != self.team_id:
            return False
        return self.kind == TEAM or owner is None


def reach_facts(user: User) -> Reach:
    return Reach(
        kind=reach_of(user),
        user_id=str(user.pk),
        team_id=str(user.team_id) if user.team_id else None,
        may_view=user.has_right(LeadPermission.VIEW),
        may_import=user.has_right(LeadPermission.IMPORT),
    )


def sees_lead(event: Mapping[str, Any], audience: Audience) -> bool:
    """Tell those who see the lead, and those who saw it before it changed hands: their board has a card to drop."""
    reach = _reach(audience)
    if not reach.may_view:
        return False
    if reach.covers(event.get("owner"), event.get("team")):
        return True
    return "was_owner" in event and reach.covers(event["was_owner"], event.get("was_team"))


def sees_board(event: Mapping[str, Any], audience: Audience) -> bool:  # noqa: ARG001 — the signature is the registry's
    """Tell everybody who has a board: the news carries no id."""
    return _reach(audience).may_view


def sees_job(event: Mapping[str, Any], audience: Audience) -> bool:
    """Tell the owner; a job without one concerns everybody who imports."""
    owner = event.get("owner")
    return owner == str(audience.user_id) if owner else _reach(audience).may_import


def sees_notification(event: Mapping[str, Any], audience: Audience) -> bool:
    """Tell the one person it is meant for."""
    return event.get("user") == str(audience.user_id)


def _reach(audience: Audience) -> Reach:
    reach: Reach = audience.facts[APP]
    return reach


FACTS.register(APP, reach_facts)
KINDS.register("lead", Kind(sees_lead))
KINDS.register("board", Kind(sees_board, shows=()))
KINDS.register("job", Kind(sees_job))
KINDS.register("notification", Kind(sees_notification))
