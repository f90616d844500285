"""Create an organisation and invite its first administrator, from the command line of an installation."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email, validate_slug
from django.db import transaction

from leadcrm.accounts.choices import Role
from leadcrm.accounts.mails import join_url
from leadcrm.accounts.models import Organization
from leadcrm.accounts.services import invitations, organizations
from leadcrm.core import countries, money, tenancy
from leadcrm.core.errors import DomainError


class Command(BaseCommand):
    help = "Create an organization and print the link with which its first administrator joins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="The name that people see.")
        parser.add_argument("--admin-email", required=True, help="Who is invited as administrator.")
        parser.add_argument("--slug", default="", help="The short name; made from the name when left out.")
        parser.add_argument("--currency", default="INR", help="ISO 4217 code, such as INR or EUR.")
        parser.add_argument("--time-zone", default="Asia/Kolkata", help="Such as Europe/Berlin.")
        parser.add_argument("--country", default="IN", help="Two letters, such as DE.")

    def handle(self, *args: Any, **options: Any) -> None:
        facts = {"currency": options["currency"], "time_zone": options["time_zone"], "country": options["country"]}
        self._check(options)
        try:
            with transaction.atomic():
                organization = organizations.create_organization(
                    name=options["name"].strip(), slug=options["slug"], actor=None, **facts
                )
                with tenancy.organization_scope(organization.pk):
                    sent = invitations.create(
                        organization_id=organization.pk,
                        email=options["admin_email"],
                        role=Role.ADMIN,
                        team=None,
                        actor=None,
                    )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{organization.name} is created, with the short name {organization.slug}.")
        self.stdout.write(f"{sent.invitation.email} joins as administrator with this link, once, within seven days:")
        self.stdout.write(join_url(sent.token))

    def _check(self, options: dict[str, Any]) -> None:
        """Refuse what the forms refuse.

        Raises: CommandError.
        """
        if not options["name"].strip():
            raise CommandError("The name is empty.")
        if options["currency"] not in money.CURRENCIES:
            raise CommandError(f"{options['currency']} is not a currency that leadcrm knows.")
        if options["country"] not in countries.NAMES:
            raise CommandError(f"{options['country']} is not the code of a country.")
        try:
            validate_email(options["admin_email"])
            if options["slug"]:
                validate_slug(options["slug"])
            Organization._meta.get_field("time_zone").run_validators(options["time_zone"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
