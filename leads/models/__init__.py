from leads.models.activity import Activity, LeadNote
from leads.models.batch import ColumnMapping, LeadBatch, LeadBatchChange, LeadBatchRow
from leads.models.export import LeadExport
from leads.models.field import CustomField
from leads.models.journey import JourneyEvent
from leads.models.lead import Lead
from leads.models.pipeline import Pipeline, PipelineStage, StageTotal
from leads.models.score import LeadScore, ScoringRun
from leads.models.tag import LeadTag, Tag

__all__ = [
    "Activity",
    "ColumnMapping",
    "CustomField",
    "JourneyEvent",
    "Lead",
    "LeadBatch",
    "LeadBatchChange",
    "LeadBatchRow",
    "LeadExport",
    "LeadNote",
    "LeadScore",
    "LeadTag",
    "Pipeline",
    "PipelineStage",
    "ScoringRun",
    "StageTotal",
    "Tag",
]
