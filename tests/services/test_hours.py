"""The hours of every row of product §7, computed from the seeded rules, and laws that hold for any input."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.hours import HourRuleSpec, evaluate

REFERENCE = Path(__file__).parents[2] / "seed" / "reference"
ROWS = json.loads((REFERENCE / "hour_rules.json").read_text(encoding="utf-8"))
KINDS = json.loads((REFERENCE / "claim_kinds.json").read_text(encoding="utf-8"))
RULES = [HourRuleSpec.from_mapping(row) for row in ROWS]
LABELS = {kind["code"]: {item["code"]: item["label"] for item in kind["items"]} for kind in KINDS}
YEAR = 2025


def hours(kind, already=0, rules=RULES, year=YEAR, **items):
    return evaluate(rules, kind, items, year, already, labels=LABELS.get(kind))


def project(level, project_type, *expected):
    items = {"level": level, "project_type": project_type}
    ranks = [*expected, 0]
    return [("research_project", {**items, "rank": rank}, figure) for rank, figure in enumerate(ranks, 1)]


def falling(kind, items, *expected):
    return [(kind, {**items, "rank": rank}, figure) for rank, figure in enumerate(expected, 1)]


def exchange(level, length=None):
    paper = {} if length is None else {"reads_paper": True, "paper_length": length}
    return {"level": level, **paper}


CONFIRMED = [
    ("degree_study", {"courses": 1}, 15),
    ("degree_study", {"courses": 4}, 60),
    ("course_study", {"courses": 2, "six_months": True}, 30),
    ("academic_exchange", exchange("national"), 12),
    ("academic_exchange", exchange("national", 2000), 18),
    ("academic_exchange", exchange("national", 2001), 20),
    ("academic_exchange", exchange("provincial"), 8),
    ("academic_exchange", exchange("provincial", 1), 12),
    ("academic_exchange", exchange("provincial", 2000), 12),
    ("academic_exchange", exchange("provincial", 8000), 14),
    ("academic_exchange", {"level": "provincial", "reads_paper": False, "paper_length": 1500}, 8),
    *project("national", "main", 64, 56, 48, 40, 32),
    *project("national", "sub", 48, 40, 32),
    *project("provincial", "main", 56, 48, 40),
    *project("provincial", "sub", 40, 32, 24),
    ("book", {"characters": 300000, "rank": 4}, 0),
    ("paper", {"level": "national", "rank": 4}, 0),
    ("paper", {"level": "national", "rank": 1, "supplement": True}, 0),
    ("paper", {"level": "provincial", "supplement": True}, 0),
]

CANDIDATES = [
    *falling("patent", {"patent_type": "invention"}, 48, 42, 36, 30, 24, 18, 12, 6, 0, 0),
    *falling("patent", {"patent_type": "utility"}, 36, 30, 24, 18, 12, 6, 0, 0),
    *falling("patent", {"patent_type": "design"}, 36, 30, 24, 18, 12, 6, 0, 0),
    *falling("award", {"level": "provincial", "grade": "first"}, 46, 43, 40),
    *falling("award", {"level": "provincial", "grade": "second"}, 42, 39, 36),
    *falling("award", {"level": "provincial", "grade": "third"}, 38, 35, 32),
    *falling("award", {"level": "municipal", "grade": "first"}, 38, 35, 32),
    *falling("award", {"level": "municipal", "grade": "second"}, 34, 31, 28),
    *falling("award", {"level": "municipal", "grade": "third"}, 30, 27, 24),
    *falling("award", {"level": "national", "grade": "third", "category": "social_science"}, 46, 43, 40),
    ("investigation_report", {"instruction_level": "provincial", "rank": 2}, 20),
    ("computer_exam", {"modules": ["05"]}, 12),
    ("computer_exam", {"modules": ["05", "08", "11"]}, 36),
    ("computer_exam", {"modules": ["05", "05"]}, 12),
    *falling("paper", {"level": "national"}, 40, 30, 20),
    *falling("paper", {"level": "provincial", "supplement": False}, 30, 20, 10),
    ("book", {"characters": 10000, "rank": 1}, 5),
    ("book", {"characters": 125000, "rank": 3}, 62.5),
    ("book", {"characters": 144000, "rank": 1}, 72),
    ("book", {"characters": 900000, "rank": 2}, 72),
    ("language_exam", {"exam_level": "A"}, 40),
    ("language_exam", {"exam_level": "B"}, 30),
    ("language_exam", {"exam_level": "C"}, 20),
    ("qualification", {"level": "senior"}, 40),
    ("qualification", {"level": "middle"}, 30),
    ("qualification", {"level": "junior"}, 20),
    ("grassroots_service", {"days": 1}, 6),
    ("grassroots_service", {"days": 5}, 30),
    ("grassroots_service", {"days": 6}, 30),
    ("border_support", {"months": 1}, 12),
    ("border_support", {"months": 5}, 60),
    ("other", {"claimed_hours": "7.5"}, 7.5),
    ("other", {"claimed_hours": 18}, 18),
    ("other", {"claimed_hours": 40}, 18),
]


@pytest.mark.parametrize(("kind", "items", "expected"), CONFIRMED)
def test_a_confirmed_row_gives_its_hours(kind, items, expected):
    result = hours(kind, **items)
    assert (result.hours, result.confirmed, result.missing) == (Decimal(str(expected)), True, ())
    assert "待核定" not in result.explanation


@pytest.mark.parametrize(("kind", "items", "expected"), CANDIDATES)
def test_a_candidate_row_gives_its_hours_and_says_that_it_awaits_confirmation(kind, items, expected):
    result = hours(kind, **items)
    assert (result.hours, result.confirmed, result.missing) == (Decimal(str(expected)), False, ())
    assert result.explanation.endswith("（标准待核定）")


@pytest.mark.parametrize(
    ("kind", "items", "completes"),
    [
        ("award", {"level": "national", "grade": "first", "rank": 1}, True),
        ("award", {"level": "national", "grade": "first", "rank": 15}, True),
        ("award", {"level": "national", "grade": "second", "rank": 1}, True),
        ("award", {"level": "national", "grade": "second", "rank": 2}, False),
        ("border_support", {"months": 6}, True),
        ("border_support", {"months": 12}, True),
        ("border_support", {"months": 5}, False),
    ],
)
def test_what_completes_the_specialty_year(kind, items, completes):
    result = hours(kind, **items)
    assert result.completes_specialty_year is completes
    assert ("视为完成当年专业科目学时" in result.explanation) is completes
    assert result.hours == (60 if completes else hours(kind, **items).hours)


@pytest.mark.parametrize(
    ("subject", "months", "expected", "completes"),
    [
        ("specialty", 5, 60, False),
        ("specialty", 6, 60, True),
        ("specialty", 12, 60, True),
        ("public", 5, 60, False),
        ("public", 6, 0, False),
        ("public", 12, 0, False),
    ],
)
def test_only_a_specialty_claim_completes_the_specialty_year(subject, months, expected, completes):
    result = evaluate(RULES, "border_support", {"months": months}, YEAR, subject=subject)
    assert (result.hours, result.completes_specialty_year) == (expected, completes)
    assert ("请改选另一科目类型" in result.explanation) is (expected == 0)


@pytest.mark.parametrize(
    ("kind", "items", "sentence"),
    [
        (
            "academic_exchange",
            exchange("provincial", 1500),
            "省级学术交流 8 学时；宣读论文（2000 字以内）+4；合计 12 学时",
        ),
        ("degree_study", {"courses": 3}, "学历学位教育 3 × 15 = 45 学时"),
        (
            "research_project",
            {"level": "national", "project_type": "sub", "rank": 2},
            "国家级课题（子课题），排名第 2，40 学时",
        ),
        (
            "research_project",
            {"level": "national", "project_type": "sub", "rank": 4},
            "国家级课题（子课题）：只认前 3 名，本人排名第 4，不计学时",
        ),
        (
            "book",
            {"characters": 900000, "rank": 1},
            "出版著作、译作 900000 ÷ 10000 × 5 = 450 学时；每项上限 72 学时，本次计 72 学时（标准待核定）",
        ),
        (
            "patent",
            {"patent_type": "invention", "rank": 3},
            "发明专利 48 学时；排名第 3，减 12 学时；合计 36 学时（标准待核定）",
        ),
        ("paper", {"supplement": True, "level": "national", "rank": 1}, "增刊论文：按规则不计学时"),
    ],
)
def test_the_explanation_is_a_sentence_one_can_follow(kind, items, sentence):
    assert hours(kind, **items).explanation == sentence


@pytest.mark.parametrize(
    ("kind", "items", "missing", "label"),
    [
        ("academic_exchange", {}, ("level",), "“级别”"),
        ("academic_exchange", {"level": ""}, ("level",), "“级别”"),
        ("academic_exchange", {"level": {"code": "national"}}, ("level",), "“级别”"),
        ("research_project", {"rank": 1}, ("level", "project_type"), "“级别”、“主课题/子课题”"),
        ("research_project", {"level": "national", "project_type": "main"}, ("rank",), "“本人排名”"),
        ("patent", {"patent_type": "invention", "rank": 0}, ("rank",), "“排名”"),
        ("patent", {"patent_type": "invention", "rank": "第一"}, ("rank",), "“排名”"),
        ("patent", {"patent_type": "invention", "rank": 1.5}, ("rank",), "“排名”"),
        ("patent", {"patent_type": "invention", "rank": True}, ("rank",), "“排名”"),
        ("degree_study", {}, ("courses",), "“通过课程门数”"),
        ("degree_study", {"courses": -1}, ("courses",), "“通过课程门数”"),
        ("degree_study", {"courses": "NaN"}, ("courses",), "“通过课程门数”"),
        ("degree_study", {"courses": float("inf")}, ("courses",), "“通过课程门数”"),
        ("computer_exam", {"modules": []}, ("modules",), "“模块”"),
        ("award", {"level": "national", "grade": "second"}, ("rank",), "“排名”"),
        ("other", {"claimed_hours": "十八"}, ("claimed_hours",), "“学时”"),
    ],
)
def test_a_missing_or_bad_item_counts_nothing_and_is_named(kind, items, missing, label):
    result = hours(kind, **items)
    assert result.hours == 0
    assert set(missing) <= set(result.missing)
    assert label in result.explanation
    assert "未填或无效" in result.explanation


def test_without_labels_the_explanation_still_shows_no_item_code():
    for kind, names in LABELS.items():
        sentence = evaluate(RULES, kind, {}, YEAR).explanation
        assert not any(code in sentence for code in names)
        assert "未填或无效" in sentence or kind == "investigation_report"


def test_a_paper_without_its_length_counts_the_conference_only_and_asks_for_the_length():
    result = hours("academic_exchange", level="provincial", reads_paper=True)
    assert (result.hours, result.missing) == (8, ("paper_length",))
    assert "“论文字数”未填或无效，未加计学时" in result.explanation


def test_a_level_without_a_rule_counts_nothing_and_says_whom_to_ask():
    result = hours("academic_exchange", level="municipal")
    assert (result.hours, result.rule_code, result.missing) == (0, None, ())
    assert "没有对应的学时规则" in result.explanation
    assert "审批部门" in result.explanation


def test_a_kind_or_a_year_without_rules_counts_nothing_and_says_so():
    assert "2025 年度没有这一类型的学时规则" in hours("unknown").explanation
    assert "1997 年度没有这一类型的学时规则" in hours("degree_study", year=1997, courses=2).explanation


@pytest.mark.parametrize(
    ("already", "expected", "capped"),
    [(0, 18, False), (12, 18, False), (12.5, 17.5, True), (25, 5, True), (30, 0, True), (99, 0, True)],
)
def test_the_yearly_cap_counts_what_the_year_already_has(already, expected, capped):
    result = hours("grassroots_service", days=3, already=Decimal(str(already)))
    assert (result.hours, result.capped) == (Decimal(str(expected)), capped)
    assert ("每年度上限 30 学时" in result.explanation) is capped


def rule(**fields):
    return HourRuleSpec.from_mapping({"code": "r", "kind": "k", "name": "活动", "base_hours": "10", **fields})


def test_the_lowest_priority_decides_and_then_the_code():
    rules = [
        rule(code="b", base_hours="2"),
        rule(code="a", base_hours="1"),
        rule(code="z", base_hours="9", priority=5),
    ]
    assert hours("k", rules=rules).rule_code == "z"
    assert hours("k", rules=rules[:2]).rule_code == "a"


def test_a_rule_applies_from_its_first_to_its_last_year_and_only_to_its_subject():
    limited = rule(effective_from=2016, effective_to=2020, subject="public")
    counted = {year: hours("k", rules=[limited], year=year).hours for year in (2015, 2016, 2020, 2021)}
    assert counted == {2015: 0, 2016: 10, 2020: 10, 2021: 0}
    assert evaluate([limited], "k", {}, 2018, subject="public").hours == 10
    assert evaluate([limited], "k", {}, 2018, subject="specialty").hours == 0


def test_hours_are_rounded_half_up_to_one_decimal_but_never_over_a_cap():
    by_unit = {"base_hours": None, "unit_item": "n", "unit_hours": "0.25"}
    assert hours("k", rules=[rule(**by_unit)], n=1).hours == Decimal("0.3")
    assert hours("k", rules=[rule(**by_unit, cap_per_claim="0.25")], n=1).hours == Decimal("0.2")


def test_a_minimum_lifts_small_results_but_not_a_rank_that_earns_nothing():
    lifted = rule(base_hours="6", rank_item="rank", rank_step="3", minimum="2", first_n_authors=3)
    assert [hours("k", rules=[lifted], rank=rank).hours for rank in (1, 2, 3, 4)] == [6, 3, 2, 0]


def test_a_condition_may_ask_for_figures_and_reads_them_as_typed():
    graded = rule(conditions={"grade": [1, 2]})
    typed = [(1, 10), ("2", 10), ("\uff12", 10), (2.0, 10), (3, 0), (True, 0), ("1" * 50, 0)]
    assert [(value, hours("k", rules=[graded], grade=value).hours) for value, _ in typed] == typed


def test_an_activity_that_only_completes_the_year_is_named():
    result = hours("k", rules=[rule(base_hours=None, completes_specialty_year=True, confirmed=True)])
    assert (result.hours, result.explanation) == (0, "活动；视为完成当年专业科目学时")


def test_the_version_of_the_deciding_rule_is_reported():
    assert hours("k", rules=[rule(version=7)]).rule_version == 7


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"base_hours": "viel"}, "base_hours"),
        ({"base_hours": "-1"}, "base_hours"),
        ({"cap_per_year": "NaN"}, "cap_per_year"),
        ({"unit_size": "0"}, "unit_size"),
        ({"unit_item": "n"}, "unit_hours"),
        ({"rank_step": "3"}, "rank_item"),
        ({"by_rank": ["3", "2"]}, "rank_item"),
        ({"first_n_authors": 3}, "rank_item"),
        ({"name": ""}, "name"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused_with_the_field_named(fields, named):
    with pytest.raises(ValueError, match=named):
        rule(**fields)


# ---- laws that hold whatever is typed ----

ITEM_CODES = sorted({code for items in LABELS.values() for code in items})
CODES = sorted({str(value) for row in ROWS for value in row["conditions"].values() if isinstance(value, str)})
# A small alphabet: building the table of all Unicode characters takes a second on a fresh machine.
TYPED = st.text("0123456789.,-+eE_ \u4e00\u4e07", max_size=8)
UNHURRIED = settings(deadline=None)  # a busy machine is not a failure
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TYPED,
    st.sampled_from([*CODES, "1e999999999", "1e-999999999", "sNaN", "-Infinity", "\uff19", 10**5000]),
    st.lists(st.one_of(TYPED, st.integers(), st.none()), max_size=4),
    st.dictionaries(TYPED, st.integers(), max_size=2),
)
ITEMS = st.dictionaries(st.sampled_from(ITEM_CODES), VALUES)
CAPS = {
    row["code"]: [Decimal(row[cap]) for cap in ("cap_per_claim", "cap_per_year") if row[cap]] for row in ROWS
}
UNIT_RULES = [rule for rule in RULES if rule.unit_item and rule.unit_item != "modules"]


@UNHURRIED
@given(kind=st.sampled_from(sorted(LABELS)), items=ITEMS, already=st.decimals(-100, 10**6, places=1))
def test_anything_typed_gives_an_explained_figure_within_the_caps(kind, items, already):
    result = evaluate(RULES, kind, items, YEAR, already)
    assert 0 <= result.hours <= Decimal("99999.9")
    assert result.hours == result.hours.quantize(Decimal("0.1"))
    assert all(result.hours <= cap for cap in CAPS.get(result.rule_code, []))
    assert result.explanation
    assert len(result.explanation) < 200
    assert result == evaluate(list(reversed(RULES)), kind, dict(items), YEAR, already)


@UNHURRIED
@given(kind_rule=st.sampled_from(UNIT_RULES), units=st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)))
def test_more_units_never_count_less(kind_rule, units):
    fewer, more = (
        evaluate(RULES, kind_rule.kind, {kind_rule.unit_item: amount, "rank": 1}, YEAR).hours
        for amount in sorted(units)
    )
    assert fewer <= more


@UNHURRIED
@given(patent=st.sampled_from(["invention", "utility", "design"]), rank=st.integers(1, 200))
def test_a_lower_rank_never_counts_more(patent, rank):
    here, below = (hours("patent", patent_type=patent, rank=number).hours for number in (rank, rank + 1))
    assert here >= below


@UNHURRIED
@given(already=st.tuples(st.integers(0, 60), st.integers(0, 60)), days=st.integers(0, 40))
def test_the_more_the_year_already_has_the_less_is_added_and_never_beyond_the_cap(already, days):
    less, more = sorted(already)
    first, second = (hours("grassroots_service", days=days, already=before).hours for before in (less, more))
    assert first >= second
    assert first == 0 or first + less <= 30


# ---- laws that hold whatever rule an administrator writes ----
TENTHS = st.integers(0, 400).map(lambda tenths: str(Decimal(tenths) / 10))
MAYBE = st.none() | TENTHS
ANY_RULE = st.fixed_dictionaries(
    {
        "base_hours": MAYBE,
        "by_rank": st.none() | st.lists(TENTHS, min_size=1, max_size=4),
        "rank_step": MAYBE,
        "first_n_authors": st.none() | st.integers(1, 4),
        "unit_hours": st.integers(0, 200).map(lambda hundredths: str(Decimal(hundredths) / 100)),
        "unit_size": st.sampled_from(["1", "3", "1000"]),
        "additions": st.lists(
            st.fixed_dictionaries(
                {"conditions": st.just({"ticked": True}), "hours": TENTHS, "label": st.just("加计")}
            ),
            max_size=2,
        ),
        "cap_per_claim": MAYBE,
        "cap_per_year": MAYBE,
        "minimum": st.just("0") | TENTHS,
    }
).map(lambda fields: rule(rank_item="rank", unit_item="units", confirmed=True, **fields))
ANSWERS = st.fixed_dictionaries(
    {"rank": st.integers(1, 6), "units": st.integers(0, 5000), "ticked": st.booleans()}
)
FIGURE = r"([0-9.]+)"


def told(sentence):
    """Return the hours a reader arrives at who adds up what the explanation says, and then follows its last caps."""
    if "不计学时" in sentence:
        return Decimal(0)
    figures = [
        Decimal(figure) * sign
        for pattern, sign in ((f"^活动(?:，排名第 [0-9]+，)? ?{FIGURE} 学时", 1), (f"= {FIGURE} 学时", 1), (f"减 {FIGURE} 学时", -1), (f"加计\\+{FIGURE}", 1))
        for figure in re.findall(pattern, sentence)
    ]  # fmt: skip
    total = sum(figures, Decimal(0))
    for part in re.findall(f"合计 {FIGURE} 学时", sentence):
        assert Decimal(part) == total, sentence
    for part in re.findall(f"(?:按|本次计) {FIGURE} 学时", sentence):
        total = Decimal(part)
    return total


@UNHURRIED
@given(any_rule=ANY_RULE, items=ANSWERS, already=st.integers(0, 50))
def test_the_explanation_of_any_rule_adds_up_to_its_result(any_rule, items, already):
    result = evaluate([any_rule], "k", items, YEAR, already)
    assert told(result.explanation) == result.hours, result.explanation
    caps = [
        any_rule.cap_per_claim,
        any_rule.cap_per_year and max(any_rule.cap_per_year - already, Decimal(0)),
    ]
    assert all(result.hours <= cap for cap in caps if cap is not None)
    assert result.hours >= 0


@UNHURRIED
@given(any_rule=ANY_RULE, items=ANSWERS, more=st.integers(0, 5000))
def test_more_units_of_any_rule_never_count_less(any_rule, items, more):
    fewer, many = (
        evaluate([any_rule], "k", {**items, "units": items["units"] + extra}, YEAR).hours
        for extra in (0, more)
    )
    assert fewer <= many


@pytest.mark.parametrize(
    ("fewer", "more"), [(["05"], ["05", "08"]), ([], ["05"]), (["05", "05"], ["05", "08"])]
)
def test_more_modules_count_more(fewer, more):
    assert hours("computer_exam", modules=fewer).hours < hours("computer_exam", modules=more).hours
