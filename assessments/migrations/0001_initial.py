"""Questionnaires that never change once they are published, and what visitors answered."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import leadcrm.core.models
from leadcrm.core.tables import SecureTable

# A published version is what answers point at: nothing may change it, whatever code or person tries. Who published it
# may be forgotten. The parts ask for their questionnaire under a lock, so that publishing and editing cannot overlap.
IMMUTABLE = """
CREATE FUNCTION assessments_keep_published() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL AND (TG_OP = 'DELETE' OR
       to_jsonb(NEW) - 'created_by_id' - 'updated_at' <> to_jsonb(OLD) - 'created_by_id' - 'updated_at') THEN
        RAISE EXCEPTION 'A published questionnaire never changes.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON assessments_questionnaire
    FOR EACH ROW EXECUTE FUNCTION assessments_keep_published();

CREATE FUNCTION assessments_keep_published_parts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    published timestamptz;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT q.published_at INTO published FROM public.assessments_questionnaire q
        WHERE q.organization_id = OLD.organization_id AND q.id = OLD.questionnaire_id FOR SHARE;
    END IF;
    IF published IS NULL AND TG_OP <> 'DELETE' THEN
        SELECT q.published_at INTO published FROM public.assessments_questionnaire q
        WHERE q.organization_id = NEW.organization_id AND q.id = NEW.questionnaire_id FOR SHARE;
    END IF;
    IF published IS NOT NULL THEN
        RAISE EXCEPTION 'A published questionnaire never changes.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON assessments_questioncategory
    FOR EACH ROW EXECUTE FUNCTION assessments_keep_published_parts();
CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON assessments_question
    FOR EACH ROW EXECUTE FUNCTION assessments_keep_published_parts();

-- A question belongs to a topic of its own questionnaire.
ALTER TABLE assessments_questioncategory ADD CONSTRAINT assessments_questioncategory_of_questionnaire
    UNIQUE (organization_id, questionnaire_id, id);
ALTER TABLE assessments_question ADD CONSTRAINT assessments_question_same_questionnaire
    FOREIGN KEY (organization_id, questionnaire_id, category_id)
    REFERENCES assessments_questioncategory (organization_id, questionnaire_id, id) DEFERRABLE INITIALLY DEFERRED;
"""

# A link is looked up before its organisation is known; the functions return two ids and nothing else.
LOOKUPS = """
CREATE POLICY lookup ON assessments_assessment FOR SELECT TO leadcrm_search USING (true);
GRANT SELECT (id, organization_id, resume_token_hash, share_token_hash) ON assessments_assessment TO leadcrm_search;
CREATE FUNCTION assessments_find_assessment(hash text) RETURNS TABLE (organization_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp ROWS 1
AS $$ SELECT a.organization_id, a.id FROM public.assessments_assessment a WHERE a.resume_token_hash = hash $$;
CREATE FUNCTION assessments_find_shared(hash text) RETURNS TABLE (organization_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp ROWS 1
AS $$ SELECT a.organization_id, a.id FROM public.assessments_assessment a WHERE a.share_token_hash = hash $$;
ALTER FUNCTION assessments_find_assessment(text) OWNER TO leadcrm_search;
ALTER FUNCTION assessments_find_shared(text) OWNER TO leadcrm_search;
REVOKE ALL ON FUNCTION assessments_find_assessment(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION assessments_find_shared(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assessments_find_assessment(text) TO leadcrm_app;
GRANT EXECUTE ON FUNCTION assessments_find_shared(text) TO leadcrm_app;
"""

FORGET = """
DROP FUNCTION assessments_find_shared(text);
DROP FUNCTION assessments_find_assessment(text);
DROP POLICY lookup ON assessments_assessment;
REVOKE ALL ON assessments_assessment FROM leadcrm_search;
"""

CHANGEABLE = """
ALTER TABLE assessments_question DROP CONSTRAINT assessments_question_same_questionnaire;
ALTER TABLE assessments_questioncategory DROP CONSTRAINT assessments_questioncategory_of_questionnaire;
DROP TRIGGER keep_published ON assessments_question;
DROP TRIGGER keep_published ON assessments_questioncategory;
DROP TRIGGER keep_published ON assessments_questionnaire;
DROP FUNCTION assessments_keep_published_parts();
DROP FUNCTION assessments_keep_published();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0005_search_path"),
        ("leads", "0011_search_path"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Questionnaire",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leadcrm.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("title", models.CharField(default="AI readiness assessment", max_length=120)),
                ("introduction", models.TextField(blank=True, help_text="Shown before the first question.")),
                ("version", models.PositiveIntegerField(editable=False)),
                ("published_at", models.DateTimeField(blank=True, editable=False, null=True)),
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
            ],
        ),
        migrations.CreateModel(
            name="QuestionCategory",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leadcrm.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "key",
                    models.SlugField(
                        db_index=False, help_text="A short name that stays the same in later versions.", max_length=40
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("introduction", models.CharField(blank=True, max_length=300)),
                (
                    "weight_percent",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="weight (per cent)",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
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
                    "questionnaire",
                    leadcrm.core.models.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="categories",
                        to="assessments.questionnaire",
                    ),
                ),
            ],
            options={
                "verbose_name": "topic",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leadcrm.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("topic", models.CharField(help_text="What it is about, as in “strongest in …”.", max_length=80)),
                ("text", models.CharField(max_length=300)),
                ("help", models.CharField(blank=True, max_length=300)),
                ("answer_1", models.CharField(max_length=200, verbose_name="answer 1 (lowest)")),
                ("answer_2", models.CharField(max_length=200)),
                ("answer_3", models.CharField(max_length=200)),
                ("answer_4", models.CharField(max_length=200)),
                ("answer_5", models.CharField(max_length=200, verbose_name="answer 5 (highest)")),
                ("next_step", models.CharField(help_text="What to do when the answer is low.", max_length=300)),
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
                    "category",
                    leadcrm.core.models.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="assessments.questioncategory",
                    ),
                ),
                (
                    "questionnaire",
                    leadcrm.core.models.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="assessments.questionnaire",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leadcrm.core.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("started", "Started"), ("completed", "Completed"), ("abandoned", "Abandoned")],
                        default="started",
                        max_length=10,
                    ),
                ),
                ("answers", models.JSONField(blank=True, default=dict)),
                ("answered_count", models.PositiveSmallIntegerField(default=0)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("first_name", models.CharField(blank=True, max_length=255)),
                ("last_name", models.CharField(blank=True, max_length=255)),
                ("company", models.CharField(blank=True, max_length=255)),
                ("score", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "tier",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("L1_ESSENTIALS", "L1 Essentials"),
                            ("L2_ADVANCED", "L2 Advanced"),
                            ("L3_CONSULTING", "L3 Consulting"),
                            ("L4_PLATFORMS", "L4 Platforms"),
                            ("L5_STRATEGIC", "L5 Strategic"),
                        ],
                        max_length=20,
                        verbose_name="recommended tier",
                    ),
                ),
                ("categories", models.JSONField(blank=True, default=list, verbose_name="scores of the topics")),
                ("strengths", models.JSONField(blank=True, default=list)),
                ("weaknesses", models.JSONField(blank=True, default=list)),
                ("recommendations", models.JSONField(blank=True, default=list)),
                ("is_even", models.BooleanField(default=False)),
                ("resume_token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("share_token_hash", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                ("shared_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("last_activity_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                ("abandoned_at", models.DateTimeField(blank=True, null=True)),
                ("session_id", models.CharField(blank=True, max_length=64)),
                (
                    "ip_address",
                    models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address (truncated)"),
                ),
                ("user_agent", models.CharField(blank=True, max_length=200, verbose_name="browser")),
                ("referrer", models.CharField(blank=True, max_length=500)),
                ("landing_url", models.CharField(blank=True, max_length=500)),
                ("utm_source", models.CharField(blank=True, max_length=255, verbose_name="UTM source")),
                ("utm_medium", models.CharField(blank=True, max_length=255, verbose_name="UTM medium")),
                ("utm_campaign", models.CharField(blank=True, max_length=255, verbose_name="UTM campaign")),
                (
                    "lead",
                    leadcrm.core.models.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assessments",
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
                    "questionnaire",
                    leadcrm.core.models.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="assessments.questionnaire",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.UniqueConstraint(
                fields=("organization", "version"), name="assessments_questionnaire_version_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="questioncategory",
            constraint=models.UniqueConstraint(
                fields=("organization", "questionnaire", "key"), name="assessments_questioncategory_key_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="questioncategory",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("weight_percent__gte", 1), ("weight_percent__lte", 100)),
                    ("weight_percent__isnull", True),
                    _connector="OR",
                ),
                name="assessments_questioncategory_weight_percent_range",
            ),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(fields=["organization", "-last_activity_at", "-id"], name="assessments_recent"),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(
                fields=["organization", "status", "-last_activity_at", "-id"], name="assessments_by_status"
            ),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(fields=["organization", "lead", "-completed_at"], name="assessments_by_lead"),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(fields=["organization", "questionnaire", "status"], name="assessments_by_version"),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(
                condition=models.Q(("status", "started")), fields=["last_activity_at"], name="assessments_idle"
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["started", "completed", "abandoned"])),
                name="assessments_assessment_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tier__in", ["L1_ESSENTIALS", "L2_ADVANCED", "L3_CONSULTING", "L4_PLATFORMS", "L5_STRATEGIC", ""])
                ),
                name="assessments_assessment_tier",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("score__gte", 0), ("score__lte", 100)), ("score__isnull", True), _connector="OR"
                ),
                name="assessments_assessment_score_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "completed"), _negated=True),
                    models.Q(
                        ("completed_at__isnull", False),
                        ("score__isnull", False),
                        models.Q(("tier", ""), _negated=True),
                        models.Q(("email", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="assessments_assessment_completed_has_result",
            ),
        ),
        SecureTable("Questionnaire", tracked=True),
        SecureTable("QuestionCategory", tracked=True),
        SecureTable("Question", tracked=True),
        SecureTable("Assessment"),
        migrations.RunSQL(IMMUTABLE, CHANGEABLE),
        migrations.RunSQL(LOOKUPS, FORGET),
    ]
