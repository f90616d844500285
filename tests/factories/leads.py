"""Leads and what hangs on them. Call them inside ``tenancy.organization_scope`` or pass ``organization``."""

from datetime import timedelta

from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory

from leads.choices import ActivityType, LeadStatus
from leads.models import Activity, Lead, LeadExport, LeadNote, PipelineStage, Tag
from tests.factories.accounts import OrganizationFactory, TenantFactory


def stage_of(organization, status=LeadStatus.NEW):
    """Return the stage of the default pipeline that stands for ``status``."""
    return PipelineStage.objects.get(organization=organization, pipeline__is_default=True, status=status)


class LeadFactory(TenantFactory):
    """A lead in the first stage; ``status`` puts it into the stage that stands for it."""

    class Meta:
        model = Lead

    organization = SubFactory(OrganizationFactory)
    first_name = "Greta"
    last_name = Sequence(lambda n: f"Weber {n}")
    company = Sequence(lambda n: f"Company {n}")
    email = Sequence(lambda n: f"greta.weber.{n}@company{n}.example")
    status = LeadStatus.NEW

    @classmethod
    def _create(cls, model_class, *args, organization, **kwargs):
        from leadcrm.core import tenancy

        with tenancy.organization_scope(organization.pk):
            if "stage" not in kwargs:
                kwargs["stage"] = stage_of(organization, kwargs["status"])
            kwargs["status"] = kwargs["stage"].status
            return model_class.objects.create(*args, organization=organization, **kwargs)


class ActivityFactory(TenantFactory):
    class Meta:
        model = Activity

    organization = LazyAttribute(lambda made: made.lead.organization)
    lead = SubFactory(LeadFactory)
    type = ActivityType.CALL
    subject = "Call about the offer"
    scheduled_at = LazyFunction(lambda: timezone.now() + timedelta(days=1))


class LeadNoteFactory(TenantFactory):
    class Meta:
        model = LeadNote

    organization = LazyAttribute(lambda made: made.lead.organization)
    lead = SubFactory(LeadFactory)
    content = "Prefers to be called in the afternoon."


class TagFactory(TenantFactory):
    class Meta:
        model = Tag

    organization = SubFactory(OrganizationFactory)
    name = Sequence(lambda n: f"Tag {n}")


class LeadExportFactory(TenantFactory):
    """An export that waits for the worker."""

    class Meta:
        model = LeadExport

    organization = SubFactory(OrganizationFactory)
    columns = ["company", "email"]
