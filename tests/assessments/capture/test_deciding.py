"""Confirmation by mail, quarantine, proof of work, the builder, and two that send at the same moment."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from assessments.models import CaptureForm, Submission
from assessments.services import spam, submissions
from leadcrm.core import tenancy
from leads.models import Lead
from messaging.models import QueuedEmail
from tests.factories.capture import HERE, make_answer, make_form, make_unconfirmed, stamp_of, typed

pytestmark = pytest.mark.django_db


def test_an_address_is_confirmed_by_a_click_and_not_by_opening_the_link(organization):
    make_unconfirmed(organization)
    url = reverse("assessments:submission_confirmation", args=["confirm-secret"])
    Client().get(url)
    with tenancy.organization_scope(organization.pk):
        assert Lead.objects.count() == 0
        assert QueuedEmail.objects.get().template == "confirm_subscription"
    assert [Client().post(url).status_code for _ in range(2)] == [200, 200]
    with tenancy.organization_scope(organization.pk):
        assert Lead.objects.count() == 1
        assert Submission.objects.get().state == "confirmed"


def test_a_released_answer_becomes_a_lead_and_a_rejected_one_does_not(organization, marketer, scope):
    form = make_form(organization)
    good, bad = make_answer(form, reasons=["links"]), make_answer(form, email="b@pills.example", reasons=["trap"])
    submissions.release(submission=good, actor=marketer)
    submissions.reject(submission=bad, actor=marketer)
    assert list(Lead.objects.values_list("email", flat=True)) == ["greta@weber.example"]
    with pytest.raises(submissions.SubmissionMovedOn):
        submissions.release(submission=bad, actor=marketer)


def solution_of(challenge):
    numbers = range(challenge["maxnumber"])
    found = next(
        n for n in numbers if hashlib.sha256(f"{challenge['salt']}{n}".encode()).hexdigest() == challenge["challenge"]
    )
    return base64.b64encode(json.dumps({**challenge, "number": found}).encode()).decode()


def test_work_is_good_for_one_page():
    challenge = spam.new_challenge("mine")
    assert spam.is_solved(solution_of(challenge), "mine")
    assert not spam.is_solved(solution_of(challenge), "another")
    forged = {**challenge, "signature": "0" * 64}
    assert not spam.is_solved(solution_of(forged), "mine")


def test_without_work_a_guarded_form_keeps_back_and_with_it_takes_in(organization):
    form = make_form(organization, guard="always")
    url = reverse("assessments:capture_page", args=[form.key])
    Client().post(url, typed(form, stamp=stamp_of(form, asks=True)), headers={"origin": HERE})
    ticket = Client().get(url).context["ticket"]
    with tenancy.organization_scope(organization.pk):
        assert Submission.objects.get().reasons == ["no_proof"]
    made = typed(form, email="b@weber.example", stamp=ticket["stamp"], proof=solution_of(ticket["challenge"]))
    Client().post(url, made, headers={"origin": HERE})
    with tenancy.organization_scope(organization.pk):
        assert "no_proof" not in Submission.objects.get(email="b@weber.example").reasons


def test_moving_a_field_saves_what_was_typed(organization, client_of, marketer):
    form = make_form(organization)
    rows = [one.name for one in form.chosen]
    data = {"field": rows, **{f"label-{name}": f"The {name}" for name in rows}, "up": "email"}
    client_of(marketer).post(reverse("assessments:capture_form_fields", args=[form.pk]), data)
    with tenancy.organization_scope(organization.pk):
        saved = CaptureForm.objects.get(pk=form.pk).chosen
    assert [one.name for one in saved][:2] == ["first_name", "email"]
    assert saved[0].label == "The first_name"


@pytest.mark.django_db(transaction=True)
def test_two_that_send_one_page_at_the_same_moment_make_one_lead(organization):
    form = make_form(organization)

    def send(_):
        try:
            return make_answer(form, page="the-same").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1
    with tenancy.organization_scope(organization.pk):
        assert (Lead.objects.count(), Submission.objects.count()) == (1, 1)
