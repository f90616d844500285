"""The command computes worked cases and fails loudly when one comes out differently."""

import json

import pytest
from django.core.management import CommandError, call_command

# The worked cases of the lead score, with what each must come to.
CASES = [
    ({"email": "a@gmail.com"}, 40),
    ({"company": "Only Co", "industry": "beekeeping"}, 58),
    ({"email": "dr@clinic.example", "industry": "healthcare", "company_size": "1-10"}, 74),
    ({"email": "x@mailinator.com", "company": "  ", "message": "x" * 50}, 40),
    ({"company": "Acme", "company_size": "about 80 people", "industry": "Real Estate"}, 71),
    (
        {
            "email": "ceo@acme-robotics.in", "company": "Acme", "phone": "+919812345678", "tier": "L4_PLATFORMS",
            "industry": "manufacturing", "company_size": "51-200", "message": "x" * 51,
        },
        100,
    ),
]  # fmt: skip


def check(tmp_path, capsys, content):
    path = tmp_path / "cases.json"
    path.write_text(content)
    call_command("check_rules", str(path))
    return capsys.readouterr().out


def test_every_worked_case_of_the_lead_score_is_exact(tmp_path, capsys):
    cases = [{"lead": lead, "score": score} for lead, score in CASES]
    assert f"{len(CASES)} of {len(CASES)} cases exact" in check(tmp_path, capsys, json.dumps({"lead_scores": cases}))


def test_a_case_that_differs_is_printed_and_fails(tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_:
        check(tmp_path, capsys, json.dumps({"lead_scores": [{"lead": {"email": "a@gmail.com"}, "score": 41}]}))
    assert exit_.value.code == 1
    assert "the score is 40, expected 41" in capsys.readouterr().out


def test_cases_without_a_rule_are_named_and_not_passed_off_as_exact(tmp_path, capsys):
    assert "2 cases not computed" in check(tmp_path, capsys, json.dumps({"horoscopes": [{}, {}]}))


@pytest.mark.parametrize("kind", ["lead_scores", "assessments", "roi", "estimates"])
def test_a_case_that_lacks_something_is_named_and_fails(kind, tmp_path, capsys):
    with pytest.raises(SystemExit):
        check(tmp_path, capsys, json.dumps({kind: [{}]}))
    assert f"{kind} 1: cannot be computed" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{", "[]x"])
def test_a_file_that_is_no_json_is_one_sentence(tmp_path, capsys, content):
    with pytest.raises(CommandError, match="could not be read"):
        check(tmp_path, capsys, content)
