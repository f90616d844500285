"""What the audit log and the domain events say about assessments, calculations and proposals."""

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


class CaptureEvent(StrEnum):
    FORM_CREATED = "capture_form.created"
    FORM_CHANGED = "capture_form.changed"
    FORM_DELETED = "capture_form.deleted"
    SUBMITTED = "capture_form.submitted"
    CONFIRMED = "capture_form.confirmed"
    QUARANTINED = "capture_form.quarantined"
    RELEASED = "capture_form.released"
    REJECTED = "capture_form.rejected"
    GUARDED = "capture_form.guarded"


class CalculatorEvent(StrEnum):
    CALCULATION_SAVED = "calculation.saved"
    PROPOSAL_MADE = "proposal.made"
    PROPOSAL_ACCEPTED = "proposal.accepted"
    PROPOSAL_WITHDRAWN = "proposal.withdrawn"
    PROPOSAL_LINK_RENEWED = "proposal.link_renewed"


for _event, _words in {
    AssessmentEvent.STARTED: "started an assessment",
    AssessmentEvent.COMPLETED: "completed an assessment",
    AssessmentEvent.ABANDONED: "counted an assessment as abandoned",
    AssessmentEvent.SHARED: "made a link to a result",
    AssessmentEvent.SHARE_REVOKED: "took back the link to a result",
    QuestionnaireEvent.COPIED: "copied a questionnaire",
    QuestionnaireEvent.PUBLISHED: "published a questionnaire",
    CaptureEvent.FORM_CREATED: "made a capture form",
    CaptureEvent.FORM_CHANGED: "changed a capture form",
    CaptureEvent.FORM_DELETED: "deleted a capture form",
    CaptureEvent.SUBMITTED: "received an answer to a form",
    CaptureEvent.CONFIRMED: "had an address confirmed",
    CaptureEvent.QUARANTINED: "put an answer to a form into quarantine",
    CaptureEvent.RELEASED: "released an answer from quarantine",
    CaptureEvent.REJECTED: "rejected an answer to a form",
    CaptureEvent.GUARDED: "asked senders of a form for proof of work",
    CalculatorEvent.CALCULATION_SAVED: "saved a calculation",
    CalculatorEvent.PROPOSAL_MADE: "made a proposal",
    CalculatorEvent.PROPOSAL_ACCEPTED: "accepted a proposal",
    CalculatorEvent.PROPOSAL_WITHDRAWN: "withdrew a proposal",
    CalculatorEvent.PROPOSAL_LINK_RENEWED: "made a new link to a proposal",
}.items():
    register(_event, _words)
