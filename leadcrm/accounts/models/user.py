"""The people who sign in."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.utils import timezone

from leadcrm.accounts.choices import Role
from leadcrm.accounts.rights import rights_of_role
from leadcrm.core.models import TenantForeignKey, TimestampedModel, UUIDModel


class UserQuerySet(models.QuerySet["User"]):
    def in_organization(self, organization_id: Any) -> UserQuerySet:
        return self.filter(organization_id=organization_id)

    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def admins(self) -> UserQuerySet:
        return self.filter(role=Role.ADMIN)

    def reachable_by(self, user: User) -> UserQuerySet:
        """Narrow to the people whom ``user`` may manage: everybody for an administrator, the own team for a manager."""
        people = self.in_organization(user.organization_id)
        if user.role == Role.ADMIN:
            return people
        if user.role == Role.MANAGER and user.team_id:
            return people.filter(team_id=user.team_id).exclude(role=Role.ADMIN)
        return people.none()


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person; the e-mail address is kept in lower case and counts as verified.

        Sign-up is closed, so somebody vouches for every address: a link that was mailed to it, or staff.
        """
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            user.vouch_for_email()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create consultancy staff with every right in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())  # type: ignore[no-any-return]


class User(UUIDModel, TimestampedModel, AbstractBaseUser, PermissionsMixin):
    """A person of one organisation, or staff of the consultancy, who belong to none."""

    email = models.EmailField("e-mail address", unique=True)
    full_name = models.CharField(max_length=255)
    avatar_url = models.URLField(blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.SALES_REP)
    organization = models.ForeignKey(
        "accounts.Organization", null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )
    team = TenantForeignKey("accounts.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    preferences = models.JSONField(default=dict, blank=True)
    ai_settings = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("consultancy staff", default=False, help_text="May use the admin.")
    last_active_at = models.DateTimeField(default=timezone.now, editable=False)
    # When the work planned for the person last changed: figures about it that are kept elsewhere are as old.
    work_changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["full_name"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="%(app_label)s_%(class)s_role"),
            models.CheckConstraint(
                condition=models.Q(email=models.functions.Lower("email")), name="%(app_label)s_%(class)s_email_lower"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "full_name"], name="accounts_user_people")]

    def __str__(self) -> str:
        return self.full_name or self.email

    def has_right(self, right: StrEnum | str) -> bool:
        """Tell whether the role includes ``right``; staff without an organisation have none here."""
        return bool(self.is_active and self.organization_id) and str(right) in rights_of_role(self.role)

    def vouch_for_email(self) -> None:
        """Make the address of sign-in the one address that django-allauth knows, verified."""
        from allauth.account.models import EmailAddress  # its models need ours to be loaded

        EmailAddress.objects.filter(user=self).exclude(email=self.email).delete()
        EmailAddress.objects.update_or_create(user=self, email=self.email, defaults={"verified": True, "primary": True})

    @property
    def initials(self) -> str:
        words = [word for word in self.full_name.split() if word[0].isalnum()] or [self.email]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email
