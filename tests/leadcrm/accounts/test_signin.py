"""Signing in: password, second step, limits, forgotten passwords, and what the log says about it."""

import re

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core import mail
from django.template.loader import get_template
from django.test import Client

from leadcrm.accounts.models import User
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.settings import base
from tests.factories.accounts import PASSWORD

LOGIN = "/accounts/login/"


def sign_in(browser, person, password=PASSWORD, **extra):
    return browser.post(LOGIN, {"login": person.email, "password": password, **extra})


def prove(browser):
    """Enter the password once more, as what protects an account asks for."""
    assert browser.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def actions(person):
    with tenancy.organization_scope(person.organization_id):
        return list(ActivityLog.objects.order_by("created_at").values_list("action", "metadata"))


@pytest.fixture
def with_second_step(rep):
    """The rep, with an authenticator app; returns the secret of the app."""
    secret = "JBSWY3DPEHPK3PXP"
    totp.TOTP.activate(rep, secret)
    return secret


def code_of(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def test_a_person_signs_in_and_the_log_says_so_with_a_shortened_address(rep):
    browser = Client(REMOTE_ADDR="203.0.113.77")
    response = sign_in(browser, rep)
    assert (response.status_code, response["Location"]) == (302, "/")
    [(_, metadata)] = [entry for entry in actions(rep) if entry[0] == "user.signed_in"]
    assert metadata == {"network": "203.0.113.0"}
    assert UserSession.objects.get(user=rep).ip == "203.0.113.0"


def test_the_address_may_be_typed_in_any_case(rep):
    assert Client().post(LOGIN, {"login": rep.email.upper(), "password": PASSWORD}).status_code == 302


def test_staff_without_an_organization_land_in_the_admin(staff):
    assert sign_in(Client(), staff)["Location"] == "/admin/"


def test_a_wrong_password_is_refused_and_logged(rep):
    response = sign_in(Client(), rep, password="wrong")
    assert response.status_code == 200 and b"is not right" in response.content
    assert b"Not signed in" in response.content and b"Not saved" not in response.content
    assert [metadata["step"] for action, metadata in actions(rep) if action == "user.sign_in_failed"] == ["password"]


def test_an_unknown_address_gets_the_same_words_and_no_entry_anywhere(rep, caplog):
    known = sign_in(Client(), rep, password="wrong")
    unknown = Client().post(LOGIN, {"login": "nobody@nowhere.example", "password": "wrong"})
    words = [re.findall(rb"class=\"field__error.*?</li>|<li>.*?</li>", page.content) for page in (known, unknown)]
    assert words[0] == words[1] != []
    assert "unknown address" in caplog.text and "nobody@nowhere.example" not in caplog.text


def test_failed_sign_in_of_staff_without_an_organization_does_not_crash(staff):
    assert sign_in(Client(), staff, password="wrong").status_code == 200


@pytest.mark.parametrize("what", ["person", "organization"])
def test_whoever_is_deactivated_or_of_a_closed_organization_stays_out(rep, organization, what):
    if what == "person":
        User.objects.filter(pk=rep.pk).update(is_active=False)
    else:
        organization.is_active = False
        organization.save()
    browser = Client()
    response = sign_in(browser, rep)
    assert response.status_code == 302 and response["Location"] == "/accounts/inactive/"
    assert b"not active" in browser.get(response["Location"]).content
    assert browser.get("/me/").status_code == 302


def test_an_open_session_ends_when_the_organization_is_closed(rep, organization, client_of):
    browser = client_of(rep)
    assert browser.get("/me/").status_code == 200
    organization.is_active = False
    organization.save()
    assert browser.get("/me/").status_code == 302


def test_sign_up_is_closed(db):
    response = Client().get("/accounts/signup/")
    assert b"needs an invitation" in response.content
    Client().post("/accounts/signup/", {"email": "x@x.example", "password1": PASSWORD})
    assert not User.objects.filter(email="x@x.example").exists()


def test_guessing_a_password_is_stopped_even_from_many_networks(rep, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
    for number in range(5):
        sign_in(Client(REMOTE_ADDR=f"203.0.113.{number}"), rep, password="wrong")
    response = sign_in(Client(REMOTE_ADDR="198.51.100.1"), rep)
    assert response.status_code == 200 and b"Too many tries" in response.content


def test_hammering_the_sign_in_page_gets_a_friendly_429(rep, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    browser = Client(REMOTE_ADDR="203.0.113.200")
    statuses = [sign_in(browser, rep, password="wrong").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert b"Too many tries" in sign_in(browser, rep).content


def test_the_limits_of_the_product_are_on():
    assert base.ACCOUNT_RATE_LIMITS["login_failed"] == "10/m/ip,5/5m/key"


def test_the_second_step_is_asked_for_and_a_wrong_code_is_logged(rep, with_second_step):
    browser = Client()
    response = sign_in(browser, rep)
    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert browser.get("/me/").status_code == 302  # the password alone is not enough
    wrong = browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200 and b"This code is not right" in wrong.content
    assert ("user.sign_in_failed", "code") in [(action, metadata.get("step")) for action, metadata in actions(rep)]
    right = browser.post("/accounts/2fa/authenticate/", {"code": code_of(with_second_step)})
    assert (right.status_code, right["Location"]) == (302, "/")
    assert browser.get("/me/").status_code == 200


def test_a_recovery_code_lets_in_once(rep, with_second_step):
    code = RecoveryCodes.activate(rep).generate_codes()[0]
    for expected in (302, 200):
        browser = Client()
        sign_in(browser, rep)
        assert browser.post("/accounts/2fa/authenticate/", {"code": code}).status_code == expected


def test_the_admin_asks_for_the_second_step_too(staff):
    totp.TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    browser = Client()
    start = browser.get("/admin/", follow=True)
    assert start.redirect_chain[-1][0].startswith(LOGIN)
    assert browser.post("/admin/login/", {"username": staff.email, "password": PASSWORD}).status_code == 302
    assert sign_in(browser, staff)["Location"] == "/accounts/2fa/authenticate/"
    assert browser.get("/admin/").status_code == 302
    browser.post("/accounts/2fa/authenticate/", {"code": code_of("JBSWY3DPEHPK3PXP")})
    assert browser.get("/admin/").status_code == 200


def test_the_secret_of_the_second_step_is_stored_encrypted(rep, with_second_step):
    stored = Authenticator.objects.get(user=rep, type="totp").data["secret"]
    assert with_second_step not in stored and stored.startswith("gAAAA")


def test_a_new_secret_key_still_reads_what_the_old_one_wrote(rep, with_second_step, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-0123456789012345678901234567890123456789"
    browser = Client()
    sign_in(browser, rep)
    assert browser.post("/accounts/2fa/authenticate/", {"code": code_of(with_second_step)}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_switching_the_second_step_on_and_off_leads_through_codes_and_mails(rep):
    browser = Client()
    sign_in(browser, rep)
    assert browser.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
    prove(browser)
    page = browser.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200 and b"data:image/svg+xml" in page.content
    secret = browser.session["mfa.totp.secret"]
    response = browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert response["Location"] == "/accounts/2fa/recovery-codes/"
    codes = browser.get("/accounts/2fa/recovery-codes/")
    assert codes.content.count(b"<code>") == 10
    assert browser.get("/accounts/2fa/recovery-codes/download/").status_code == 200
    assert b"Switched on" in browser.get("/accounts/2fa/").content
    assert browser.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user=rep).exists()
    subjects = [message.subject for message in mail.outbox]
    assert "Two-step sign-in is on" in subjects and "Two-step sign-in is off" in subjects
    changes = {metadata["change"] for action, metadata in actions(rep) if action == "user.second_factor_changed"}
    assert {"added", "removed"} <= changes


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(rep):
    browser = Client()
    assert (
        browser.post("/accounts/password/reset/", {"email": rep.email})["Location"] == "/accounts/password/reset/done/"
    )
    [message] = mail.outbox
    assert message.subject == "A new password for leadcrm" and message.alternatives
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", message.body)[1]
    form = browser.get(link, follow=True)
    target = form.redirect_chain[-1][0]
    new = {"password1": "a brand new phrase", "password2": "a brand new phrase"}
    assert browser.post(target, new)["Location"] == "/accounts/password/reset/key/done/"
    assert b"no longer works" in Client().get(link, follow=True).content
    assert sign_in(Client(), rep).status_code == 200  # the old one
    assert sign_in(Client(), rep, password="a brand new phrase").status_code == 302
    assert "user.password_changed" in [action for action, _ in actions(rep)]
    assert [m.subject for m in mail.outbox][1:] == ["Your password was changed"]


def test_a_forgotten_password_of_an_unknown_address_looks_the_same(rep):
    known = Client().post("/accounts/password/reset/", {"email": rep.email})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@nowhere.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.subject for message in mail.outbox] == [
        "A new password for leadcrm",
        "There is no account with this address",
    ]


def test_a_mail_server_that_is_down_does_not_break_the_page(rep, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert Client().post("/accounts/password/reset/", {"email": rep.email}).status_code == 302
    assert "could not be sent" in caplog.text


def test_a_new_address_counts_once_it_is_confirmed(rep):
    browser = Client()
    sign_in(browser, rep)
    prove(browser)
    browser.post("/accounts/email/", {"action_add": "", "email": "Ravi.New@acme.example"})
    assert User.objects.get(pk=rep.pk).email == rep.email
    page = browser.get("/accounts/email/")
    assert b"Waiting for you to confirm ravi.new@acme.example" in page.content
    link = re.search(r"http://[^/]+(/accounts/confirm-email/\S+)", mail.outbox[-1].body)[1]
    assert b"Is <strong" in browser.get(link).content
    browser.post(link)
    assert User.objects.get(pk=rep.pk).email == "ravi.new@acme.example"
    assert list(EmailAddress.objects.filter(user=rep).values_list("email", "verified")) == [
        ("ravi.new@acme.example", True)
    ]
    assert "user.email_changed" in [action for action, _ in actions(rep)]


def test_an_address_of_somebody_else_is_neither_taken_nor_betrayed(rep, outsider):
    browser = Client()
    sign_in(browser, rep)
    prove(browser)
    response = browser.post("/accounts/email/", {"action_add": "", "email": outsider.email})
    assert response.status_code == 302
    assert b"Waiting for you to confirm" in browser.get("/accounts/email/").content  # as for any other address
    link = re.search(r"http://[^/]+(/accounts/confirm-email/\S+)", mail.outbox[-1].body)[1]
    victim = Client()
    sign_in(victim, outsider)
    assert b"another account uses it" in victim.get(link).content
    victim.post(link)
    assert User.objects.get(pk=rep.pk).email == rep.email
    assert User.objects.get(pk=outsider.pk).emailaddress_set.get().verified


def test_other_sessions_can_be_ended(rep):
    first, second = Client(), Client()
    sign_in(first, rep)
    sign_in(second, rep)
    assert b"Sign out everywhere else" in first.get("/accounts/sessions/").content
    first.post("/accounts/sessions/")
    assert first.get("/me/").status_code == 200
    assert second.get("/me/").status_code == 302


def test_signing_out_leaves_nothing_in_the_browser(client_of, rep, staff):
    for person in (rep, staff):
        browser = client_of(person)
        assert "Clear-Site-Data" not in browser.get("/me/").headers
        assert browser.post("/accounts/logout/")["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in Client().post("/accounts/logout/").headers


def test_preferences_follow_the_person_to_a_new_browser(rep):
    User.objects.filter(pk=rep.pk).update(preferences={"theme": "dark", "shortcuts": False})
    browser = Client()
    sign_in(browser, rep)
    assert browser.cookies["theme"].value == "dark" and browser.cookies["shortcuts"].value == "off"
    chosen_here = Client()
    chosen_here.cookies["theme"] = "light"
    sign_in(chosen_here, rep)
    assert chosen_here.cookies["theme"].value == "light"


PUBLIC_PAGES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-wrong/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/wrong/",
]
OWN_PAGES = [
    "/accounts/logout/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
]
INLINE = re.compile(rb"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def check_page(response):
    assert response.status_code == 200
    content = response.content
    assert b'class="plain"' in content and content.count(b"<h1>") == 1
    assert not INLINE.search(content), INLINE.search(content)
    assert b"placeholder=" not in content
    assert "script-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("address", PUBLIC_PAGES)
def test_pages_before_sign_in_are_ours_and_clean(db, address):
    check_page(Client().get(address))


@pytest.mark.parametrize("address", OWN_PAGES)
def test_pages_about_the_own_account_are_ours_and_clean(rep, address):
    browser = Client()
    sign_in(browser, rep)
    prove(browser)
    check_page(browser.get(address))


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/2fa/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/reauthenticate/",
    ],
)
def test_pages_of_the_second_step_are_ours_and_clean(rep, with_second_step, address):
    browser = Client()
    sign_in(browser, rep)
    check_page(browser.get("/accounts/2fa/authenticate/"))
    browser.post("/accounts/2fa/authenticate/", {"code": code_of(with_second_step)})
    prove(browser)
    check_page(browser.get(address))


def test_every_mail_has_words_and_html(rep):
    prefixes = ["email_confirmation", "password_reset_key", "unknown_account", "account_already_exists",
                "password_changed", "password_set", "password_reset", "email_changed", "email_confirm",
                "email_deleted"]  # fmt: skip
    names = [f"account/email/{prefix}" for prefix in prefixes]
    names += [f"mfa/email/{prefix}" for prefix in ("totp_activated", "totp_deactivated", "recovery_codes_generated")]
    context = {"password_reset_url": "https://x/", "activate_url": "https://x/", "email": "a@b.example", "user": rep}
    for name in names:
        assert get_template(f"{name}_message.html")
        message = get_adapter().render_mail(name, rep.email, context)
        assert message.subject and "\n" not in message.subject
        assert "Hello," in message.body and "Thank you for using" not in message.body


def test_people_of_no_organization_get_no_pages_of_one(client_of, staff):
    browser = client_of(staff)
    assert browser.get("/settings/people/").status_code == 403
    assert browser.get("/me/").status_code == 200
    # The start page, which error pages and "View site" lead to, is no dead end for them.
    assert browser.get("/")["Location"] == "/admin/"


def test_personas_sign_in_without_an_entry(client_of, rep):
    # force_login is no sign-in: it passes neither password nor second step.
    client_of(rep)
    assert "user.signed_in" not in [action for action, _ in actions(rep)]


def test_behind_a_proxy_one_visitors_failures_do_not_keep_others_out(rep, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/ip"}

    def answer(visitor, login, password):
        browser = Client(REMOTE_ADDR="127.0.0.1")
        return browser.post(LOGIN, {"login": login, "password": password}, headers={"X-Forwarded-For": visitor})

    guesses = [answer("203.0.113.9", f"nobody{number}@acme.example", "wrong") for number in range(3)]
    assert b"Too many tries" in guesses[-1].content
    assert answer("198.51.100.7", rep.email, PASSWORD).status_code == 302
    # Whoever makes up a first hop is still known by the one that the proxy saw.
    assert answer("198.51.100.8, 203.0.113.9", rep.email, PASSWORD).status_code == 200
