"""The ledger is checked against claims and summaries; whatever was altered by hand is named."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from factories import MOMENT, TODAY, YEAR, make_account, make_claim, make_organization, make_person
from sqlalchemy import select, text
from training_rows import make_class, make_grade, make_plan, make_sheet

from models import (
    ClaimKind,
    ClaimKindVersion,
    CreditYear,
    LedgerEntry,
    Organization,
    Region,
    Requirement,
    YearSummary,
)
from permissions.actor import load_actor
from permissions.wall import ALL, ScopedSession, ScopeError, set_scope
from services import ledger
from workflow import engine as workflow_engine
from workflow.claim import CLAIM
from workflow.grading import GRADE


class Office:
    """An employer with two people, and a bureau that decides about their claims."""

    def __init__(self, session):
        self.session = session
        opens, closes = dt.date(YEAR, 1, 1), dt.date(YEAR + 1, 3, 31)
        kind = ClaimKind(code="paper", name="发表论文", position=1)
        session.add_all([
            Region(code="410000", name="河南省", level="province"),
            CreditYear(year=YEAR, claims_open=opens, claims_close=closes, approvals_open=opens,
                       approvals_close=closes),
            kind,
        ])  # fmt: skip
        session.flush()
        session.add_all([
            Requirement(year=YEAR, title_level_group="any", public_hours=30, specialty_hours=60, total_hours=90,
                        legal_basis="测试"),
            ClaimKindVersion(kind_id=kind.id, number=1, published_at=MOMENT, subjects=["specialty"],
                             title_label="题目", proof="首页", help=""),
        ])  # fmt: skip
        province = make_organization(session, "省厅", "province", "410000")
        self.bureau = bureau = make_organization(session, "市局", "bureau", "410000", bureau=province)
        employer = make_organization(session, "医院", "employer", "410000", bureau=bureau)
        self.people = [make_person(session, name, employer) for name in ("甲", "乙")]
        for person in self.people:
            make_account(session, person=person)
        self.decider = load_actor(session, make_account(session, organization=bureau).id)
        session.commit()

    def fire(self, name, *rows, table=CLAIM, **more):
        outcome = workflow_engine.fire(
            self.session, self.decider, table, name, [row.id for row in rows], today=TODAY, **more
        )
        self.session.commit()
        assert outcome.skipped == 0, outcome
        return outcome

    def approved(self, person, subject, hours, **columns):
        claim = make_claim(
            self.session, person, status="declared", subject=subject, computed_hours=Decimal(hours), **columns
        )
        self.session.commit()
        self.fire("approve", claim)
        return claim

    def alter(self, statement, **values):
        """Change something by hand, past the workflow."""
        self.session.execute(text(statement), values)
        self.session.commit()

    def entry(self, claim, kind="posting"):
        return self.session.scalars(
            select(LedgerEntry).where(LedgerEntry.source_id == claim.id, LedgerEntry.kind == kind)
        ).one()

    def summary(self, person):
        return self.session.scalars(select(YearSummary).where(YearSummary.person_id == person.id)).one()


@pytest.fixture
def session(engine):
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        yield session


@pytest.fixture
def office(session):
    return Office(session)


@pytest.fixture
def story(office):
    """Person 甲 fulfilled the year in tenths; one of 乙's two claims was revoked."""
    first, second = office.people
    office.claims = [
        office.approved(first, "public", "30.1"),
        office.approved(first, "specialty", "0.2"),
        office.approved(first, "specialty", "59.8"),
        office.approved(second, "specialty", "12.5"),
        office.approved(second, "specialty", "8", completes_specialty_year=True),
    ]
    office.fire("revoke", office.claims[3], reason="材料不实")
    return office


def test_what_the_workflow_wrote_is_fine(session, story):
    assert ledger.verify(session) == []
    assert story.summary(story.people[0]).complete
    assert not story.summary(story.people[1]).complete


def test_an_empty_ledger_is_fine(session):
    assert ledger.verify(session) == []
    assert ledger.rebuild(session) == 0


def test_altered_hours_of_a_summary_are_named_and_rebuilding_repairs_them(session, story):
    person = story.people[0]
    story.alter(
        "UPDATE year_summary SET public_hours = public_hours + 0.1 WHERE person_id = :id", id=person.id
    )
    assert ledger.verify(session) == [
        f"人员 {person.id} {YEAR} 年度的年度完成情况为公需 30.2、专业 60.0 学时、视为完成 0 次，台账合计公需 30.1、专业 60.0 学时、视为完成 0 次"
    ]
    assert ledger.rebuild(session) == 2
    session.commit()
    assert ledger.verify(session) == []
    assert story.summary(person).public_hours == Decimal("30.1")


def test_an_altered_verdict_is_named_and_rebuilding_repairs_it(session, story):
    first, second = story.people
    story.alter("UPDATE year_summary SET complete = NOT complete")
    assert ledger.verify(session) == [
        f"人员 {first.id} {YEAR} 年度记为未完成，按学时要求应为已完成",
        f"人员 {second.id} {YEAR} 年度记为已完成，按学时要求应为未完成",
    ]
    ledger.rebuild(session)
    assert ledger.verify(session) == []


def test_an_altered_count_of_completions_is_named(session, story):
    person = story.people[1]
    story.alter("UPDATE year_summary SET specialty_completions = 0 WHERE person_id = :id", id=person.id)
    (sentence,) = ledger.verify(session)
    assert sentence.startswith(
        f"人员 {person.id} {YEAR} 年度的年度完成情况为公需 0.0、专业 8.0 学时、视为完成 0 次"
    )


def test_a_missing_summary_is_named_and_rebuilt(session, story):
    person = story.people[1]
    before = {
        name: getattr(story.summary(person), name) for name in (*ledger.FIGURES, "employer_id", "complete")
    }
    story.alter("DELETE FROM year_summary WHERE person_id = :id", id=person.id)
    (sentence,) = ledger.verify(session)
    assert sentence.startswith(f"人员 {person.id} {YEAR} 年度没有年度完成情况")
    ledger.rebuild(session)
    assert ledger.verify(session) == []
    assert {name: getattr(story.summary(person), name) for name in before} == before


def test_a_summary_without_entries_is_named_and_rebuilding_removes_it(session, story):
    person = story.people[0]
    opens = dt.date(YEAR - 1, 1, 1)
    session.add(CreditYear(year=YEAR - 1, claims_open=opens, claims_close=opens, approvals_open=opens,
                           approvals_close=opens))  # fmt: skip
    session.flush()
    session.add(YearSummary(person_id=person.id, employer_id=person.employer_id, region_code=person.region_code,
                            credit_year=YEAR - 1, public_hours=Decimal(5)))  # fmt: skip
    session.commit()
    assert ledger.verify(session) == [
        f"人员 {person.id} {YEAR - 1} 年度的年度完成情况有学时，台账中却没有分录"
    ]
    assert ledger.rebuild(session) == 2
    assert ledger.verify(session) == []


def test_rebuilding_keeps_keys_and_offices_of_summaries(session, story):
    columns = ("id", "person_id", "employer_id", "region_code", "authority_id", "public_hours", "complete")
    wanted = select(*(getattr(YearSummary, name) for name in columns)).order_by(YearSummary.id)
    before = session.execute(wanted).all()
    ledger.rebuild(session)
    assert session.execute(wanted).all() == before


def test_altered_hours_of_an_entry_are_named_with_the_sum_they_spoil(session, story):
    entry = story.entry(story.claims[0])
    story.alter("UPDATE ledger_entry SET hours = 99.9 WHERE id = :id", id=entry.id)
    sentences = ledger.verify(session)
    assert len(sentences) == 2
    assert sentences[0].endswith("台账合计公需 99.9、专业 60.0 学时、视为完成 0 次")
    assert sentences[1] == f"台账分录 {entry.id}（申报 {story.claims[0].id}）的学时与申报不一致"


def test_rebuilding_does_not_hide_an_altered_entry(session, story):
    entry = story.entry(story.claims[0])
    story.alter("UPDATE ledger_entry SET hours = 99.9 WHERE id = :id", id=entry.id)
    ledger.rebuild(session)
    assert ledger.verify(session) == [f"台账分录 {entry.id}（申报 {story.claims[0].id}）的学时与申报不一致"]


def test_every_other_difference_between_entry_and_claim_is_named(session, story):
    claim = story.claims[1]
    story.alter(
        "UPDATE ledger_entry SET person_id = :other, subject = 'public', completes_specialty_year = true "
        "WHERE source_id = :id",
        other=story.people[1].id,
        id=claim.id,
    )
    which = f"台账分录 {story.entry(claim).id}（申报 {claim.id}）"
    assert f"{which}的人员、科目类型、视为完成专业科目与申报不一致" in ledger.verify(session)


def test_an_approved_claim_without_entry_is_named(session, story):
    claim = story.claims[0]
    story.alter("DELETE FROM ledger_entry WHERE source_id = :id", id=claim.id)
    assert f"申报 {claim.id}（人员 {claim.person_id}）已通过，台账中没有它的入账" in ledger.verify(session)


def test_a_claim_posted_twice_is_named(session, story):
    claim = story.claims[0]
    copied = (
        "person_id, employer_id, region_code, credit_year, subject, kind, hours, completes_specialty_year, "
    )
    copied += "source_type, source_id, posted_by_id, posted_at"
    story.alter(
        f"INSERT INTO ledger_entry ({copied}, round) SELECT {copied}, 1 FROM ledger_entry WHERE source_id = :id",
        id=claim.id,
    )
    ledger.rebuild(session)
    assert ledger.verify(session) == [
        f"申报 {claim.id}（人员 {claim.person_id}）已通过，台账中有 2 笔未冲销的入账"
    ]


def test_an_entry_of_a_claim_that_is_not_approved_is_named(session, story):
    claim = story.claims[0]
    story.alter(
        "UPDATE claim SET status = 'rejected', awarded_hours = NULL, reason = '材料不实' WHERE id = :id",
        id=claim.id,
    )
    assert ledger.verify(session) == [
        f"台账分录 {story.entry(claim).id}（申报 {claim.id}）未冲销，但申报的认定结果是“不通过”"
    ]


def test_an_entry_of_no_claim_is_named(session, story):
    claim = story.claims[0]
    entry = story.entry(claim)
    story.alter("UPDATE ledger_entry SET source_id = 987654 WHERE id = :id", id=entry.id)
    assert ledger.verify(session) == [
        f"申报 {claim.id}（人员 {claim.person_id}）已通过，台账中没有它的入账",
        f"台账分录 {entry.id}（申报 987654）所依据的申报不存在",
    ]


@pytest.mark.parametrize("change", ["hours = -12.4", "subject = 'public'", "round = 1"])
def test_a_reversal_that_does_not_mirror_its_entry_is_named(session, story, change):
    claim = story.claims[3]
    reversal = story.entry(claim, "reversal")
    story.alter(f"UPDATE ledger_entry SET {change} WHERE id = :id", id=reversal.id)
    mirror = f"台账分录 {reversal.id} 与它冲销的分录 {reversal.reversal_of_id} 不对应"
    assert mirror in ledger.verify(session)


def test_a_wrong_round_is_named(session, story):
    entry = story.entry(story.claims[0])
    story.alter("UPDATE ledger_entry SET round = 3 WHERE id = :id", id=entry.id)
    assert ledger.verify(session) == [
        f"台账分录 {entry.id}（来源 {story.claims[0].id}）的入账次数为 3，应为 0"
    ]


def test_a_ledger_below_zero_is_not_made_into_summaries(session, story):
    claim = story.claims[3]
    story.alter(
        "UPDATE ledger_entry SET hours = -500 WHERE source_id = :id AND kind = 'reversal'", id=claim.id
    )
    with pytest.raises(ledger.LedgerError, match=f"人员 {claim.person_id} {YEAR} 年度的台账合计为负数"):
        ledger.rebuild(session)


def test_many_problems_are_cut_short_and_said_so(session, story):
    story.alter("UPDATE ledger_entry SET round = round + 5 WHERE kind = 'posting'")
    sentences = ledger.verify(session, most=2)
    assert [sentence for sentence in sentences if "入账次数" in sentence] == sentences[-3:-1]
    assert sentences[-1] == "以上问题超过 2 处，其余未列出"


def test_a_session_of_a_user_gets_its_wall_back(engine, story):
    with ScopedSession(engine) as session:
        assert ledger.verify(session) == []
        with pytest.raises(ScopeError):
            session.scalars(select(YearSummary)).all()


def test_a_posting_during_a_rebuild_is_counted_once(engine, session, story):
    """The rebuild holds back the posting, which then adds to the new figures."""
    claim = make_claim(
        session, story.people[0], status="declared", subject="public", computed_hours=Decimal(7)
    )
    session.commit()
    failures = []

    def post():
        try:
            with ScopedSession(engine) as other:
                set_scope(other, ALL)
                outcome = workflow_engine.fire(
                    other, story.decider, CLAIM, "approve", [claim.id], today=TODAY
                )
                other.commit()
                assert outcome.done == 1
        except Exception as error:  # noqa: BLE001  (told below)
            failures.append(error)

    ledger.rebuild(session)
    thread = threading.Thread(target=post)
    thread.start()
    thread.join(0.5)
    assert thread.is_alive()
    session.commit()
    thread.join()
    assert failures == []
    assert ledger.verify(session) == []
    session.expire_all()
    assert story.summary(story.people[0]).public_hours == Decimal("37.1")


# ---------------------------------------------------------------- grades
@pytest.fixture
def taught(office):
    """甲 passed a class, 乙 failed it, and what a third earned by another class was revoked."""
    session = office.session
    third = make_person(session, "丙", session.get(Organization, office.people[0].employer_id))
    institution = make_organization(session, "学院", "institution", "410000", bureau=office.bureau)
    make_account(session, organization=institution)
    klass = make_class(session, make_plan(session, institution))
    sheet = make_sheet(session, klass, status="submitted")
    people = [*office.people, third]
    office.grades = [
        make_grade(session, klass, person, status="submitted", result=result, sheet=sheet)
        for person, result in zip(people, ("excellent", "failed", "passed"), strict=True)
    ]
    session.commit()
    office.fire("approve", *office.grades, table=GRADE)
    office.fire("revoke", office.grades[2], table=GRADE, reason="代签到")
    return office


def test_grades_approved_failed_and_revoked_are_fine(session, taught):
    assert ledger.verify(session) == []


def test_a_posting_of_a_claim_is_none_of_the_grade_with_the_same_key(session, taught):
    grade = taught.grades[0]
    while taught.approved(taught.people[0], "specialty", "3").id < grade.id:
        pass
    taught.alter("DELETE FROM ledger_entry WHERE source_type = 'grade' AND source_id = :key", key=grade.id)
    assert any(
        f"成绩 {grade.id}（" in told and told.endswith("没有它的入账") for told in ledger.verify(session)
    )


@pytest.mark.parametrize(
    ("statement", "sentences"),
    [
        ("UPDATE grade SET hours = 20 WHERE id = :first", ["的学时与成绩不一致"]),
        ("UPDATE grade SET subject = 'specialty' WHERE id = :first", ["的科目类型与成绩不一致"]),
        ("UPDATE grade SET status = 'submitted', decided_by_id = NULL, decided_at = NULL WHERE id = :first",
         ["未冲销，但成绩的认定结果是“待审批”"]),
        ("UPDATE grade SET result = 'failed', hours = 0 WHERE id = :first", ["的学时与成绩不一致"]),
        ("UPDATE grade SET result = 'passed', hours = 30 WHERE id = :second", ["已认定，台账中没有它的入账"]),
        ("UPDATE ledger_entry SET source_id = 999999 WHERE source_type = 'grade' AND source_id = :first",
         ["已认定，台账中没有它的入账", "所依据的成绩不存在"]),
    ],
    ids=["hours", "subject", "status", "failed", "no posting", "no grade"],
)  # fmt: skip
def test_a_grade_that_does_not_agree_with_its_posting_is_named(session, taught, statement, sentences):
    taught.alter(
        statement, **dict(zip(("first", "second"), (row.id for row in taught.grades[:2]), strict=True))
    )
    found = ledger.verify(session)
    assert len(found) == len(sentences), found
    for sentence, told in zip(sentences, found, strict=True):
        assert told.endswith(sentence)
