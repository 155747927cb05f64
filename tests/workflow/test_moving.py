"""A transfer is decided by the receiving employer, and what goes along and what stays is said here row by row."""

from __future__ import annotations

from decimal import Decimal

import pytest
from factories import (
    TODAY,
    YEAR,
    make_account,
    make_certificate,
    make_claim,
    make_correction,
    make_person,
    make_summary,
    make_transfer,
    put_status,
)
from sqlalchemy import event, select
from stage import REASON, TRANSFER
from training_rows import make_class, make_grade, make_plan

from models import (
    Account,
    Claim,
    CreditYear,
    Department,
    LedgerEntry,
    Notice,
    Organization,
    OutgoingMail,
    Person,
    YearSummary,
)
from services import ledger
from workflow import engine

LAST_YEAR = YEAR - 1


@pytest.fixture
def mover(stage):
    """A professional of the hospital with a login who wants to go to the school."""
    person = make_person(stage.system, "钱来", stage.row(Organization, "hospital"))
    person.department_id = stage.world.id(Department, "hospital-office")
    account = make_account(stage.system, person=person, email="qian@example.com")
    stage.world.actors["钱来"] = stage.actor_of(account)
    yield person
    del stage.world.actors["钱来"]


@pytest.fixture
def wish(stage, mover):
    """Return a function that makes the transfer of the professional, or of somebody else."""

    def make(person=None, to="school", **columns):
        account = stage.row(Account, "hospital_admin")
        return make_transfer(stage.system, person or mover, stage.row(Organization, to), account, **columns)

    return make


def approve(stage, row, **more):
    return stage.told("school_admin", "approve", row, table=TRANSFER, **more)


# ---------------------------------------------------------------- who decides
def test_the_receiving_employer_decides_and_nobody_else(stage, wish):
    row = wish()
    assert stage.told("hospital_admin", "approve", row, table=TRANSFER) == "scope"
    assert stage.told("jinshui_admin", "approve", row, table=TRANSFER) == "scope"
    assert stage.told("company_admin", "approve", row, table=TRANSFER) == "missing"
    assert stage.told("钱来", "approve", row, table=TRANSFER) == "scope"
    assert approve(stage, row) == "done"
    assert stage.last_journal(row).on_behalf_of_id == row.person_id


def test_who_started_it_withdraws_it(stage, wish, mover):
    own = wish()
    assert stage.told("hospital_admin", "withdraw", own, table=TRANSFER) == "scope"
    assert stage.told("school_admin", "withdraw", own, table=TRANSFER) == "scope"
    assert stage.told("钱来", "withdraw", own, table=TRANSFER) == "done"
    sent = wish(by_employer=True)
    assert stage.told("钱来", "withdraw", sent, table=TRANSFER) == "scope"
    assert stage.told("hospital_admin", "withdraw", sent, table=TRANSFER) == "done"


def test_nobody_decides_his_own_transfer_under_another_login(stage, wish, mover):
    other = make_person(stage.system, "孙往", stage.row(Organization, "hospital"))
    mine, anothers = wish(), wish(other)
    boss = make_account(
        stage.system, organization=stage.row(Organization, "school"), citizen_id=mover.citizen_id
    )
    myself = stage.actor_of(boss)
    assert stage.told(myself, "approve", mine, table=TRANSFER) == "own_transfer"
    assert stage.told(myself, "approve", anothers, table=TRANSFER) == "done"


# ---------------------------------------------------------------- guards
@pytest.mark.parametrize(
    ("status", "told"),
    [("draft", "done"), ("returned", "done"), ("submitted", "open_records"), ("accepted", "open_records"),
     ("declared", "open_records"), ("approved", "done"), ("rejected", "done"), ("revoked", "done")],
)  # fmt: skip
def test_an_open_claim_stands_in_the_way(stage, wish, mover, status, told):
    make_claim(stage.system, stage.row(Person, "doctor"), status="submitted")  # of somebody else
    row = wish()
    make_claim(stage.system, mover, status=status)
    assert approve(stage, row) == told
    assert (stage.row_of(mover).employer_id == row.to_employer_id) == (told == "done")


@pytest.mark.parametrize(
    ("status", "told", "follows"),
    [("draft", "done", True), ("returned", "done", True), ("submitted", "open_records", False),
     ("approved", "done", False), ("revoked", "done", False)],
)  # fmt: skip
def test_a_grade_goes_along_until_it_is_in_an_offices_hands(stage, wish, mover, status, told, follows):
    klass = make_class(stage.system, make_plan(stage.system, stage.row(Organization, "academy")))
    grade = make_grade(stage.system, klass, mover, status=status)
    row = wish()
    assert approve(stage, row) == told
    place = row.to_employer_id if follows else row.from_employer_id
    assert {stage.row_of(one).employer_id for one in (grade, grade.enrollment)} == {place}


def test_a_correction_that_waits_stands_in_the_way(stage, wish, mover):
    row = wish()
    waiting = make_correction(stage.system, mover, stage.row(Account, "hospital_admin"))
    assert approve(stage, row) == "open_records"
    put_status(stage.system, waiting, "withdrawn")
    assert approve(stage, row) == "done"


@pytest.mark.parametrize(
    ("state", "told", "then"),
    [("in_service", "done", "in_service"), ("left", "done", "in_service"), ("retired", "not_movable", "retired")],
)  # fmt: skip
def test_who_left_is_taken_into_service_and_who_retired_is_not(stage, wish, mover, state, told, then):
    row = wish()
    put_status(stage.system, mover, state, left_on=None if state == "in_service" else TODAY)
    assert approve(stage, row) == told
    person = stage.row_of(mover)
    assert (person.state, person.left_on is None) == (then, then == "in_service")


def test_an_employer_that_was_disabled_takes_nobody(stage, wish):
    row = wish()
    put_status(stage.system, stage.row(Organization, "school"), "disabled")
    assert approve(stage, row) == "receiver_inactive"
    put_status(stage.system, stage.row(Organization, "school"), "active")
    assert approve(stage, row) == "done"


@pytest.mark.parametrize(
    ("chosen", "told", "then"),
    [(None, "done", "school-desk"), ("0", "done", None), ("school-office", "done", "school-office"),
     ("hospital-office", "wrong_department", "hospital-office")],
)  # fmt: skip
def test_the_department_is_the_one_asked_for_or_another_of_the_receiver(
    stage, wish, mover, chosen, told, then
):
    row = wish(department_id=stage.world.id(Department, "school-desk"))
    known = stage.world.ids[Department]
    parameters = {} if chosen is None else {"department_id": str(known.get(chosen, chosen))}
    assert approve(stage, row, parameters=parameters) == told
    assert stage.row_of(mover).department_id == (known[then] if then else None)


# ---------------------------------------------------------------- what goes along, what stays
def test_person_login_and_what_was_not_handed_in_go_along(stage, wish, mover):
    make = lambda status, **more: make_claim(stage.system, mover, status=status, **more)  # noqa: E731
    drafts = [make("draft"), make("returned")]
    boss = stage.row(Account, "hospital_admin")
    stay = [make("approved"), make("rejected"), make("revoked"), make("draft", registered_by=boss)]
    others = make_claim(stage.system, stage.row(Person, "doctor"), status="draft")
    hospital, school = (stage.row(Organization, name) for name in ("hospital", "school"))
    assert approve(stage, wish()) == "done"
    person = stage.row_of(mover)
    place = (school.id, school.region_code, school.authority_id)
    assert (person.employer_id, person.region_code, person.authority_id) == place
    assert person.department_id is None
    login = stage.system.scalars(select(Account).where(Account.person_id == mover.id)).one()
    assert login.approver_id == school.id
    for claim in drafts:
        row = stage.row_of(claim)
        assert (row.employer_id, row.region_code, row.authority_id, row.department_id) == (*place, None)
    for claim in [*stay, others]:
        assert stage.row_of(claim).employer_id == hospital.id
    with stage.acting("钱来") as (session, _actor):
        mine = {row.id for row in session.scalars(select(Claim).where(Claim.person_id == mover.id))}
        assert mine == {claim.id for claim in [*drafts, *stay]}
    with stage.acting("hospital_admin") as (session, _actor):
        assert session.get(Person, mover.id) is None
        assert session.get(Claim, stay[0].id) is not None
        assert session.get(Claim, drafts[1].id) is None


def test_a_draft_the_old_employer_registered_is_registered_no_more(stage, wish, mover):
    boss = stage.row(Account, "hospital_admin")
    left, other = (
        make_claim(stage.system, person, registered_by=boss) for person in (mover, stage.row(Person, "nurse"))
    )
    assert approve(stage, wish()) == "done"
    assert stage.told("hospital_admin", "register", left) == "not_in_service"
    assert stage.told("hospital_admin", "register", other) == "done"


def test_the_running_year_goes_along_and_the_years_before_stay(stage, wish, mover):
    hospital, school = (stage.world.id(Organization, name) for name in ("hospital", "school"))
    now, before = (make_summary(stage.system, mover, year=year) for year in (YEAR, LAST_YEAR))
    certificate = make_certificate(stage.system, mover, stage.row(Account, "hospital_admin"), year=LAST_YEAR)
    assert approve(stage, wish()) == "done"
    assert stage.row_of(now).employer_id == school
    assert stage.row_of(before).employer_id == hospital
    assert stage.row_of(certificate).employer_id == hospital


def test_the_year_goes_on_adding_up_and_the_ledger_stays_right(stage, wish, mover):
    first = make_claim(stage.system, mover, status="declared", computed_hours=Decimal(40))
    complaints = set(ledger.verify(stage.system))  # the world's own entries are put, not posted
    assert stage.told("jinshui_admin", "approve", first) == "done"
    assert approve(stage, wish()) == "done"
    second = make_claim(stage.system, stage.row_of(mover), status="declared", computed_hours=Decimal(30),
                        approver=stage.row(Organization, "luoyang"))  # fmt: skip
    assert stage.told("luoyang_admin", "approve", second) == "done"
    assert set(ledger.verify(stage.system)) <= complaints
    summary = stage.summary(mover, YEAR)
    hospital, school = (stage.world.id(Organization, name) for name in ("hospital", "school"))
    assert (summary.specialty_hours, summary.employer_id) == (Decimal(70), school)
    assert [entry.employer_id for entry in (*stage.entries(first), *stage.entries(second))] == [
        hospital,
        school,
    ]
    assert stage.told("jinshui_admin", "revoke", first, reason=REASON) == "done"
    assert set(ledger.verify(stage.system)) <= complaints
    assert stage.row_of(summary).specialty_hours == Decimal(30)
    assert [entry.employer_id for entry in stage.entries(first)] == [hospital, hospital]


def test_a_summary_that_was_lost_is_rebuilt_at_the_later_employer(stage, wish):
    hospital, school = (stage.row(Organization, name) for name in ("hospital", "school"))
    assert hospital.id < school.id  # the later employer is not the one with the larger key
    person = make_person(stage.system, "李回", school)
    first = make_claim(stage.system, person, status="declared")
    assert stage.told("luoyang_admin", "approve", first) == "done"
    assert stage.told("hospital_admin", "approve", wish(person, to="hospital"), table=TRANSFER) == "done"
    second = make_claim(stage.system, stage.row_of(person), status="declared")
    assert stage.told("jinshui_admin", "approve", second) == "done"
    stage.system.execute(LedgerEntry.__table__.delete().where(LedgerEntry.person_id != person.id))
    stage.system.execute(YearSummary.__table__.delete())
    ledger.rebuild(stage.system)
    summary = stage.summary(person, YEAR)
    assert (summary.employer_id, summary.region_code, summary.authority_id) == (
        hospital.id, hospital.region_code, hospital.authority_id)  # fmt: skip


@pytest.mark.parametrize(("hours", "goes"), [(0, True), (30, False)])
def test_a_year_before_goes_along_while_it_can_be_decided_and_nothing_is_credited(
    stage, wish, mover, hours, goes
):
    stage.system.execute(
        CreditYear.__table__.update()
        .where(CreditYear.year == LAST_YEAR)
        .values(approvals_close=stage.today, claims_close=stage.today)
    )
    row = make_summary(stage.system, mover, year=LAST_YEAR, public_hours=hours)
    assert approve(stage, wish()) == "done"
    assert stage.row_of(row).employer_id == stage.world.id(Organization, "school" if goes else "hospital")


# ---------------------------------------------------------------- who hears of it
def heard(stage, row):
    system = stage.system
    told = system.scalars(
        select(Account.real_name).join(Notice, Notice.account_id == Account.id)
        .where(Notice.link == f"/admin/transfer/details/?id={row.id}").order_by(Account.real_name)
    ).all()  # fmt: skip
    mails = system.scalars(select(OutgoingMail).where(OutgoingMail.template == "request_news")).all()
    return told, mails


@pytest.mark.parametrize(
    ("who", "name", "told", "mailed"),
    [("school_admin", "approve", ["金水医院管理员", "钱来"], True), ("school_admin", "reject", ["金水医院管理员", "钱来"], True),
     ("钱来", "withdraw", ["洛阳学校管理员", "金水医院管理员"], False)],
)  # fmt: skip
def test_everybody_concerned_but_who_acted_is_told(stage, wish, who, name, told, mailed):
    row = wish()
    assert stage.told(who, name, row, table=TRANSFER, reason=REASON) == "done"
    notices, mails = heard(stage, row)
    assert notices == told
    assert [mail.recipient for mail in mails] == (["qian@example.com"] if mailed else [])
    for mail in mails:
        assert "钱来（金水医院 → 洛阳学校）" in mail.subject
        assert REASON in mail.body


def test_many_go_in_as_many_statements_as_one(stage, wish):
    hospital = stage.row(Organization, "hospital")
    rows = [wish(make_person(stage.system, f"人{number}", hospital)).id for number in range(12)]
    statements = []
    note = lambda *_: statements.append(1)  # noqa: E731
    event.listen(stage.connection, "before_cursor_execute", note)
    needed = []
    try:
        for batch in (rows[:1], rows[1:2], rows[2:]):  # the first also stores what was made above
            statements.clear()
            assert stage.fire("school_admin", "approve", *batch, table=TRANSFER).done == len(batch)
            needed.append(len(statements))
    finally:
        event.remove(stage.connection, "before_cursor_execute", note)
    assert needed[1] == needed[2]


def test_the_sentence_of_what_is_open_says_the_way_out():
    assert "办结" in engine.sentence_of(TRANSFER["approve"], "open_records")
