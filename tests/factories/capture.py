"""Capture forms, and answers to them. A form can be told anything that the services take."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from assessments.services import capture_forms, spam, submissions
from leadcrm.core import public_tokens, tenancy

SHOP = "https://www.shop.example"
HERE = "http://testserver"


def make_form(organization, *, name="Talk to us", **values):
    """Build a form that asks for name, e-mail, company and message."""
    with tenancy.organization_scope(organization.pk):
        form = capture_forms.create(actor=None, name=name, **{"allowed_origins": [SHOP], **values})
    form.organization = organization
    return form


def make_answer(form, *, email="greta@weber.example", reasons=(), page="", **facts):
    """Send an answer, without the page around it."""
    with tenancy.organization_scope(form.organization_id):
        return submissions.submit(
            form=form, page=page, reasons=reasons,
            answer=submissions.Answer(
                email=email, values={"email": email, **facts}, facts=facts, consents=form.consents
            ),
        )  # fmt: skip


def stamp_of(form, *, seconds_ago=10, **said):
    """Return the stamp of a page that was opened a while ago."""
    with time_machine.travel(timezone.now() - timedelta(seconds=seconds_ago)):
        return spam.new_stamp(form.pk, **{"asks": False, **said})[0]


def typed(form, **values):
    """Return what a browser sends."""
    return {
        "email": "greta@weber.example", "first_name": "Greta", "last_name": "Weber", "company": "Weber Maschinen",
        "message": "Please call me.", "stamp": stamp_of(form), spam.TRAP: "", **values,
    }  # fmt: skip


def make_unconfirmed(organization, *, token="confirm-secret", name="With confirmation"):
    """Send an answer whose address waits for the click in a mail with this token."""
    answer = make_answer(make_form(organization, name=name, double_opt_in=True))
    with tenancy.organization_scope(organization.pk):
        answer.token_hash = public_tokens.hash_token(token)
        answer.save(update_fields=["token_hash"])
    return answer
