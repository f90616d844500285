"""Capture forms and their answers, each reached by a hash before its organisation is known."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import leadcrm.core.models
from leadcrm.core.tables import SecureTable, TokenLookup


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_search_path"),
        ("assessments", "0003_calculations"),
        ("leads", "0011_search_path"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaptureForm",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leadcrm.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=120)),
                ("key", models.CharField(editable=False, max_length=64)),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("is_open", models.BooleanField(default=True, verbose_name="open")),
                ("title", models.CharField(max_length=120)),
                ("introduction", models.TextField(blank=True)),
                ("button", models.CharField(default="Send", max_length=60, verbose_name="words on the button")),
                ("fields", models.JSONField(default=list)),
                ("consents", models.JSONField(blank=True, default=list)),
                ("double_opt_in", models.BooleanField(default=False, verbose_name="confirm the address by mail")),
                (
                    "thanks",
                    models.TextField(
                        blank=True, default="Thank you. We will be in touch.", verbose_name="thank-you text"
                    ),
                ),
                ("redirect_url", models.CharField(blank=True, max_length=500, verbose_name="page to go to afterwards")),
                ("allowed_origins", models.JSONField(blank=True, default=list)),
                ("tags", models.JSONField(blank=True, default=list)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("website", "Website"),
                            ("referral", "Referral"),
                            ("social", "Social media"),
                            ("event", "Event"),
                            ("direct", "Direct"),
                            ("other", "Other"),
                            ("apollo", "Apollo"),
                            ("hunter", "Hunter"),
                            ("google_places", "Google Places"),
                            ("people_data_labs", "People Data Labs"),
                            ("linkedin", "LinkedIn"),
                            ("web_scraping", "Web scraping"),
                            ("openstreetmap", "OpenStreetMap"),
                            ("manual", "Entered by hand"),
                            ("csv_import", "File import"),
                            ("api", "API"),
                            ("assessment", "Assessment"),
                            ("calculator", "Calculator"),
                        ],
                        default="website",
                        max_length=30,
                    ),
                ),
                (
                    "guard",
                    models.CharField(
                        choices=[("automatic", "Only while the form is under attack"), ("always", "Always")],
                        default="automatic",
                        max_length=20,
                        verbose_name="proof of work",
                    ),
                ),
                ("guarded_until", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "owner",
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
                    "stage",
                    leadcrm.core.models.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="leads.pipelinestage",
                    ),
                ),
                (
                    "team",
                    leadcrm.core.models.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.team",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leadcrm.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("confirmed", "Confirmed"),
                            ("quarantined", "In quarantine"),
                            ("released", "Released"),
                            ("rejected", "Rejected"),
                        ],
                        default="received",
                        max_length=20,
                    ),
                ),
                ("reasons", models.JSONField(blank=True, default=list)),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("values", models.JSONField(default=dict)),
                ("facts", models.JSONField(default=dict)),
                ("consents", models.JSONField(default=list)),
                ("attribution", models.JSONField(default=dict)),
                ("content_hash", models.CharField(editable=False, max_length=64)),
                ("idempotency_key", models.CharField(editable=False, max_length=80)),
                ("token_hash", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                (
                    "ip_address",
                    models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address (truncated)"),
                ),
                ("user_agent", models.CharField(blank=True, max_length=200, verbose_name="browser")),
                ("session_id", models.CharField(blank=True, editable=False, max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
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
                    "form",
                    leadcrm.core.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submissions",
                        to="assessments.captureform",
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
                        related_name="submissions",
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
        SecureTable("CaptureForm", tracked=True, untracked=("guarded_until",)),
        SecureTable("Submission", tracked=True, untracked=("token_hash", "values", "facts")),
        TokenLookup("CaptureForm", "assessments_find_form"),
        TokenLookup("Submission", "assessments_find_submission"),
        migrations.AddConstraint(
            model_name="captureform",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"), name="assessments_captureform_name_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="captureform",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "source__in",
                        [
                            "website",
                            "referral",
                            "social",
                            "event",
                            "direct",
                            "other",
                            "apollo",
                            "hunter",
                            "google_places",
                            "people_data_labs",
                            "linkedin",
                            "web_scraping",
                            "openstreetmap",
                            "manual",
                            "csv_import",
                            "api",
                            "assessment",
                            "calculator",
                        ],
                    )
                ),
                name="assessments_captureform_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="captureform",
            constraint=models.CheckConstraint(
                condition=models.Q(("guard__in", ["automatic", "always"])), name="assessments_captureform_guard"
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                fields=["organization", "form", "state", "-created_at", "-id"], name="assessments_submission_state"
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                fields=["organization", "form", "-created_at", "-id"], name="assessments_submission_form"
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("lead__isnull", False)),
                fields=["organization", "lead"],
                name="assessments_submission_lead",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["organization", "email"], name="assessments_submission_email"),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["received", "confirmed", "quarantined", "released", "rejected"])),
                name="assessments_submission_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                fields=("organization", "form", "idempotency_key"), name="assessments_submission_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["quarantined", "rejected"]), _negated=True),
                    ("lead__isnull", True),
                    _connector="OR",
                ),
                name="assessments_submission_kept_back",
            ),
        ),
    ]
