"""Tags are one per name, merge without doubling, and leave no lead behind."""

import pytest

from leadcrm.core.errors import DomainError
from leads.models import LeadTag, Tag
from leads.services import tagging, tags
from tests.factories.leads import LeadFactory, TagFactory


@pytest.fixture
def lead(organization, scope):
    return LeadFactory(organization=organization)


def names(lead):
    return sorted(LeadTag.objects.filter(lead=lead).values_list("tag__name", flat=True))


def test_a_name_exists_once_whatever_its_case(organization, scope, admin):
    tags.save_tag(tag=None, name="Priority", colour="red", actor=admin)
    with pytest.raises(tags.TagExists):
        tags.save_tag(tag=None, name="  PRIORITY ", colour="red", actor=admin)


def test_setting_tags_on_a_lead_reuses_names_and_removes_what_is_missing(lead, admin):
    tagging.set_tags(lead=lead, names=["Priority", "pilot"], actor=admin)
    tagging.set_tags(lead=lead, names=["PILOT", "Fair"], actor=admin)
    assert names(lead) == ["Fair", "pilot"]
    assert Tag.objects.count() == 3


def test_a_merge_keeps_each_lead_once(organization, lead, admin):
    tagging.set_tags(lead=lead, names=["Priority", "Urgent"], actor=admin)
    other = LeadFactory(organization=organization)
    tagging.set_tags(lead=other, names=["Urgent"], actor=admin)
    urgent, priority = Tag.objects.get(name="Urgent"), Tag.objects.get(name="Priority")
    assert tags.merge_tag(tag=urgent, into=priority, actor=admin) == 2
    assert names(lead) == names(other) == ["Priority"]
    assert not Tag.objects.filter(name="Urgent").exists()


def test_a_tag_cannot_be_merged_into_itself(organization, scope, admin):
    tag = TagFactory(organization=organization)
    with pytest.raises(DomainError):
        tags.merge_tag(tag=tag, into=tag, actor=admin)


def test_deleting_a_tag_takes_it_off_its_leads(lead, admin):
    tagging.set_tags(lead=lead, names=["Priority"], actor=admin)
    assert tags.delete_tag(tag=Tag.objects.get(), actor=admin) == 1
    assert names(lead) == []
