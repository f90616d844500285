"""What the audit log and the domain events say about leads."""

from enum import StrEnum

from leadcrm.audit.messages import register


class LeadEvent(StrEnum):
    CREATED = "lead.created"
    UPDATED = "lead.updated"
    MOVED = "lead.moved"
    ASSIGNED = "lead.assigned"
    TAGGED = "lead.tagged"
    QUALIFIED = "lead.qualified"
    WON = "lead.won"
    LOST = "lead.lost"
    DELETED = "lead.deleted"
    RESTORED = "lead.restored"
    BULK_CHANGED = "lead.bulk_changed"
    NOTE_ADDED = "note.added"
    NOTE_CHANGED = "note.changed"
    NOTE_DELETED = "note.deleted"
    ACTIVITY_PLANNED = "activity.planned"
    ACTIVITY_UPDATED = "activity.updated"
    ACTIVITY_COMPLETED = "activity.completed"
    ACTIVITY_CANCELLED = "activity.cancelled"
    IMPORT_STARTED = "import.started"
    IMPORT_FINISHED = "import.finished"
    IMPORT_CANCELLED = "import.cancelled"
    IMPORT_UNDONE = "import.undone"
    JOB_CANCELLED = "job.cancelled"
    EXPORT_REQUESTED = "export.requested"
    EXPORT_DOWNLOADED = "export.downloaded"
    RESCORED = "scores.recomputed"
    PIPELINE_CHANGED = "pipeline.changed"
    TAG_CHANGED = "tag.changed"
    CUSTOM_FIELD_CHANGED = "custom_field.changed"


for _event, _words in {
    LeadEvent.CREATED: "created a lead",
    LeadEvent.UPDATED: "changed a lead",
    LeadEvent.MOVED: "moved a lead",
    LeadEvent.ASSIGNED: "assigned a lead",
    LeadEvent.TAGGED: "changed the tags of a lead",
    LeadEvent.QUALIFIED: "qualified a lead",
    LeadEvent.WON: "won a lead",
    LeadEvent.LOST: "lost a lead",
    LeadEvent.DELETED: "moved a lead to the trash",
    LeadEvent.RESTORED: "restored a lead",
    LeadEvent.BULK_CHANGED: "changed many leads",
    LeadEvent.NOTE_ADDED: "added a note",
    LeadEvent.NOTE_CHANGED: "changed a note",
    LeadEvent.NOTE_DELETED: "deleted a note",
    LeadEvent.ACTIVITY_PLANNED: "planned an activity",
    LeadEvent.ACTIVITY_UPDATED: "changed an activity",
    LeadEvent.ACTIVITY_COMPLETED: "completed an activity",
    LeadEvent.ACTIVITY_CANCELLED: "cancelled an activity",
    LeadEvent.IMPORT_STARTED: "started an import",
    LeadEvent.IMPORT_FINISHED: "finished an import",
    LeadEvent.IMPORT_CANCELLED: "cancelled an import",
    LeadEvent.IMPORT_UNDONE: "undid an import",
    LeadEvent.JOB_CANCELLED: "cancelled background work",
    LeadEvent.EXPORT_REQUESTED: "requested an export",
    LeadEvent.EXPORT_DOWNLOADED: "downloaded an export",
    LeadEvent.RESCORED: "recomputed the scores",
    LeadEvent.PIPELINE_CHANGED: "changed the pipeline",
    LeadEvent.TAG_CHANGED: "changed a tag",
    LeadEvent.CUSTOM_FIELD_CHANGED: "changed a custom field",
}.items():
    register(_event, _words)
