"""Where leads are found in the sidebar and the palette."""

from django.http import HttpRequest

from leadcrm.core.navigation import NavItem, register
from leads.permissions import LeadPermission


def due_count(request: HttpRequest) -> int | None:
    """Return what waits on My day; a kept figure, which costs a query only after a change."""
    from leads.reports import my_day  # its models are not loaded yet when this registers

    return my_day.due_count(request.user)  # type: ignore[arg-type]


register(
    NavItem("Pipeline", "leads:board", "square-kanban", order=10, permission=LeadPermission.VIEW, shortcut="g p"),
    NavItem("Leads", "leads:lead_list", "table-2", order=20, permission=LeadPermission.VIEW, shortcut="g l"),
    NavItem(
        "My day",
        "leads:my_day",
        "calendar-check",
        order=5,
        permission=LeadPermission.VIEW,
        shortcut="g d",
        badge=due_count,
    ),
    NavItem(
        "Imports",
        "leads:import_list",
        "file-up",
        order=60,
        permission=LeadPermission.IMPORT,
        shortcut="g i",
        also=("leads:import_create",),
    ),
    NavItem("New lead", "leads:lead_create", "plus", section=None, permission=LeadPermission.CREATE, shortcut="c"),
    NavItem("Exports", "leads:export_list", "file-down", order=70, permission=LeadPermission.EXPORT),
    NavItem(
        "Pipeline stages",
        "leads:stage_list",
        "columns-3",
        "organization",
        70,
        LeadPermission.CONFIGURE,
        keywords="columns probability won lost",
    ),
    NavItem("Tags", "leads:tag_list", "tags", "organization", 80, LeadPermission.CONFIGURE, keywords="labels"),
    NavItem(
        "Scoring runs",
        "leads:scoring_run_list",
        "rotate-cw",
        "organization",
        65,
        LeadPermission.CONFIGURE,
        keywords="recompute scores",
    ),
)
