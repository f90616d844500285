"""URLs of leads, a block per noun."""

from django.urls import path

from leads.views import (
    activities,
    board,
    bulk,
    exports,
    facts,
    imports,
    lead,
    leads,
    moves,
    my_day,
    notes,
    ownership,
    scoring,
    stages,
    tags,
)

app_name = "leads"

urlpatterns = [
    # The list
    path("leads/", leads.lead_list, name="lead_list"),
    path("leads/count/", leads.lead_count, name="lead_count"),
    path("leads/filters/", leads.lead_filters, name="lead_filters"),
    path("leads/columns/", leads.lead_columns, name="lead_columns"),
    path("leads/bulk/owner/", bulk.lead_bulk_owner, name="lead_bulk_owner"),
    path("leads/bulk/tags/", bulk.lead_bulk_tags, name="lead_bulk_tags"),
    path("leads/bulk/stage/", bulk.lead_bulk_stage, name="lead_bulk_stage"),
    path("leads/bulk/trash/", bulk.lead_bulk_trash, name="lead_bulk_trash"),
    path("leads/bulk/undo/<str:token>/", bulk.lead_bulk_undo, name="lead_bulk_undo"),
    # One lead
    path("leads/new/", lead.lead_create, name="lead_create"),
    path("leads/duplicates/", lead.lead_duplicates, name="lead_duplicates"),
    path("leads/<uuid:pk>/", lead.lead_detail, name="lead_detail"),
    path("leads/<uuid:pk>/edit/", lead.lead_edit, name="lead_edit"),
    path("leads/<uuid:pk>/facts/<slug:group>/", facts.lead_facts, name="lead_facts"),
    path("leads/<uuid:pk>/timeline/", lead.lead_timeline, name="lead_timeline"),
    path("leads/<uuid:pk>/score/", lead.lead_score, name="lead_score"),
    path("leads/<uuid:pk>/owner/", ownership.lead_assign, name="lead_assign"),
    path("leads/<uuid:pk>/tags/", ownership.lead_tags, name="lead_tags"),
    path("leads/<uuid:pk>/trash/", ownership.lead_trash, name="lead_trash"),
    path("leads/<uuid:pk>/restoration/", ownership.lead_restore, name="lead_restore"),
    path("my-day/", my_day.my_day, name="my_day"),
    # Scoring runs
    path("scoring-runs/", scoring.scoring_run_list, name="scoring_run_list"),
    path("scoring-runs/new/", scoring.scoring_run_create, name="scoring_run_create"),
    path("scoring-runs/<uuid:pk>/", scoring.scoring_run_detail, name="scoring_run_detail"),
    path("scoring-runs/<uuid:pk>/cancellation/", scoring.scoring_run_cancel, name="scoring_run_cancel"),
    # Notes
    path("leads/<uuid:pk>/notes/", notes.note_create, name="note_create"),
    path("notes/<uuid:pk>/", notes.note_edit, name="note_edit"),
    path("notes/<uuid:pk>/deletion/", notes.note_delete, name="note_delete"),
    # Activities
    path("leads/<uuid:pk>/activities/", activities.activity_create, name="activity_create"),
    path("activities/<uuid:pk>/", activities.activity_edit, name="activity_edit"),
    path("activities/<uuid:pk>/schedule/", activities.activity_reschedule, name="activity_reschedule"),
    path("activities/<uuid:pk>/completion/", activities.activity_complete, name="activity_complete"),
    path("activities/<uuid:pk>/cancellation/", activities.activity_cancel, name="activity_cancel"),
    path("activities/<uuid:pk>/reopening/", activities.activity_reopen, name="activity_reopen"),
    path("activities/<uuid:pk>/reminder/", activities.activity_reminder, name="activity_reminder"),
    # Board
    path("", board.home, name="home"),
    path("board/", board.board, name="board"),
    path("board/figures/", board.board_figures, name="board_figures"),
    path("board/columns/<uuid:pk>/", board.board_column, name="board_column"),
    path("leads/<uuid:pk>/card/", board.lead_card, name="lead_card"),
    path("leads/<uuid:pk>/stage/", moves.lead_move, name="lead_move"),
    path("leads/<uuid:pk>/stage/<uuid:move>/undo/", moves.lead_move_undo, name="lead_move_undo"),
    # Stages
    path("settings/pipeline/", stages.stage_list, name="stage_list"),
    path("settings/pipeline/stages/new/", stages.stage_create, name="stage_create"),
    path("settings/pipeline/stages/<uuid:pk>/", stages.stage_edit, name="stage_edit"),
    path("settings/pipeline/stages/<uuid:pk>/position/", stages.stage_shift, name="stage_shift"),
    path("settings/pipeline/stages/<uuid:pk>/deletion/", stages.stage_deletion, name="stage_deletion"),
    # Imports
    path("leads/import/", imports.import_create, name="import_create"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/<uuid:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<uuid:pk>/mapping/", imports.import_mapping, name="import_mapping"),
    path("imports/<uuid:pk>/layout/", imports.import_layout, name="import_layout"),
    path("imports/<uuid:pk>/rules/", imports.import_rules, name="import_rules"),
    path("imports/<uuid:pk>/check/", imports.import_check, name="import_check"),
    path("imports/<uuid:pk>/run/", imports.import_run, name="import_run"),
    path("imports/<uuid:pk>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<uuid:pk>/rows/", imports.import_rows, name="import_rows"),
    path("imports/<uuid:pk>/refused.csv", imports.import_refused, name="import_refused"),
    path("imports/<uuid:pk>/cancellation/", imports.import_cancellation, name="import_cancellation"),
    path("imports/<uuid:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<uuid:pk>/deletion/", imports.import_deletion, name="import_deletion"),
    # Exports
    path("exports/", exports.export_list, name="export_list"),
    path("exports/new/", exports.export_create, name="export_create"),
    path("exports/<uuid:pk>/progress/", exports.export_progress, name="export_progress"),
    path("exports/<uuid:pk>/cancellation/", exports.export_cancellation, name="export_cancellation"),
    path("exports/<uuid:pk>/file/", exports.export_download, name="export_download"),
    # Tags
    path("settings/tags/", tags.tag_list, name="tag_list"),
    path("settings/tags/new/", tags.tag_create, name="tag_create"),
    path("settings/tags/<uuid:pk>/", tags.tag_edit, name="tag_edit"),
    path("settings/tags/<uuid:pk>/merge/", tags.tag_merge, name="tag_merge"),
    path("settings/tags/<uuid:pk>/deletion/", tags.tag_deletion, name="tag_deletion"),
]
