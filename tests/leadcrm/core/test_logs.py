"""Logs hold no link that lets somebody in."""

import io
import logging
import logging.config

import pytest
from django.conf import settings
from django.test import Client

from tests.factories.accounts import InvitationFactory


@pytest.fixture
def written():
    """Return what our handler writes, set up from the settings."""
    parts = {name: settings.LOGGING[name] for name in ("version", "filters", "formatters")}
    stream = io.StringIO()
    handler = {**settings.LOGGING["handlers"]["console"], "stream": stream}
    logger = logging.getLogger("django.request")
    before = logger.handlers[:], logger.level, logger.propagate
    logging.config.dictConfig(
        {
            **parts,
            "disable_existing_loggers": False,
            "handlers": {"console": handler},
            "loggers": {"django.request": {"handlers": ["console"], "level": "INFO", "propagate": False}},
        }
    )
    yield stream
    logger.handlers, logger.level, logger.propagate = before[0], before[1], before[2]


def test_a_refused_form_of_an_invitation_does_not_log_its_link(written, organization):
    InvitationFactory(organization=organization, token="live-secret")
    answer = Client().post("/join/live-secret/", {"full_name": "Nia", "password": "short"})
    assert answer.status_code == 422
    assert "Unprocessable" in written.getvalue()
    assert "live-secret" not in written.getvalue()
    assert "/join/…/" in written.getvalue()


def test_other_lines_stay_as_they_are(written, db):
    Client().get("/nowhere/at-all/")
    assert "Not Found: /nowhere/at-all/" in written.getvalue()
