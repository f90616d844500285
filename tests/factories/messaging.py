"""Mails in the queue. Call them inside ``tenancy.organization_scope`` or pass ``organization``."""

from factory.declarations import LazyAttribute, Sequence, SubFactory

from messaging.models import QueuedEmail
from tests.factories.accounts import OrganizationFactory, TenantFactory


class QueuedEmailFactory(TenantFactory):
    """A mail that is due."""

    class Meta:
        model = QueuedEmail

    organization = SubFactory(OrganizationFactory)
    template = "welcome"
    recipient = Sequence(lambda n: f"person{n}@customer.example")
    recipient_norm = LazyAttribute(lambda made: made.recipient.lower())
    sender_name = LazyAttribute(lambda made: made.organization.name)
    subject = "Thank you for your interest"
    body_text = "Hello,\n\nthank you.\n"
    body_html = "<!doctype html><html><head><style>p { color: #222; }</style></head><body><p>Hello</p></body></html>"
    message_id = Sequence(lambda n: f"<welcome.{n}@leadcrm.example>")
