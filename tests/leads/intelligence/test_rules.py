"""The rule score explains every point, and more that is known never lowers it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcrm.core.errors import DomainError
from leads.choices import CompanySize, ServiceTier
from leads.intelligence import rules

TEXT = st.text(max_size=80)
FACTS = st.builds(
    rules.LeadFacts,
    email=st.one_of(
        st.just(""), st.sampled_from(["a@gmail.com", "ceo@acme.example", "x@mailinator.com", "@", "a@b"]), TEXT
    ),
    phone=st.one_of(st.just(""), st.just("+919812345678"), TEXT),
    company=TEXT,
    message=st.text(max_size=120),
    service_tier=st.sampled_from(["", *ServiceTier.values]),
    industry=st.one_of(st.sampled_from(["", "Technology", "real estate", "Real-Estate", "Beekeeping", "ИТ"]), TEXT),
    company_size=st.one_of(st.sampled_from(["", *CompanySize.values]), TEXT),
    is_engaged=st.booleans(),
)
POINT = st.integers(-100, 100)
TABLES = st.builds(
    lambda single, industry, sizes: {
        **dict(zip(["company", "phone", "business_email", "long_message", "service_tier"], single, strict=True)),
        "industry": dict(zip(rules.DEFAULT_POINTS["industry"], industry, strict=True)),
        "company_size": dict(zip(rules.DEFAULT_POINTS["company_size"], sizes, strict=True)),
    },
    st.lists(POINT, min_size=5, max_size=5),
    st.lists(POINT, min_size=len(rules.DEFAULT_POINTS["industry"]), max_size=len(rules.DEFAULT_POINTS["industry"])),
    st.lists(POINT, min_size=6, max_size=6),
)
SIGNALS = {
    "email": "ceo@acme.example",
    "phone": "+919812345678",
    "company": "Acme",
    "message": "x" * 51,
    "service_tier": "L2_ADVANCED",
    "industry": "finance",
    "company_size": "51-200",
    "is_engaged": True,
}


@given(facts=FACTS, points=TABLES)
def test_the_points_of_the_explanation_sum_to_the_score(facts, points):
    result = rules.score_facts(facts, points)
    assert sum(factor["points"] for factor in result.factors) == result.score
    assert 0 <= result.score <= 100
    assert 0 <= result.confidence <= 1
    for part in (result.demographic, result.behavioral, result.temporal, result.conversational):
        assert part is None or 0 <= part <= 100


@given(facts=FACTS)
def test_knowing_one_more_signal_never_lowers_score_or_confidence(facts):
    before = rules.score_facts(facts)
    for name, value in SIGNALS.items():
        if not getattr(facts, name):
            after = rules.score_facts(rules.LeadFacts(**{**_as_dict(facts), name: value}))
            assert after.score >= before.score, name
            assert after.confidence > before.confidence or name == "industry", name


@given(facts=FACTS, points=TABLES)
def test_a_sub_score_is_unknown_exactly_when_nothing_of_its_group_is_known(facts, points):
    result = rules.score_facts(facts, points)
    known = {factor["factor"] for factor in result.factors}
    assert (result.demographic is None) == (
        not known & {"company", "phone", "business_email", "industry", "company_size"}
    )
    assert (result.conversational is None) == ("long_message" not in known)
    assert (result.behavioral is None) == ("service_tier" not in known)
    assert result.temporal is None


def _as_dict(facts):
    return {name: getattr(facts, name) for name in rules.LeadFacts.__dataclass_fields__}


@pytest.mark.parametrize(
    ("written", "points"),
    [
        ("Real Estate", 8), ("real-estate", 8), ("  REAL   estate ", 8), ("Technology", 15), ("beekeeping", 3),
        ("Образование", 3), ("农业", 3), ("", 0), ("  -- ", 0),
    ],
)  # fmt: skip
def test_industries_match_without_case_spaces_and_hyphens(written, points):
    assert rules.score_facts(rules.LeadFacts(industry=written)).score == 40 + points


def test_a_message_counts_from_51_characters_after_trimming():
    assert rules.score_facts(rules.LeadFacts(message=" " * 30 + "x" * 50 + " " * 30)).score == 40
    assert rules.score_facts(rules.LeadFacts(message="x" * 51)).score == 50


def test_confidence_is_the_share_of_eight_signals_that_are_known():
    assert rules.score_facts(rules.LeadFacts()).confidence == Decimal("0.00")
    assert rules.score_facts(rules.LeadFacts(company="Acme", phone="+91")).confidence == Decimal("0.25")
    everything = rules.LeadFacts(**SIGNALS)
    assert rules.score_facts(everything).confidence == Decimal("1.00")


def test_what_clamping_takes_away_is_a_factor():
    result = rules.score_facts(rules.LeadFacts(**SIGNALS))
    assert result.score == 100
    assert result.factors[-1] == {"factor": "cap", "label": "Limited to 100", "points": -20, "value": ""}


@pytest.mark.parametrize(
    "points",
    [
        None,
        {},
        {**rules.DEFAULT_POINTS, "company": "15"},
        {**rules.DEFAULT_POINTS, "company": True},
        {**rules.DEFAULT_POINTS, "company": 101},
        {**rules.DEFAULT_POINTS, "industry": 5},
        {**rules.DEFAULT_POINTS, "company_size": {"1-10": 2}},
        {**rules.DEFAULT_POINTS, "surprise": 1},
    ],
)
def test_a_table_that_the_score_cannot_use_is_refused(points):
    with pytest.raises(DomainError):
        rules.validate_points(points)
