import pytest

from leadcrm.core.errors import DomainError, NotAllowed
from leads.models import JourneyEvent, LeadNote
from leads.services import notes
from tests.factories.leads import LeadFactory


@pytest.fixture
def lead(organization, rep, scope):
    return LeadFactory(organization=organization, assigned_to=rep)


@pytest.mark.parametrize("content", ["", "   \n ", "\x00", "x" * 20_001])
def test_empty_and_endless_notes_are_refused(lead, rep, content):
    with pytest.raises(DomainError) as refused:
        notes.add_note(lead=lead, content=content, actor=rep)
    assert refused.value.field == "content"


def test_a_note_keeps_its_words_and_its_markup(lead, rep):
    words = "<script>alert(1)</script>\n\u202eabc\u200b 👩‍👩‍👧"
    assert notes.add_note(lead=lead, content=words, actor=rep).content == words


def test_only_the_author_changes_a_note(lead, rep, admin):
    note = notes.add_note(lead=lead, content="First", actor=rep)
    assert notes.change_note(note=note, content="Second", actor=rep).content == "Second"
    with pytest.raises(NotAllowed):
        notes.change_note(note=note, content="Third", actor=admin)


def test_a_note_is_deleted_by_its_author_or_by_who_may_delete_leads(lead, rep, editor, manager):
    first, second = (notes.add_note(lead=lead, content=text, actor=rep) for text in ("one", "two"))
    with pytest.raises(NotAllowed):
        notes.delete_note(note=first, actor=editor)
    notes.delete_note(note=first, actor=rep)
    notes.delete_note(note=second, actor=manager)
    assert not LeadNote.objects.exists()


def test_a_deleted_note_leaves_no_words_in_the_timeline(lead, rep):
    from leadcrm.audit.models import ActivityLog

    note = notes.add_note(lead=lead, content="Very private words", actor=rep)
    notes.delete_note(note=note, actor=rep)
    for event in JourneyEvent.objects.filter(lead=lead):
        assert "private" not in f"{event.description} {event.properties}"
    for entry in ActivityLog.objects.all():
        assert "private" not in f"{entry.description} {entry.changes} {entry.metadata}"
