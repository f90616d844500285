"""URLs of assessments, calculators and proposals."""

from django.urls import path

from assessments.preferences import ESTIMATE_RATES, ROI_RATES
from assessments.views import (
    calculations,
    capture_forms,
    proposals,
    public,
    public_calculators,
    public_capture,
    public_proposal,
    rates,
    reps,
    submissions,
)

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
    # For visitors. The private link and the shared one end in a secret.
    path("a/<slug:org_slug>/", public.start, name="start"),
    path("a/<slug:org_slug>/shared/<str:token>/", public.shared_result, name="shared_result"),
    path("a/<slug:org_slug>/shared/<str:token>/result.pdf", public.shared_result_pdf, name="shared_result_pdf"),
    path("a/<slug:org_slug>/<str:token>/", public.resume, name="resume"),
    path("a/<slug:org_slug>/<str:token>/topics/<int:number>/", public.step, name="step"),
    path("a/<slug:org_slug>/<str:token>/contact/", public.contact, name="contact"),
    path("a/<slug:org_slug>/<str:token>/result/", public.result, name="result"),
    path("a/<slug:org_slug>/<str:token>/result.pdf", public.result_pdf, name="result_pdf"),
    path("a/<slug:org_slug>/<str:token>/sharing/", public.sharing_create, name="sharing_create"),
    path("a/<slug:org_slug>/<str:token>/sharing/revocation/", public.sharing_revocation, name="sharing_revocation"),
    # For members
    path("assessments/", reps.assessment_list, name="assessment_list"),
    path("assessments/<uuid:pk>/", reps.assessment_detail, name="assessment_detail"),
    path("assessments/<uuid:pk>/result.pdf", reps.assessment_pdf, name="assessment_pdf"),
    path("leads/<uuid:pk>/assessments/", reps.lead_assessments, name="lead_assessments"),
    # Capture forms for strangers: a page, and the address that forms on other sites send to
    path("f/confirmation/<str:token>/", public_capture.submission_confirmation, name="submission_confirmation"),
    path("f/<str:token>/", public_capture.capture_page, name="capture_page"),
    path("f/<str:token>/stamp/", public_capture.capture_stamp, name="capture_stamp"),
    path("f/<str:token>/thanks/", public_capture.capture_thanks, name="capture_thanks"),
    # The builder, and what was sent
    path("settings/forms/", capture_forms.capture_form_list, name="capture_form_list"),
    path("settings/forms/new/", capture_forms.capture_form_create, name="capture_form_create"),
    path("settings/forms/<uuid:pk>/", capture_forms.capture_form_edit, name="capture_form_edit"),
    path("settings/forms/<uuid:pk>/fields/", capture_forms.capture_form_fields, name="capture_form_fields"),
    path("settings/forms/<uuid:pk>/publish/", capture_forms.capture_form_embed, name="capture_form_embed"),
    path("settings/forms/<uuid:pk>/deletion/", capture_forms.capture_form_deletion, name="capture_form_deletion"),
    path("settings/forms/<uuid:pk>/answers/", submissions.submission_list, name="submission_list"),
    path("form-answers/<uuid:pk>/", submissions.submission_detail, name="submission_detail"),
    path("form-answers/<uuid:pk>/release/", submissions.submission_release, name="submission_release"),
    path("form-answers/<uuid:pk>/rejection/", submissions.submission_rejection, name="submission_rejection"),
]
