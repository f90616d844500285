"""Staff switch flags in the admin, and each change is kept."""

import pytest
from django.urls import reverse

from leadcrm.flags import services
from leadcrm.flags.models import FeatureFlag, FlagChange
from tests.flags import as_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


def history():
    with as_staff():
        return list(FlagChange.objects.order_by("created_at"))


def form_of(flag, **changes):
    data = {
        "name": flag.name,
        "description": flag.description,
        "rollout_percentage": "" if flag.rollout_percentage is None else flag.rollout_percentage,
        "user_groups": "\n".join(flag.user_groups),
    }
    data |= {
        name: "on" for name in ("enabled", "enabled_dev", "enabled_staging", "enabled_prod") if getattr(flag, name)
    }
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


@pytest.fixture(autouse=True)
def read_anew():
    yield
    services.forget()


def change(desk, flag_key, **changes):
    flag = FeatureFlag.objects.get(key=flag_key)
    return desk.post(reverse("admin:flags_featureflag_change", args=[flag.pk]), form_of(flag, **changes))


def test_a_change_takes_effect_and_says_who_made_it(desk, staff):
    answer = change(desk, "CHAT_SUPPORT", rollout_percentage="20", user_groups="manager\nviewer")
    assert answer.status_code == 302
    flag = FeatureFlag.objects.get(key="CHAT_SUPPORT")
    assert (flag.rollout_percentage, flag.user_groups) == (20, ["manager", "viewer"])
    (entry,) = history()
    assert (entry.key, entry.actor, entry.actor_name, entry.action) == ("CHAT_SUPPORT", staff, str(staff), "changed")
    assert entry.changes == {"rollout_percentage": [100, 20], "user_groups": [[], ["manager", "viewer"]]}


def test_switching_off_is_felt_at_once(desk):
    assert services.is_on("CHAT_SUPPORT")
    change(desk, "CHAT_SUPPORT", enabled=None)
    assert not services.is_on("CHAT_SUPPORT")


def test_the_key_of_a_flag_is_not_changed(desk):
    change(desk, "CHAT_SUPPORT", key="OTHER")
    assert FeatureFlag.objects.filter(key="CHAT_SUPPORT").exists()
    assert not FeatureFlag.objects.filter(key="OTHER").exists()


@pytest.mark.parametrize(("field", "value"), [("rollout_percentage", "101"), ("user_groups", "premium_customers")])
def test_what_stands_for_nobody_is_refused_in_words(desk, field, value):
    answer = change(desk, "CHAT_SUPPORT", **{field: value})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field]
    assert history() == []


def test_a_flag_of_ones_own_is_added_and_deleted_with_entries(desk):
    data = {"key": "NEW_HEADER", "name": "New header", "enabled": "on", "enabled_dev": "on", "user_groups": "admin"}
    assert desk.post(reverse("admin:flags_featureflag_add"), data).status_code == 302
    flag = FeatureFlag.objects.get(key="NEW_HEADER")
    desk.post(reverse("admin:flags_featureflag_delete", args=[flag.pk]), {"post": "yes"})
    assert not FeatureFlag.objects.filter(key="NEW_HEADER").exists()
    assert [entry.action for entry in history()] == ["added", "deleted"]


def test_a_flag_that_code_asks_for_is_not_deleted(desk):
    flag = FeatureFlag.objects.get(key="CHAT_SUPPORT")
    assert desk.post(reverse("admin:flags_featureflag_delete", args=[flag.pk]), {"post": "yes"}).status_code == 403


def test_the_list_says_for_whom_it_is_on_here(desk, set_flag):
    set_flag("CHAT_SUPPORT", rollout_percentage=20, user_groups=["manager"])
    set_flag("INTERACTIVE_CALCULATOR", rollout_percentage=0)
    page = desk.get(reverse("admin:flags_featureflag_changelist")).content.decode()
    assert "on for manager and 20 % of the others (development)" in page
    assert "on for nobody (development)" in page
    assert "off (development)" in page


def test_the_history_of_a_flag_shows_every_change(desk, staff):
    change(desk, "CHAT_SUPPORT", rollout_percentage="20")
    flag = FeatureFlag.objects.get(key="CHAT_SUPPORT")
    page = desk.get(reverse("admin:flags_featureflag_history", args=[flag.pk])).content.decode()
    assert "changed the flag" in page
    assert str(staff) in page


def test_staff_without_the_permission_switch_nothing(client_of, staff):
    staff.is_superuser = False
    staff.save()
    assert change(client_of(staff), "CHAT_SUPPORT", enabled=None).status_code == 403
