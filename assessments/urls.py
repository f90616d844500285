"""URLs of assessments, calculators and proposals."""

from django.urls import path

from assessments.preferences import ESTIMATE_RATES, ROI_RATES
from assessments.views import calculations, proposals, public_calculators, public_proposal, rates

app_name = "assessments"
urlpatterns = [
    # Calculations and proposals of a lead
    path("leads/<uuid:pk>/calculations/", calculations.lead_calculations, name="lead_calculations"),
    path("leads/<uuid:pk>/calculations/roi/", calculations.roi_create, name="roi_create"),
    path("leads/<uuid:pk>/calculations/estimate/", calculations.estimate_create, name="estimate_create"),
    path("calculations/<uuid:pk>/", calculations.calculation_detail, name="calculation_detail"),
    path("calculations/<uuid:pk>/document.pdf", calculations.calculation_document, name="calculation_document"),
    path("calculations/<uuid:pk>/proposals/new/", proposals.proposal_create, name="proposal_create"),
    path("proposals/<uuid:pk>/", proposals.proposal_detail, name="proposal_detail"),
    path("proposals/<uuid:pk>/link/", proposals.proposal_link, name="proposal_link"),
    path("proposals/<uuid:pk>/withdrawal/", proposals.proposal_withdrawal, name="proposal_withdrawal"),
    path("proposals/<uuid:pk>/document.pdf", proposals.proposal_document, name="proposal_document"),
    # Rates
    path("settings/roi-rates/", rates.rates, {"kind": ROI_RATES}, name="roi_rates"),
    path("settings/estimate-rates/", rates.rates, {"kind": ESTIMATE_RATES}, name="estimate_rates"),
    # For everybody, at the address of an organisation
    path("r/<slug:org_slug>/", public_calculators.roi_public, name="roi_public"),
    path("r/<slug:org_slug>/estimate/", public_calculators.estimate_public, name="estimate_public"),
    # Behind a link with a secret
    path("p/<str:token>/", public_proposal.proposal_public, name="proposal_public"),
    path("p/<str:token>/proposal.pdf", public_proposal.proposal_public_document, name="proposal_public_document"),
    path("c/<str:token>/", public_calculators.calculation_public, name="calculation_public"),
    path(
        "c/<str:token>/result.pdf",
        public_calculators.calculation_public_document,
        name="calculation_public_document",
    ),
]
