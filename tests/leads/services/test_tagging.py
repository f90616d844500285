import pytest

from leadcrm.core.errors import DomainError
from leads.models import JourneyEvent, LeadTag, Tag
from leads.services import tagging
from tests.factories.leads import LeadFactory, TagFactory


@pytest.fixture
def lead(organization, rep, scope):
    return LeadFactory(organization=organization, assigned_to=rep)


def names(lead):
    return sorted(LeadTag.objects.filter(lead=lead).values_list("tag__name", flat=True))


def test_a_tag_is_found_whatever_its_case_and_made_when_it_is_new(lead, rep, organization):
    TagFactory(organization=organization, name="Priority")
    tagging.add_tags(lead=lead, names=["  priority ", "New  one", "NEW ONE"], actor=rep)
    assert names(lead) == ["New one", "Priority"]
    assert Tag.objects.count() == 2


def test_adding_keeps_what_others_have_added(lead, rep, manager):
    tagging.add_tags(lead=lead, names=["A"], actor=rep)
    tagging.add_tags(lead=lead, names=["B"], actor=manager)
    assert names(lead) == ["A", "B"]
    tagging.remove_tag(lead=lead, tag_id=Tag.objects.get(name="A").pk, actor=rep)
    assert names(lead) == ["B"]


def test_what_changes_nothing_is_not_told(lead, rep):
    (tag,) = tagging.add_tags(lead=lead, names=["A"], actor=rep)
    tagging.add_tags(lead=lead, names=["a"], actor=rep)
    tagging.set_tags(lead=lead, names=["A"], actor=rep)
    other = Tag.objects.create(name="Elsewhere")
    tagging.remove_tag(lead=lead, tag_id=other.pk, actor=rep)
    assert JourneyEvent.objects.filter(lead=lead, event_type="tags_changed").count() == 1
    tagging.remove_tag(lead=lead, tag_id=tag.pk, actor=rep)
    assert JourneyEvent.objects.filter(lead=lead, event_type="tags_changed").count() == 2


def test_setting_tags_replaces_them(lead, rep):
    tagging.set_tags(lead=lead, names=["A", "B"], actor=rep)
    tagging.set_tags(lead=lead, names=["B", "C"], actor=rep)
    assert names(lead) == ["B", "C"]


@pytest.mark.parametrize("name", ["İstanbul", "STRASSE", "straße", "Ω", "农业", "<b>", "a\x00b"])
def test_every_script_makes_one_tag(lead, rep, name):
    tagging.add_tags(lead=lead, names=[name], actor=rep)
    tagging.add_tags(lead=lead, names=[name], actor=rep)
    assert Tag.objects.count() == 1


def test_a_tag_that_is_too_long_is_refused(lead, rep):
    with pytest.raises(DomainError, match="at most 60"):
        tagging.add_tags(lead=lead, names=["x" * 61], actor=rep)
