"""Doors of a site that has public pages and nothing else; the tests of the doors themselves open them."""

from django.http import HttpResponse
from django.template import Context, Template, engines
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from leadcrm.accounts.models import Team
from leadcrm.accounts.public import public_link, public_page
from leadcrm.core import tenancy
from leadcrm.urls import urlpatterns as product


def seen(request) -> str:
    teams = ", ".join(Team.objects.values_list("name", flat=True).order_by("name"))
    return f"{request.organization.name}: {teams}; actor {tenancy.current_scope().actor_id}"


@require_http_methods(["GET", "POST"])
@public_page
def page(request):
    if request.method == "POST":
        Team.objects.create(name="Posted")
        return HttpResponse(status=int(request.POST["status"]))
    return HttpResponse(seen(request))


@public_page
def lazy(request):
    template = engines["django"].from_string("{% for team in teams %}{{ team.name }}{% endfor %}")
    return TemplateResponse(request, template, {"teams": Team.objects.all()})


@public_page
def layout(request):
    text = '{% extends "layouts/public.html" %}{% block h1 %}Hello{% endblock %}'
    from leadcrm.core.context_processors import shell

    return HttpResponse(Template(text).render(Context({"request": request, **shell(request)})))


@public_link("accounts_find_invitation")
def link(request, pk):
    return HttpResponse(f"{request.organization.name}: {pk}")


urlpatterns = [
    path("p/<slug:org_slug>/", page),
    path("lazy/<slug:org_slug>/", lazy),
    path("layout/<slug:org_slug>/", layout),
    path("link/<str:token>/", link),
    *product,
]
