"""What a stranger's file says stays text on every page of its import."""

import pytest
from django.urls import reverse

from tests.leads.imports.conftest import as_csv

# With htmx on the page an attribute is as good as a script, whatever the content security policy says.
MARKUP = '<div hx-post="/settings/people/" hx-trigger="load">x</div>'
ESCAPED = "&lt;div hx-post="
FILE = as_csv(
    ["Company", "E-mail", f"{MARKUP} date", "Status", "Owner"],
    ["Weber GmbH", "greta@weber.example", "03/04/2025", MARKUP, MARKUP],
    [MARKUP, "broken", "05/06/2025", "New", ""],
)


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


def test_the_page_of_columns_writes_headers_as_text(client, imports):
    batch = imports.upload(FILE, name=f"{MARKUP}.csv")
    page = client.get(reverse("leads:import_mapping", args=[batch.pk])).content.decode()
    assert "nothing tells days from months" in page, "the hint that quotes a header is shown"
    assert ESCAPED in page
    assert "<div hx-post=" not in page


@pytest.mark.parametrize("name", ["import_rules", "import_detail", "import_rows", "import_list"])
def test_the_later_pages_write_the_file_as_text(client, imports, name):
    batch = imports.upload(FILE, name=f"{MARKUP}.csv")
    batch = imports.check(imports.choose(batch, on_bad_value="refuse_row"))
    page = client.get(reverse(f"leads:{name}", args=[] if name == "import_list" else [batch.pk])).content.decode()
    assert ESCAPED in page
    assert "<div hx-post=" not in page
