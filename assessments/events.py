"""What the audit log and the domain events say about assessments."""

from enum import StrEnum

from leadcrm.audit.messages import register


class AssessmentEvent(StrEnum):
    STARTED = "assessment.started"
    COMPLETED = "assessment.completed"
    ABANDONED = "assessment.abandoned"
    SHARED = "assessment.shared"
    SHARE_REVOKED = "assessment.share_revoked"


class QuestionnaireEvent(StrEnum):
    COPIED = "questionnaire.copied"
    PUBLISHED = "questionnaire.published"


for _event, _words in {
    AssessmentEvent.STARTED: "started an assessment",
    AssessmentEvent.COMPLETED: "completed an assessment",
    AssessmentEvent.ABANDONED: "counted an assessment as abandoned",
    AssessmentEvent.SHARED: "made a link to a result",
    AssessmentEvent.SHARE_REVOKED: "took back the link to a result",
    QuestionnaireEvent.COPIED: "copied a questionnaire",
    QuestionnaireEvent.PUBLISHED: "published a questionnaire",
}.items():
    register(_event, _words)
