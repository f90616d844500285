"""The columns that a person wants to see in the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from leadcrm.accounts.models import User as UserModel

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

PREFERENCE = "lead_columns"
MOST = 40


@transaction.atomic
def choose_columns(*, names: Sequence[str], actor: User) -> None:
    """Keep the columns and their order for ``actor``; none at all means the usual ones."""
    # Locked, because other preferences live in the same field.
    user = UserModel.objects.select_for_update().get(pk=actor.pk)
    kept = list(dict.fromkeys(names))[:MOST]
    if kept:
        user.preferences[PREFERENCE] = kept
    else:
        user.preferences.pop(PREFERENCE, None)
    user.save(update_fields=["preferences", "updated_at"])
    actor.preferences = user.preferences
