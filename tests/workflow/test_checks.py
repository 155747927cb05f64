"""What is found about a claim before anybody looks at it; beside each claim with a fault stands one without."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from factories import MOMENT, TODAY, YEAR, make_attachment, make_claim
from sqlalchemy import select, update
from training_rows import FIRST, LAST, make_class, make_grade, make_plan

from models import (
    Account,
    Claim,
    ClaimFinding,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    HourRule,
    Organization,
    Person,
)
from models.enums import CheckResult
from permissions.wall import unscoped
from services.reuse import activity_key
from workflow import checking
from workflow.checks import CHECKS, MANY_CLAIMS, RECURRING
from workflow.selection import keys

SUBMITTED = {"status": "submitted"}
CONFIRMED, OTHER_FILE = 0x0F0F_0F0F_0F0F_0F0F, 0x7000_0000_0000_0001


@pytest.fixture
def made(stage):
    """Return a function that makes a claim of somebody."""

    def make(person="doctor", **columns):
        return make_claim(
            stage.system, stage.row(Person, person), **{**SUBMITTED, "title_key": "", **columns}
        )

    return make


@pytest.fixture
def file_of(stage):
    """Return a function that adds a file to a claim."""

    def add(claim, content, **columns):
        row = make_attachment(stage.system, claim, stage.row(Account, "doctor"), **columns)
        row.sha256 = content
        stage.system.flush()
        return claim

    return add


def found(stage, *claims, entering=True, today=TODAY):
    """Check claims and return the names of what was found about the last."""
    with unscoped(stage.system, "a test"):
        chosen = keys(stage.system, [claim.id for claim in claims])
        asked = CHECKS if entering else RECURRING
        checking.run(stage.system, chosen, asked, day=today, moment=MOMENT)
        statement = select(ClaimFinding.check_name).where(ClaimFinding.claim_id == claims[-1].id)
        names = set(stage.system.scalars(statement))
    result = stage.system.scalar(select(Claim.__table__.c.check_result).where(Claim.id == claims[-1].id))
    assert result is (CheckResult.ATTENTION if names else CheckResult.CLEAN)
    return names


def finding(stage, claim, name):
    return stage.system.scalars(
        select(ClaimFinding).where(ClaimFinding.claim_id == claim.id, ClaimFinding.check_name == name)
    ).one()


def ranked(stage, *, recurring=False):
    """Let the kind of the test claims ask for a rank, and count anew each year where asked."""
    version = stage.system.scalars(select(ClaimKindVersion).order_by(ClaimKindVersion.id)).first()
    stage.system.add(
        ClaimItem(kind_version_id=version.id, code="rank", label="排名", type="integer", position=9)
    )
    version.recurring = recurring
    stage.system.flush()


# ---------------------------------------------------------------- the same evidence
@pytest.mark.parametrize(
    ("other", "names"),
    [
        ({"status": "approved"}, {"duplicate"}),
        ({"status": "submitted", "credit_year": YEAR - 1}, {"duplicate"}),
        ({"status": "draft"}, set()),
        ({"status": "rejected"}, set()),
        ({"status": "approved", "evidence_key": "another"}, set()),
    ],
)
def test_evidence_of_the_same_person_in_any_year(stage, made, other, names):
    first = made(**{"evidence_key": "doi:1", **other})
    claim = made(evidence_key="doi:1")
    assert found(stage, claim) == names
    if names:
        assert finding(stage, claim, "duplicate").other_id == first.id


@pytest.fixture
def merged(stage):
    """Return a function that makes a kind merged into that of the test claims, or the other way round."""

    def make(*, into_it=False):
        first = stage.system.scalars(select(ClaimKind).order_by(ClaimKind.id)).first()
        other = ClaimKind(code="merged", name="合并的类型", position=20)
        stage.system.add(other)
        stage.system.flush()
        old, new = (first, other) if into_it else (other, first)
        old.merged_into_id = new.id
        version = ClaimKindVersion(
            kind_id=other.id,
            number=1,
            published_at=MOMENT,
            subjects=["specialty"],
            title_label="名称",
            proof="证明",
            help="",
        )
        stage.system.add(version)
        stage.system.flush()
        return {"kind_id": other.id, "kind_version_id": version.id}

    return make


def of_kind(stage, claim, columns):
    stage.system.execute(update(Claim).where(Claim.id == claim.id).values(**columns))
    return stage.row_of(claim)


@pytest.mark.parametrize("into_it", [False, True])
@pytest.mark.parametrize(
    ("other", "names"),
    [
        ({}, {"duplicate"}),
        ({"start_date": FIRST - dt.timedelta(days=400), "credit_year": YEAR - 1}, set()),
        ({"start_date": dt.date(2026, 2, 1)}, {"same_title"}),
        ({"activity_key": "another"}, set()),
        ({"activity_key": "", "title_key": ""}, set()),
    ],
)
def test_the_same_under_a_kind_and_one_merged_with_it(stage, made, merged, into_it, other, names):
    first = made(**{"activity_key": "a", "title_key": "old", **other})
    claim = made(activity_key="a", title_key="new")
    columns = merged(into_it=into_it)
    for one, two in ((first, claim), (claim, first)):
        of_kind(stage, one, columns)
        of_kind(stage, two, {"kind_id": stage.system.scalar(select(ClaimKind.id).order_by(ClaimKind.id)),
                             "kind_version_id": stage.system.scalar(select(ClaimKindVersion.id).order_by(ClaimKindVersion.id))})  # fmt: skip
        assert found(stage, claim) == names
        assert found(stage, first) - {"year_closed"} == names
    stage.system.execute(update(ClaimKind).values(merged_into_id=None))
    assert found(stage, claim) == set(), "kinds of their own"


def test_numbers_under_merged_kinds_are_left_to_the_reviewer(stage, made, merged):
    first, claim = made(activity_key="a", title_key="old"), made(activity_key="a", title_key="new")
    columns = of_kind(stage, first, merged()).kind_version_id
    for version in (columns, claim.kind_version_id):
        stage.system.add(
            ClaimItem(
                kind_version_id=version, code="number", label="编号", type="text", evidence=True, position=8
            )
        )
        stage.system.flush()
        names = {"duplicate"} if version == columns else {"same_title"}
        assert found(stage, claim) == names, "one that may be without a number is told by its title"


def test_a_file_of_the_same_person_but_for_what_counts_anew_each_year(stage, made, file_of):
    file_of(made(status="approved", credit_year=YEAR - 1), "paper")
    claim = file_of(made(), "paper")
    assert found(stage, claim) == {"same_file"}
    ranked(stage, recurring=True)
    assert found(stage, claim) == set()
    file_of(made(status="approved"), "paper")
    assert found(stage, claim) == {"same_file"}


def test_a_title_of_the_same_person(stage, made):
    made(title_key="t", status="approved", credit_year=YEAR - 1)
    claim = made(title_key="t")
    assert found(stage, claim) == set(), "a yearly meeting has the same name each year"
    ranked(stage)
    assert found(stage, claim) == {"same_title"}, "a paper has not"
    assert found(stage, made(title_key="")) == set()


@pytest.mark.parametrize(
    ("person", "rank", "names"),
    [
        ("nurse", 1, {"same_holder"}),
        ("teacher", 1, {"same_holder"}),
        ("nurse", 2, set()),
        ("nurse", None, set()),
    ],
)
def test_two_people_are_not_both_the_first_author(stage, made, person, rank, names):
    ranked(stage)
    other = made(person, evidence_key="doi:1", items={"rank": rank} if rank else {})
    claim = made(evidence_key="doi:1", items={"rank": 1})
    assert found(stage, claim) == names
    assert found(stage, claim, other) == names, "either way round"


def test_nor_do_both_hold_one_certificate(stage, made):
    made("nurse", evidence_key="no:1")
    claim = made(evidence_key="no:1")
    assert found(stage, claim) == set(), "a meeting is told by its name, and many go there"
    stage.system.execute(update(ClaimItem.__table__).values(evidence=True, required=True))
    assert found(stage, claim) == {"same_holder"}


def test_a_file_that_proves_many_claims_of_one_employer(stage, made, file_of):
    for _ in range(MANY_CLAIMS - 2):
        file_of(made("nurse"), "notice")
    file_of(made("teacher"), "notice")
    claim = file_of(made(), "notice")
    assert found(stage, claim) == set()
    file_of(made("nurse"), "notice")
    assert found(stage, claim) == {"shared_file"}
    assert finding(stage, claim, "shared_file").others == MANY_CLAIMS - 1


@pytest.mark.parametrize(
    ("person", "bits", "names"),
    [
        ("nurse", CONFIRMED, {"similar_image"}),
        ("nurse", CONFIRMED ^ 0b111, {"similar_image"}),
        ("nurse", CONFIRMED ^ 0b1111, set()),
        ("nurse", CONFIRMED - 2**63, {"similar_image"}),  # the sign is one bit of 64
        ("nurse", None, set()),
        ("teacher", CONFIRMED, set()),
    ],
)
def test_pictures_that_look_alike_within_one_employer(stage, made, file_of, person, bits, names):
    file_of(made(person), "a", image_hash=bits)
    claim = file_of(made(), "b", image_hash=CONFIRMED)
    assert found(stage, claim) == names
    assert found(stage, claim, entering=False) == names, "what was found stays until the claim is filed anew"


# ---------------------------------------------------------------- hours and dates
def test_hours_over_the_yearly_cap(stage, made):
    rule = stage.row(HourRule, "rule")
    rule.definition = {"cap_per_year": "40"}
    made("nurse", status="approved", awarded_hours=20)
    claim = made("nurse")
    assert found(stage, claim) == set()
    made("nurse", status="approved", awarded_hours=10)
    assert found(stage, claim) == {"over_cap"}


@pytest.mark.parametrize("into_it", [False, True])
def test_hours_of_merged_kinds_fill_one_cap(stage, made, merged, into_it):
    stage.row(HourRule, "rule").definition = {"cap_per_year": "30"}
    first, claim = made("nurse", status="approved", awarded_hours=20), made("nurse")
    assert found(stage, claim) == {"over_cap"}
    of_kind(stage, first, merged(into_it=into_it))
    assert found(stage, claim) == {"over_cap"}
    stage.system.execute(update(ClaimKind).values(merged_into_id=None))
    assert found(stage, claim) == set()


@pytest.mark.parametrize(
    ("columns", "today", "names"),
    [
        ({"proof": False}, TODAY, {"no_proof"}),
        ({"start_date": dt.date(YEAR - 1, 11, 1), "end_date": dt.date(YEAR, 1, 2)}, TODAY, set()),
        (
            {"start_date": dt.date(YEAR - 1, 11, 1), "end_date": dt.date(YEAR - 1, 12, 31)},
            TODAY,
            {"outside_year"},
        ),
        (
            {"start_date": dt.date(YEAR + 1, 1, 1), "end_date": dt.date(YEAR + 1, 1, 2)},
            TODAY,
            {"outside_year"},
        ),
        ({}, dt.date(YEAR + 1, 4, 1), {"year_closed"}),
        ({"status": "declared"}, dt.date(YEAR + 1, 3, 31), set()),
        ({"status": "declared"}, dt.date(YEAR + 1, 4, 1), {"year_closed"}),
        ({"rule_version": 0}, TODAY, {"rule_replaced"}),
    ],
)
def test_what_a_claim_says_of_itself(stage, made, columns, today, names):
    assert found(stage, made(**columns), today=today) == names


@pytest.mark.parametrize(("claimed", "names"), [("20", set()), ("20.0", set()), ("25", {"claimed_differs"})])
def test_hours_claimed_and_computed(stage, made, claimed, names):
    claim, kind = made(items={"claimed_hours": claimed}), ClaimKind(code="other", name="其他", position=15)
    assert found(stage, claim) == set()
    stage.system.add(kind)
    stage.system.flush()
    claim.kind_id = kind.id
    stage.system.flush()
    assert found(stage, claim) == names


@pytest.mark.parametrize(("person", "number", "name"), [("doctor", 3, "unusual_for_person"),
                                                         ("nurse", 10, "unusual_for_employer")])  # fmt: skip
def test_hours_far_above_the_usual(stage, made, person, number, name):
    for _ in range(number):
        made(person, status="approved", computed_hours=10, awarded_hours=10, credit_year=YEAR - 1)
    assert name not in found(stage, made(computed_hours=15))
    assert name in found(stage, made(computed_hours=61))


@pytest.mark.parametrize(
    ("status", "result", "day", "names"),
    [
        ("approved", "passed", FIRST, {"taught_then"}),
        ("submitted", "excellent", FIRST, {"taught_then"}),
        ("approved", "failed", FIRST, set()),
        ("returned", "passed", FIRST, set()),
        ("approved", "passed", LAST, set()),
    ],
)
def test_a_class_somebody_was_in_at_the_time(stage, made, status, result, day, names):
    klass = make_class(stage.system, make_plan(stage.system, stage.row(Organization, "academy")))
    make_grade(stage.system, klass, stage.row(Person, "doctor"), status=status, result=result)
    claim = made(start_date=day, end_date=day)
    assert found(stage, claim) == names
    assert found(stage, claim, entering=False) == names, "classes are looked for again later"


@pytest.mark.parametrize(
    ("status", "result", "title", "names"),
    [
        ("approved", "failed", "护理计划：第一期", {"failed_class"}),
        ("submitted", "failed", "护理计划", {"failed_class"}),
        ("draft", "failed", "护理计划", set()),
        ("approved", "passed", "护理计划", set()),
        ("approved", "failed", "护理年会", set()),
    ],
)
def test_a_claim_for_a_class_somebody_failed(stage, made, status, result, title, names):
    plan = make_plan(stage.system, stage.row(Organization, "academy"), name="护理计划")
    klass = make_class(stage.system, plan, name="第一期")
    make_grade(stage.system, klass, stage.row(Person, "doctor"), status=status, result=result)
    claim = made(title=title, activity_key=activity_key(title), start_date=LAST, end_date=LAST)
    assert found(stage, claim) == names


def test_every_check_is_tried_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [check.name for check in CHECKS if f'"{check.name}"' not in text] == []


# ---------------------------------------------------------------- kept up by the transitions
def test_submitting_checks_both_claims_and_withdrawing_clears_the_other(stage, made):
    ranked(stage)
    other = made("nurse", evidence_key="doi:1", items={"rank": 1}, check_result="clean")
    claim = made(status="draft", evidence_key="doi:1", items={"rank": 1})
    stage.fire("doctor", "submit", claim)
    assert {stage.row_of(row).check_result for row in (claim, other)} == {CheckResult.ATTENTION}
    stage.fire("doctor", "withdraw", claim)
    results = [stage.row_of(row).check_result for row in (claim, other)]
    assert results == [CheckResult.UNCHECKED, CheckResult.CLEAN]
    assert stage.count(ClaimFinding, ClaimFinding.claim_id.in_([claim.id, other.id])) == 0


def test_declaring_asks_again_what_depends_on_the_queue(stage, made):
    stage.row(HourRule, "rule").definition = {"cap_per_year": "50"}
    clean, claim = made("nurse", status="accepted"), made("nurse", status="accepted", computed_hours=40)
    stage.fire("hospital_admin", "declare", claim, clean)
    results = [stage.row_of(row).check_result for row in (claim, clean)]
    assert results == [CheckResult.ATTENTION, CheckResult.CLEAN]


@pytest.mark.parametrize(("status", "expected"), [("submitted", "same_file"), ("draft", "done")])
def test_a_file_counts_once(stage, made, file_of, status, expected):
    file_of(made(status=status), "paper")
    assert stage.told("doctor", "submit", file_of(made(status="draft"), "paper")) == expected
