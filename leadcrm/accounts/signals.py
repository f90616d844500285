"""News for the apps above; each signal is sent inside the transaction of the change."""

from django.dispatch import Signal

# organization: Organization, actor: User | None. A receiver names the organisation in everything it
# creates, because the scope in force may be the staff scope, which belongs to no single organisation.
organization_created = Signal()

# Somebody without an account got an answer. request, response, organization; sent inside the scope and the
# transaction of the page, and not for answers of 500 and above, which are rolled back.
public_page_served = Signal()
