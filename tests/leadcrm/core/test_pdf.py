"""Documents show what they were given, letter by letter, and are tagged for screen readers."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from leadcrm.core import pdf

SOURCE = """#import "page.typ": *
#let data = json(bytes(sys.inputs.data))
#show: page-of.with(title: data.title, brand: data.brand, foot: data.foot)
#figures(data.figures)
#facts(data.figures)
#rows(("Year", "Flow"), data.rows)
#chart(data.chart, alt: data.foot)
#bullets(data.list)
"""
CHART = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="20" height="10"/></svg>'


@pytest.fixture
def document(tmp_path, monkeypatch):
    (tmp_path / "page.typ").write_text((pdf.TEMPLATES / "page.typ").read_text())
    (tmp_path / "sample.typ").write_text(SOURCE)
    monkeypatch.setattr(pdf, "TEMPLATES", tmp_path)

    def make(**given):
        context = {
            "title": "Report", "brand": "Demo", "foot": "Foot", "chart": CHART, "list": ["One"],
            "rows": [["1", "2"]], "figures": [{"label": "Savings", "value": "₹1,00,000"}],
        }  # fmt: skip
        return PdfReader(BytesIO(pdf.render("sample", context | given)))

    return make


def text_of(reader):
    return "\n".join(page.extract_text() for page in reader.pages)


def test_a_document_shows_figures_tables_and_lists(document):
    text = text_of(document())
    assert "₹1,00,000" in text
    assert "Savings" in text
    assert "One" in text


@pytest.mark.parametrize(
    "hostile",
    ['#panic("x")', "$ 1/2 $", "*bold* _x_ `y` <label> @ref", '"]) #read("/etc/passwd")', "\\ \\u{41} // gone"],
)
def test_what_means_something_to_typst_is_shown_as_it_was_typed(document, hostile):
    reader = document(list=[hostile], title=hostile, brand=hostile, rows=[[hostile, hostile]])
    assert text_of(reader).replace("\n", " ").count(hostile) >= 3


def test_half_a_surrogate_pair_does_not_stop_a_document(document):
    assert "a?b" in text_of(document(list=["a\ud800b"]))


def test_a_document_is_tagged_and_titled(document):
    reader = document(title="Your returns")
    assert reader.metadata.title == "Your returns"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_a_long_document_gets_more_pages(document):
    assert len(document(rows=[[str(number), "x"] for number in range(200)]).pages) > 1


@pytest.mark.parametrize("name", ["nothing", "../../settings/base", "/etc/passwd"])
def test_only_documents_of_the_folder_can_be_made(document, name):
    with pytest.raises(ValueError, match="no document"):
        pdf.render(name, {})


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_what_is_no_plain_value_is_refused(document, value):
    with pytest.raises((TypeError, ValueError)):
        pdf.render("sample", {"title": value})
