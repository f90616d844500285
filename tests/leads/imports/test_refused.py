"""The refused rows as a file that can be corrected and imported again."""

import csv
import io

from django.urls import reverse

from leads.models import Lead
from leads.services.importing import refused
from tests.leads.imports.conftest import counts

FILE = (
    "Name,E-mail,Phone,Colour\nGreta Weber,greta@weber.example,,\n"
    ",broken,+919812345678,red\nJo Dahl,also broken,,=1+1\n"
)
ASKED = {"targets": {"E-mail": "email"}}


def download(client, batch) -> tuple[str, list[list[str]]]:
    response = client.get(reverse("leads:import_refused", args=[batch.pk]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return response["Content-Disposition"], list(csv.reader(io.StringIO(text)))


def test_it_has_the_columns_of_the_file_and_the_reasons(imports, client_of):
    batch = imports.run(FILE, name="Fair – Pune.csv", **ASKED)
    disposition, rows = download(client_of(imports.actor), batch)

    assert rows[0] == ["Name", "E-mail", "Phone", "Colour", "Row in the file", "Why it was refused"]
    assert [row[:5] for row in rows[1:]] == [
        ["", "broken", "+919812345678", "red", "3"],
        ["Jo Dahl", "also broken", "", "'=1+1", "4"],
    ]
    assert rows[1][5] == "E-mail: This is not an e-mail address. An address looks like name@company.com."
    assert 'filename="Fair _ Pune - refused.csv"' in disposition
    assert "filename*=UTF-8''Fair%20%E2%80%93%20Pune%20-%20refused.csv" in disposition


def test_corrected_it_comes_in_without_the_reasons(imports, client_of):
    batch = imports.run(FILE, **ASKED)
    _, rows = download(client_of(imports.actor), batch)
    for number, row in enumerate(rows[1:]):
        row[1] = f"corrected{number}@one.example"
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    again = imports.run(text.getvalue(), name="corrected.csv")

    assert counts(again) == {"new": 2}
    with imports.scope():
        lead = Lead.objects.get(email="corrected1@one.example")
        assert lead.custom_fields == {"colour": "=1+1"}
        assert Lead.objects.get(email="corrected0@one.example").phone == "+919812345678"


def test_it_comes_in_pieces(imports, monkeypatch):
    monkeypatch.setattr(refused, "PIECE", 3)
    batch = imports.run("E-mail\nok@one.example\n" + "broken\n" * 10, **ASKED)

    pieces = list(refused.lines(batch))
    assert len(pieces) == 2 + 4
    assert len(list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))) == 11


def test_a_row_that_could_not_be_split_is_there_as_it_stood(imports, client_of):
    batch = imports.run("E-mail,Company\na@one.example,One\nb@two.example,too,many\n")
    _, rows = download(client_of(imports.actor), batch)

    assert rows[1][:2] == ["b@two.example,too,many", ""]
    assert "This row has 3 cells where the file has 2 columns." in rows[1][3]
