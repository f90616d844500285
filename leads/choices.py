"""Every enumeration of the lead tables; each has a check constraint in the database."""

from django.db import models


class LeadStatus(models.TextChoices):
    NEW = "new", "New"
    CONTACTED = "contacted", "Contacted"
    QUALIFIED = "qualified", "Qualified"
    PROPOSAL = "proposal", "Proposal"
    NEGOTIATION = "negotiation", "Negotiation"
    CLOSED_WON = "closed_won", "Won"
    CLOSED_LOST = "closed_lost", "Lost"
    NURTURING = "nurturing", "Nurturing"
    UNQUALIFIED = "unqualified", "Unqualified"


CLOSED_STATUSES = (LeadStatus.CLOSED_WON, LeadStatus.CLOSED_LOST, LeadStatus.UNQUALIFIED)


class OutreachStatus(models.TextChoices):
    NONE = "none", "None"
    CONTACTED = "contacted", "Contacted"
    FOLLOW_UP_1 = "follow_up_1", "First follow-up"
    FOLLOW_UP_2 = "follow_up_2", "Second follow-up"
    RESPONDED = "responded", "Responded"
    INTERESTED = "interested", "Interested"
    NOT_INTERESTED = "not_interested", "Not interested"
    INVALID = "invalid", "Invalid"
    CONVERTED = "converted", "Converted"


class LeadSource(models.TextChoices):
    WEBSITE = "website", "Website"
    REFERRAL = "referral", "Referral"
    SOCIAL = "social", "Social media"
    EVENT = "event", "Event"
    DIRECT = "direct", "Direct"
    OTHER = "other", "Other"
    APOLLO = "apollo", "Apollo"
    HUNTER = "hunter", "Hunter"
    GOOGLE_PLACES = "google_places", "Google Places"
    PEOPLE_DATA_LABS = "people_data_labs", "People Data Labs"
    LINKEDIN = "linkedin", "LinkedIn"
    WEB_SCRAPING = "web_scraping", "Web scraping"
    OPENSTREETMAP = "openstreetmap", "OpenStreetMap"
    MANUAL = "manual", "Entered by hand"
    CSV_IMPORT = "csv_import", "File import"
    API = "api", "API"
    ASSESSMENT = "assessment", "Assessment"
    CALCULATOR = "calculator", "Calculator"


class SourceType(models.TextChoices):
    AUTOMATED = "automated", "Automated"
    MANUAL_IMPORT = "manual_import", "Manual or imported"
    INBOUND = "inbound", "Inbound"


class ServiceTier(models.TextChoices):
    L1_ESSENTIALS = "L1_ESSENTIALS", "L1 Essentials"
    L2_ADVANCED = "L2_ADVANCED", "L2 Advanced"
    L3_CONSULTING = "L3_CONSULTING", "L3 Consulting"
    L4_PLATFORMS = "L4_PLATFORMS", "L4 Platforms"
    L5_STRATEGIC = "L5_STRATEGIC", "L5 Strategic"


class EngagementLevel(models.TextChoices):
    UNKNOWN = "unknown", "Unknown"
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    VERY_HIGH = "very_high", "Very high"


class VerificationStatus(models.TextChoices):
    UNVERIFIED = "unverified", "Unverified"
    EMAIL_VERIFIED = "email_verified", "E-mail verified"
    PHONE_VERIFIED = "phone_verified", "Phone verified"
    FULLY_VERIFIED = "fully_verified", "Fully verified"


class BookingPotential(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class CompanySize(models.TextChoices):
    """The bands of the lead score; a size that fits no band is kept raw in ``company_size``."""

    B1_10 = "1-10", "1-10"
    B11_50 = "11-50", "11-50"
    B51_200 = "51-200", "51-200"
    B201_500 = "201-500", "201-500"
    B501_1000 = "501-1000", "501-1000"
    B1000 = "1000+", "1000+"


class ActivityType(models.TextChoices):
    CALL = "call", "Call"
    EMAIL = "email", "E-mail"
    MEETING = "meeting", "Meeting"
    DEMO = "demo", "Demo"
    PROPOSAL = "proposal", "Proposal"
    FOLLOW_UP = "follow_up", "Follow-up"
    NOTE = "note", "Note"
    TASK = "task", "Task"
    SOCIAL_INTERACTION = "social_interaction", "Social interaction"


PLANNABLE_TYPES = tuple(choice for choice in ActivityType if choice is not ActivityType.NOTE)


class JourneyEventType(models.TextChoices):
    """What can happen to a lead; later apps add their own words, so the column has no check constraint."""

    LEAD_CREATED = "lead_created", "Lead created"
    LEAD_IMPORTED = "lead_imported", "Lead imported"
    LEAD_UPDATED = "lead_updated", "Facts changed"
    LEAD_ASSIGNED = "lead_assigned", "Assigned"
    LEAD_QUALIFIED = "lead_qualified", "Qualified by score"
    LEAD_DELETED = "lead_deleted", "Moved to the trash"
    LEAD_RESTORED = "lead_restored", "Restored"
    STATUS_UPDATED = "status_updated", "Stage changed"
    TAGS_CHANGED = "tags_changed", "Tags changed"
    NOTE_ADDED = "note_added", "Note added"
    ACTIVITY_PLANNED = "activity_planned", "Activity planned"
    ACTIVITY_COMPLETED = "activity_completed", "Activity completed"
    ACTIVITY_CANCELLED = "activity_cancelled", "Activity cancelled"
    CALL_MADE = "call_made", "Call made"
    EMAIL_SENT = "email_sent", "E-mail sent"
    EMAIL_OPENED = "email_opened", "E-mail opened"
    MEETING_SCHEDULED = "meeting_scheduled", "Meeting scheduled"
    ASSESSMENT_COMPLETED = "assessment_completed", "Assessment completed"
    CALCULATION_PERFORMED = "calculation_performed", "Calculation performed"
    PAGE_VIEWED = "page_viewed", "Page viewed"


class JobState(models.TextChoices):
    """The life of a row that the worker works on."""

    DRAFT = "draft", "Being prepared"
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class CustomFieldType(models.TextChoices):
    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    BOOLEAN = "boolean", "Yes or no"
    URL = "url", "Link"


class RowOutcome(models.TextChoices):
    """Why a row of an import is listed."""

    REFUSED = "refused", "Refused"
    WARNED = "warned", "Imported with a remark"
    SKIPPED = "skipped", "Skipped"


class UndoState(models.TextChoices):
    """What undoing an import did to a lead that the import had changed."""

    PENDING = "pending", "Not undone"
    RESTORED = "restored", "Restored"
    KEPT = "kept", "Kept as it is now"
