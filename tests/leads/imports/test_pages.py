"""The pages of an import, from the upload to its undoing."""

import re

import pytest
from django.urls import reverse

from leads.choices import JobState
from leads.models import ColumnMapping, Lead, LeadBatch
from leads.services.importing import results
from leads.services.importing.states import Phase
from tests.factories.imports import LeadBatchFactory, LeadBatchRowFactory
from tests.leads.imports.conftest import counts

FILE = (
    "Name,E-mail,Company,Status,Owner,Created,Colour\n"
    "Greta Weber,greta@weber.example,Weber GmbH,Won,Ravi Nair,03/04/2025,blue\n"
    "Jo Dahl,jo@dahl.example,Dahl AS,Zonked,Nobody Known,05/06/2025,red\n"
    "Bo Costa,broken,,New,,07/08/2025,\n"
)


def url(name, batch, **query):
    from urllib.parse import urlencode

    return reverse(f"leads:import_{name}", args=[batch.pk]) + (f"?{urlencode(query)}" if query else "")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def chosen(page: str, name: str) -> str:
    """Return the value that a drop-down list of a page shows."""
    select = re.search(rf'<select[^>]*name="{re.escape(name)}"[^>]*>(.*?)</select>', page, re.DOTALL)
    found = re.search(r'<option value="([^"]*)"[^>]* selected', select[1])
    return found[1] if found else re.search(r'<option value="([^"]*)"', select[1])[1]


def form_of(page: str, *, action: str) -> dict[str, object]:
    """Return what a browser would send with the form of a page, untouched."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)[1]
    data: dict[str, object] = {}
    for name in re.findall(r'<select[^>]*name="([^"]+)"', form):
        data[name] = chosen(form, name)
    for tag in re.findall(r"<input[^>]+>", form):
        parts = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if parts.get("type") in {"checkbox", "radio"}:
            if " checked" in tag:
                data.setdefault(parts["name"], [])
                data[parts["name"]].append(parts.get("value", "on"))
        elif "name" in parts:
            data[parts["name"]] = parts.get("value", "")
    return data


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


@pytest.fixture
def batch(imports, rep):
    return imports.upload(FILE)


def test_the_whole_way_by_plain_forms(imports, client, batch, rep):
    """Each page is sent back as it comes: what is suggested is enough, and no script is needed."""
    mapping = client.get(url("mapping", batch)).content.decode()
    answer = client.post(url("mapping", batch), form_of(mapping, action=url("mapping", batch)))
    assert (answer.status_code, answer["Location"]) == (303, url("rules", batch))
    rules = client.get(answer["Location"]).content.decode()
    answer = client.post(answer["Location"], form_of(rules, action=url("rules", batch)))
    assert (answer.status_code, answer["Location"]) == (303, url("detail", batch))
    assert "Waiting for the dry run" in text_of(client.get(answer["Location"]))
    imports.work(batch)
    page = client.get(answer["Location"])
    assert "This is what the import would do" in text_of(page)
    assert "Import 2 new leads" in text_of(page)
    answer = client.post(url("run", batch))
    assert (answer.status_code, answer["Location"]) == (303, url("detail", batch))
    imports.work(batch)
    page = client.get(url("detail", batch))

    assert "See these leads" in text_of(page)
    assert f"{reverse('leads:lead_list')}?batch={batch.pk}" in page.content.decode()
    with imports.scope():
        lead = Lead.objects.get(email="greta@weber.example")
        assert (lead.full_name, lead.assigned_to, lead.status) == ("Greta Weber", rep, "closed_won")


def test_columns_come_with_a_suggestion_and_the_reason(client, batch):
    page = client.get(url("mapping", batch))
    html = page.content.decode()

    assert [chosen(html, f"column-{n}") for n in range(7)] == [
        "full_name", "email", "company", "stage", "owner", "created_at", "new",
    ]  # fmt: skip
    text = text_of(page)
    assert "The header “E-mail” is a usual name for it." in text
    assert "greta@weber.example" in text
    assert "separated by commas" in text
    assert "In “Created” nothing tells days from months." in text


def test_a_mapping_is_remembered_for_the_same_headers(imports, client, batch):
    imports.check(imports.choose(batch, targets={"Colour": "", "Company": "notes"}))
    again = imports.upload(FILE.replace("Name,E-mail", "NAME,e-mail"), name="again.csv")
    html = client.get(url("mapping", again)).content.decode()

    assert (chosen(html, "column-2"), chosen(html, "column-6")) == ("notes", "")
    assert "As last time" in html
    with imports.scope():
        assert ColumnMapping.objects.count() == 1


def test_two_columns_cannot_become_the_same(client, batch):
    response = client.post(url("mapping", batch), {"column-1": "email", "column-2": "email"})

    assert response.status_code == 422
    assert "“E-mail” and “Company” cannot both become “E-mail”." in text_of(response)
    assert chosen(response.content.decode(), "column-2") == "email", "what was chosen is still there"


@pytest.mark.parametrize("data", [{}, {"column-3": "status"}])
def test_a_file_needs_something_that_identifies_a_lead(client, batch, data):
    response = client.post(url("mapping", batch), data)

    assert response.status_code == 422
    assert "Map at least one of e-mail, phone, company" in text_of(response)


@pytest.mark.parametrize("target", ["owner_id", "custom:nothing", "<script>", "batch"])
def test_a_column_becomes_only_what_is_offered(client, batch, target):
    assert client.post(url("mapping", batch), {"column-1": "email", "column-2": target}).status_code == 422


def test_the_layout_can_be_chosen_otherwise(imports, client):
    batch = imports.upload("Report of May\nE-mail;Company\na@one.example;One, Two\n")
    response = client.post(
        url("layout", batch),
        {"encoding": "utf-8", "delimiter": ";", "quoting": "doubled", "header_row": "2", "pad_short_rows": "on"},
    )

    assert response.status_code == 303
    assert imports.now(batch).shape["headers"] == ["E-mail", "Company"]


def test_a_layout_that_cannot_be_read_is_refused_and_changes_nothing(imports, client, batch):
    layout = {"encoding": "utf-8", "delimiter": ",", "quoting": "doubled", "header_row": "40"}
    response = client.post(url("layout", batch), layout)

    assert response.status_code == 422
    assert "Row 40 cannot be the header" in text_of(response)
    assert imports.now(batch).shape == batch.shape


def test_a_sheet_is_chosen_among_those_of_the_workbook(imports, client, make_workbook):
    sheets = {
        "Cover": [["Leads of May"], ["x"]],
        "Leads": [["E-mail"], ["a@one.example"]],
        "Old": [["E-mail"], ["b@b.example"]],
    }
    batch = imports.upload(make_workbook(sheets, hidden=["Old"]), "leads.xlsx")
    page = client.get(url("mapping", batch)).content.decode()
    assert "Old (hidden)" in page
    client.post(url("layout", batch), {"sheet": "Leads", "header_row": "1"})

    done = imports.carry_out(imports.check(imports.choose(imports.now(batch))))
    assert counts(done) == {"new": 1}


@pytest.fixture
def mapped(imports, batch):
    return imports.choose(batch)


def test_words_come_with_what_they_most_likely_mean(client, mapped, rep):
    html = client.get(url("rules", mapped)).content.decode()
    values = {words: chosen(html, words) for words in re.findall(r'name="(word-[^"]+)"', html)}

    assert set(values) == {f"word-stage-{n}" for n in range(3)} | {f"word-owner-{n}" for n in range(2)}
    assert values["word-owner-0"] == str(rep.pk)
    assert values["word-owner-1"] == ""
    assert sorted(bool(values[f"word-stage-{n}"]) for n in range(3)) == [False, True, True]


def test_a_name_is_given_to_a_person_on_the_page(imports, client, mapped, rep):
    html = client.get(url("rules", mapped)).content.decode()
    data = form_of(html, action=url("rules", mapped)) | {"word-owner-1": str(rep.pk), "word-stage-1": ""}
    client.post(url("rules", mapped), data)
    imports.carry_out(imports.work(mapped))

    with imports.scope():
        assert Lead.objects.get(email="jo@dahl.example").assigned_to == rep


def test_nothing_can_be_chosen_that_was_not_offered(client, mapped, outsider):
    html = client.get(url("rules", mapped)).content.decode()
    data = form_of(html, action=url("rules", mapped))
    for name in ("word-owner-1", "owner", "team", "stage"):
        assert client.post(url("rules", mapped), data | {name: str(outsider.pk)}).status_code == 422, name


def test_at_least_one_identity_is_needed(client, mapped):
    html = client.get(url("rules", mapped)).content.decode()
    data = form_of(html, action=url("rules", mapped))
    data.pop("identity")
    response = client.post(url("rules", mapped), data)

    assert response.status_code == 422
    assert "Choose at least one thing by which duplicates are recognised." in text_of(response)


def test_a_manager_gives_leads_to_the_own_team_only(driver_of, client_of, manager, rep, editor):
    theirs = driver_of(manager)
    batch = theirs.choose(theirs.upload(FILE))
    html = client_of(manager).get(url("rules", batch)).content.decode()

    assert str(rep.pk) in html
    assert str(editor.pk) not in html


def test_whoever_cannot_assign_is_not_asked_for_owners(driver_of, client_of, marketer, rep):
    theirs = driver_of(marketer)
    batch = theirs.choose(theirs.upload(FILE))
    html = client_of(marketer).get(url("rules", batch)).content.decode()
    assert "word-owner" not in html
    assert 'name="owner"' not in html
    theirs.carry_out(theirs.check(batch))

    with theirs.scope():
        lead = Lead.objects.get(email="greta@weber.example")
        assert (lead.assigned_to, lead.custom_fields["owner_original"]) == (None, "Ravi Nair")


def test_progress_is_told_until_there_is_a_result(imports, client, mapped):
    with imports.scope():
        LeadBatch.objects.filter(pk=mapped.pk).update(
            phase=Phase.IMPORT, state=JobState.RUNNING, progress_done=250, progress_total=1000
        )
    htmx = {"HX-Request": "true"}
    running = client.get(url("progress", mapped), headers=htmx)
    assert "250 of about 1,000 rows" in text_of(running)
    assert 'value="250" max="1000"' in running.content.decode()
    assert "every 1s" in running.content.decode()
    with imports.scope():
        LeadBatch.objects.filter(pk=mapped.pk).update(state=JobState.DONE)
    done = client.get(url("progress", mapped), headers=htmx)

    assert (done.status_code, done["HX-Redirect"]) == (204, url("detail", mapped))


def test_stopping_from_the_page(imports, client, mapped):
    imports.check(mapped)
    client.post(url("run", mapped))
    assert client.post(url("cancellation", mapped)).status_code == 303

    page = client.get(url("detail", mapped))
    assert "The import was stopped" in text_of(page)
    assert "Continue the import" in text_of(page)


def test_a_click_at_the_wrong_moment_is_explained(client, mapped):
    answer = client.post(url("run", mapped))

    assert answer["Location"] == url("detail", mapped)
    # A draft has its page at the columns.
    page = client.get(url("mapping", mapped))
    assert "Let the dry run finish first." in text_of(page)


def test_words_that_are_not_known_are_shown_with_a_way_to_explain_them(imports, client, mapped):
    page = text_of(client.get(url("detail", imports.check(mapped))))

    assert "Words that leadcrm does not know" in page
    assert "Zonked 1" in page
    assert "Say what they mean" in page


def test_undo_says_beforehand_what_it_will_do(imports, client, mapped):
    done = imports.carry_out(imports.check(mapped))
    page = text_of(client.get(url("undo", done)))
    assert "2 leads that the import made are deleted for good" in page
    assert "Nobody has worked on these leads since." in page
    client.post(url("undo", done))
    imports.work(done)

    page = text_of(client.get(url("detail", done)))
    assert "The import is undone" in page
    assert "Removed 2" in page


def test_a_draft_can_be_thrown_away_with_its_file(imports, client, mapped, media, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(url("deletion", mapped))

    assert (response.status_code, response["Location"]) == (303, reverse("leads:import_list"))
    assert [path for path in media.rglob("*") if path.is_file()] == []
    with imports.scope():
        assert not LeadBatch.objects.exists()


def test_an_import_that_was_carried_out_stays_listed(imports, client, mapped):
    done = imports.carry_out(imports.check(mapped))
    client.post(url("deletion", done))

    assert imports.now(done).phase == Phase.IMPORT


def test_the_list_is_paged(imports, client, monkeypatch):
    monkeypatch.setattr(results, "IMPORTS_PER_PAGE", 2)
    with imports.scope():
        for number in range(5):
            LeadBatchFactory(organization=imports.organization, name=f"File {number}", imported=True)
    seen, address = [], reverse("leads:import_list")
    for _ in range(3):
        html = client.get(address).content.decode()
        seen.append(re.findall(r"File \d", html))
        following = re.search(r'href="(\?after=[^"]+)"', html)
        address = reverse("leads:import_list") + following[1].replace("&amp;", "&") if following else None
    back = re.search(r'href="(\?before=[^"]+)"', html)[1]

    assert (seen, address) == ([["File 4", "File 3"], ["File 2", "File 1"], ["File 0"]], None)
    assert re.findall(r"File \d", client.get(reverse("leads:import_list") + back).content.decode()) == seen[1]


def test_the_rows_are_paged(imports, client, monkeypatch):
    monkeypatch.setattr(results, "ROWS_PER_PAGE", 2)
    batch = LeadBatchFactory(organization=imports.organization, imported=True)
    for number in range(2, 7):
        LeadBatchRowFactory(organization=imports.organization, batch=batch, row_number=number)
    first = client.get(url("rows", batch)).content.decode()
    second = client.get(url("rows", batch, outcome="refused", after=3)).content.decode()

    assert re.findall(r"Row \d", first) == ["Row 2", "Row 3"]
    assert "?outcome=refused&amp;after=3" in first
    assert re.findall(r"Row \d", second) == ["Row 4", "Row 5"]
    assert re.findall(r"Row \d", client.get(url("rows", batch, before=4)).content.decode()) == ["Row 2", "Row 3"]


@pytest.mark.parametrize("page", ["mapping", "rules", "detail", "rows", "undo", "progress"])
def test_pages_ask_the_database_little(imports, client, mapped, page, django_assert_max_num_queries):
    if page in {"detail", "rows", "undo", "progress"}:
        imports.carry_out(imports.check(mapped))
    with django_assert_max_num_queries(12):
        client.get(url(page, mapped))


@pytest.mark.parametrize("page", ["create", "list"])
def test_pages_without_an_import_ask_the_database_little(client, page, mapped, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get(reverse(f"leads:import_{page}"))


def test_a_page_of_many_columns_stays_bearable(imports, client):
    headers = ",".join(f"Column no {n}" for n in range(499)) + ",E-mail"
    batch = imports.upload(headers + "\n" + "x," * 499 + "a@one.example\n")
    page = client.get(url("mapping", batch))

    assert len(page.content) < 800_000
    assert page.content.decode().count("<select") == 501 + 3
