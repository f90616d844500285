"""For whom a flag is on: environments, groups, shares that stick."""

import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, transaction
from django.db.utils import IntegrityError
from django.template import Context, Template
from django.test import RequestFactory

from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leadcrm.flags import services
from leadcrm.flags.choices import Flag
from leadcrm.flags.models import FeatureFlag
from tests.flags import as_staff

pytestmark = pytest.mark.django_db
KEY = Flag.CHAT_SUPPORT


def test_the_common_flags_are_there():
    assert set(FeatureFlag.objects.values_list("key", flat=True)) == set(Flag)


def test_a_flag_that_nobody_made_is_off():
    assert not services.is_on("NO_SUCH_FLAG")


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_each_environment_has_its_own_switch(set_flag, settings, environment):
    settings.ENVIRONMENT = environment
    set_flag(KEY, rollout_percentage=100, enabled_dev=False, enabled_staging=False, enabled_prod=False)
    assert not services.is_on(KEY)
    set_flag(KEY, **{f"enabled_{environment}": True})
    assert services.is_on(KEY)


def test_the_main_switch_switches_all_off(set_flag):
    set_flag(KEY, enabled=False, rollout_percentage=100)
    assert not services.is_on(KEY)


def test_an_empty_share_is_everybody(set_flag):
    set_flag(KEY, rollout_percentage=None)
    assert services.is_on(KEY)
    assert services.is_on(KEY, visitor="v1")


def test_a_share_is_as_large_as_it_says(set_flag):
    visitors = [str(uuid.uuid4()) for _ in range(4000)]
    for share in (1, 25, 50, 90):
        set_flag(KEY, rollout_percentage=share)
        flag = FeatureFlag.objects.get(key=KEY)
        on = sum(flag.covers(visitor, ()) for visitor in visitors)
        # Six standard deviations: a fair share fails once in a thousand million runs.
        room = 6 * (4000 * share / 100 * (1 - share / 100)) ** 0.5
        assert abs(on - 4000 * share / 100) < room, share


def test_whoever_has_it_keeps_it_when_the_share_grows():
    visitors = [f"visitor-{number}" for number in range(500)]
    had: set[str] = set()
    for share in (0, 10, 11, 50, 99, 100):
        has = {visitor for visitor in visitors if FeatureFlag(key="X", rollout_percentage=share).covers(visitor, ())}
        assert had <= has
        had = has
    assert had == set(visitors)


def test_the_answer_for_one_person_stays_the_same(set_flag, rep):
    set_flag(KEY, rollout_percentage=50)
    assert len({services.is_on(KEY, user=rep) for _ in range(20)}) == 1


def test_two_flags_do_not_choose_the_same_people():
    visitors = [f"visitor-{number}" for number in range(1000)]
    first, second = (
        {visitor for visitor in visitors if FeatureFlag(key=key, rollout_percentage=50).covers(visitor, ())}
        for key in ("ONE", "OTHER")
    )
    assert 180 < len(first & second) < 320, "about a quarter has both"


def test_nobody_in_particular_is_in_no_share(set_flag):
    set_flag(KEY, rollout_percentage=99)
    assert not services.is_on(KEY)


def test_a_role_has_it_whatever_the_share_is(set_flag, manager, rep):
    set_flag(KEY, rollout_percentage=0, user_groups=["manager"])
    assert services.is_on(KEY, user=manager)
    assert not services.is_on(KEY, user=rep)


def test_a_group_of_the_admin_has_it(set_flag, rep, viewer):
    rep.groups.add(Group.objects.create(name="beta_users"))
    set_flag(KEY, rollout_percentage=0, user_groups=["beta_users"])
    assert services.is_on(KEY, user=rep)
    assert not services.is_on(KEY, user=viewer)


def test_an_organization_has_it_with_all_its_people(set_flag, rep, outsider, organization, other_organization):
    set_flag(KEY, rollout_percentage=0, user_groups=["organization:acme-design"])
    assert services.is_on(KEY, organization=organization)
    assert services.is_on(KEY, user=rep)
    assert not services.is_on(KEY, organization=other_organization)
    assert not services.is_on(KEY, user=outsider)


def test_a_share_of_organizations_sticks_to_the_organization(set_flag, organization):
    place = FeatureFlag(key=KEY)._place(str(organization.pk)) * 100 // 10_000
    set_flag(KEY, rollout_percentage=place)
    assert not services.is_on(KEY, organization=organization)
    set_flag(KEY, rollout_percentage=min(place + 1, 100))
    assert services.is_on(KEY, organization=organization)


def test_groups_that_stand_for_nobody_are_refused(organization):
    Group.objects.create(name="beta_users")
    names = ["manager", " beta_users ", "organization:acme-design", "manager", ""]
    assert services.clean_groups(names) == ["manager", "beta_users", "organization:acme-design"]
    with pytest.raises(DomainError, match="premium, organization:nobody"):
        services.clean_groups(["admin", "premium", "organization:nobody"])


def test_a_page_asks_the_database_once(scope, django_assert_num_queries):
    services.forget()
    with django_assert_num_queries(1):
        for key in Flag:
            services.is_on(key)


def test_a_process_follows_within_its_seconds(settings, set_flag, django_assert_num_queries):
    settings.FLAGS_CACHE_SECONDS = 60
    try:
        services.forget()
        services.is_on(KEY)
        with django_assert_num_queries(0):
            services.is_on(KEY)
        set_flag(KEY, enabled=False)
        assert not services.is_on(KEY), "the process that changed it knows at once"
    finally:
        services.forget()


def test_the_application_cannot_change_flags():
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        FeatureFlag.objects.filter(key=KEY).update(enabled=False)


def test_nobody_rewrites_the_history_of_a_flag():
    with pytest.raises(DatabaseError, match="permission denied"), as_staff() as cursor:
        cursor.execute("UPDATE flags_flagchange SET actor_name = 'nobody'")


@pytest.mark.parametrize("share", [-1, 101])
def test_a_share_is_a_percentage(set_flag, share):
    with pytest.raises(IntegrityError):
        set_flag(KEY, rollout_percentage=share)


def test_the_template_tag_asks_for_whoever_looks(set_flag, rep, organization):
    set_flag(KEY, rollout_percentage=0, user_groups=["sales_rep"])
    template = Template('{% load flags %}{% flag "CHAT_SUPPORT" as is_on %}{{ is_on }}')
    request = RequestFactory().get("/")
    request.user, request.organization = rep, organization
    assert template.render(Context({"request": request})) == "True"
    assert template.render(Context({})) == "False"


def test_on_a_public_page_of_others_a_member_is_a_visitor(set_flag, rep, other_organization):
    set_flag(KEY, rollout_percentage=0, user_groups=["sales_rep"])
    template = Template('{% load flags %}{% flag "CHAT_SUPPORT" as is_on %}{{ is_on }}')
    request = RequestFactory().get("/")
    request.user, request.organization = rep, other_organization
    assert template.render(Context({"request": request})) == "False"


def test_an_unknown_environment_stops_the_start(settings):
    settings.ENVIRONMENT = "production"
    with pytest.raises(SystemCheckError, match=r"leadcrm\.E004"):
        call_command("check")


def test_flags_can_be_asked_without_a_scope():
    assert tenancy.maybe_scope() is None
    services.is_on(KEY, visitor="v")
