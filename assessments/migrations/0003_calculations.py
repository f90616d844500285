"""Calculations and proposals, each reached by a link whose secret is kept as a hash only."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import leadcrm.core.models
from leadcrm.core.tables import SecureTable, TokenLookup


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_search_path"),
        ("assessments", "0002_first_questionnaire"),
        ("leads", "0011_search_path"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Calculation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leadcrm.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[("roi", "Return on investment"), ("project_estimate", "Project estimate")],
                        max_length=20,
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("label", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("inputs", models.JSONField(default=dict)),
                ("results", models.JSONField(default=dict)),
                ("total_value_minor", models.BigIntegerField(verbose_name="total value")),
                ("roi", models.DecimalField(decimal_places=1, max_digits=30, null=True, verbose_name="ROI in percent")),
                ("payback_months", models.PositiveIntegerField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("rate_version", models.PositiveIntegerField(default=0)),
                ("token_hash", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    leadcrm.core.models.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calculations",
                        to="leads.lead",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        default=leadcrm.core.models._organization_of_scope,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leadcrm.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("reference", models.CharField(max_length=20)),
                ("title", models.CharField(max_length=160)),
                ("introduction", models.TextField(blank=True)),
                ("content", models.JSONField(default=dict)),
                ("total_minor", models.BigIntegerField(verbose_name="total")),
                ("currency", models.CharField(max_length=3)),
                ("valid_until", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("accepted", "Accepted"), ("withdrawn", "Withdrawn")],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_name", models.CharField(blank=True, max_length=200)),
                (
                    "accepted_address",
                    models.GenericIPAddressField(blank=True, null=True, verbose_name="accepted from (truncated)"),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "calculation",
                    leadcrm.core.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="assessments.calculation",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    leadcrm.core.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="leads.lead",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        default=leadcrm.core.models._organization_of_scope,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        SecureTable("Calculation"),
        SecureTable("Proposal", tracked=True, untracked=("token_hash",)),
        TokenLookup("Calculation", "assessments_find_calculation"),
        TokenLookup("Proposal", "assessments_find_proposal"),
        migrations.AddIndex(
            model_name="calculation",
            index=models.Index(fields=["organization", "lead", "type", "-created_at"], name="assessments_calc_lead"),
        ),
        migrations.AddIndex(
            model_name="calculation",
            index=models.Index(fields=["organization", "type", "-created_at"], name="assessments_calc_type"),
        ),
        migrations.AddIndex(
            model_name="calculation",
            index=models.Index(fields=["organization", "email"], name="assessments_calc_email"),
        ),
        migrations.AddConstraint(
            model_name="calculation",
            constraint=models.CheckConstraint(
                condition=models.Q(("type__in", ["roi", "project_estimate"])), name="assessments_calculation_type"
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["organization", "lead", "-created_at"], name="assessments_proposal_lead"),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["organization", "calculation"], name="assessments_proposal_calc"),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "accepted", "withdrawn"])), name="assessments_proposal_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_at__isnull", False), ("state", "accepted")),
                    models.Q(models.Q(("state", "accepted"), _negated=True), ("accepted_at__isnull", True)),
                    _connector="OR",
                ),
                name="assessments_proposal_acceptance",
            ),
        ),
    ]
