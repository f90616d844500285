"""News of the platform's base for the apps above it."""

from django.dispatch import Signal

# Staff saw or changed customer data in the admin. kind: "list", "view", "add", "change" or "delete";
# actor, model, organization_id, obj (None for lists), details: what else is known. Sent inside the
# transaction of the act, to receivers that may fail it: what cannot be logged does not happen.
staff_accessed = Signal()
