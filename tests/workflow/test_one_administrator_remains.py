"""Administrators come and go, and one always remains: also of two who remove each other at the same moment."""

from __future__ import annotations

import threading

import pytest
from factories import TODAY, make_account, make_organization, make_session, put_status
from sqlalchemy import select
from stage import ACCOUNT, ORGANIZATION, REASON
from world import build_world

from models import Account, LoginSession, Notice, Organization, OutgoingMail, Region
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.wall import ALL, ScopedSession, set_scope
from workflow import engine as workflow

ROUNDS = 6


def colleague(stage, office="hospital", **columns):
    return make_account(stage.system, organization=stage.row(Organization, office), **columns)


def remove(stage, who, *rows):
    return dict(stage.fire(who, "remove", *rows, table=ACCOUNT, reason=REASON).counts)


def test_a_colleague_is_removed_told_and_free_to_come_back(stage):
    second = colleague(stage, email="second@example.com")
    stage.system.add(make_session(second))
    assert remove(stage, "hospital_admin", second) == {"done": 1}
    assert stage.status(second) == "removed"
    assert stage.last_journal(second).reason == REASON
    ended = stage.system.scalars(select(LoginSession).where(LoginSession.account_id == second.id)).one()
    assert ended.ended_why == "disabled"
    notice = stage.system.scalars(select(Notice).where(Notice.account_id == second.id)).one()
    assert (notice.title, notice.body) == ("您的管理权限已取消", REASON)
    mail = stage.system.scalars(select(OutgoingMail).where(OutgoingMail.template == "account_removed")).one()
    assert mail.recipient == "second@example.com"
    assert REASON in mail.body
    assert colleague(stage, citizen_id=second.citizen_id).id != second.id


@pytest.mark.parametrize(
    ("who", "whom", "outcome"),
    [
        ("hospital_admin", "hospital_admin", "oneself"),
        ("school_admin", "hospital_admin", "missing"),
        ("jinshui_admin", "hospital_admin", "scope"),  # a superior disables, it does not remove
        ("doctor", "hospital_admin", "missing"),
        ("system_admin", "province_admin", "last_administrator"),
    ],
)
def test_a_right_stays_where_nobody_may_take_it(stage, who, whom, outcome):
    account = stage.row(Account, whom)
    assert remove(stage, who, account) == {outcome: 1}
    assert stage.status(account) == "active"


def test_who_is_removed_along_does_not_remain(stage):
    both = [stage.row(Account, "province_admin"), colleague(stage, "province")]
    assert remove(stage, "system_admin", *both) == {"last_administrator": 2}
    disabled = colleague(stage, "province", status="disabled")
    assert remove(stage, "system_admin", both[0], disabled) == {"done": 2}
    assert remove(stage, "system_admin", both[1]) == {"last_administrator": 1}


def test_two_who_remove_each_other_at_once_leave_one(engine):
    for _ in range(ROUNDS):
        with ScopedSession(engine) as session:
            set_scope(session, ALL)
            employers = select(Organization).where(
                Organization.kind == "employer", Organization.status == "active"
            )
            office = session.scalars(employers.order_by(Organization.id)).first()
            if office is None:
                world = build_world(session)
                office = session.get(Organization, world.id(Organization, "hospital"))
            session.execute(Account.__table__.delete().where(Account.real_name == "竞争者"))
            for account in session.scalars(select(Account).where(Account.organization_id == office.id)):
                if account.status != "removed":
                    put_status(session, account, "removed", reason=REASON)
            pair = [make_account(session, organization=office) for _ in range(2)]
            actors = [load_actor(session, account.id) for account in pair]
            office_id, ids = office.id, [account.id for account in pair]
            session.commit()
        start, failures = threading.Barrier(2), []

        def work(actor, key, start=start, failures=failures):
            try:
                start.wait(timeout=30)
                with ScopedSession(engine) as session:
                    set_scope(session, permissions.view_scope(actor))
                    workflow.fire(session, actor, ACCOUNT, "remove", [key], today=TODAY, reason=REASON)
                    session.commit()
            except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
                failures.append(failure)

        threads = [threading.Thread(target=work, args=pair) for pair in zip(actors, ids[::-1], strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert not failures
        with ScopedSession(engine) as session:
            set_scope(session, ALL)
            left = session.scalars(
                select(Account.id).where(Account.organization_id == office_id, Account.status == "active")
            ).all()
        assert len(left) == 1


# ---------------------------------------------------------------- appointment
@pytest.mark.parametrize(
    ("who", "office", "alone", "outcome"),
    [
        ("hospital_admin", "hospital", False, "done"),
        ("academy_admin", "academy", False, "done"),
        ("jinshui_admin", "hospital", False, "scope"),  # somebody is there who can
        ("jinshui_admin", "hospital", True, "done"),
        ("zhengzhou_admin", "hospital", True, "done"),  # the superior's region holds it
        ("province_admin", "health", True, "done"),  # no region, but its registration is decided there
        ("luoyang_admin", "hospital", True, "missing"),
        ("health_admin", "hospital", True, "missing"),
        ("jinshui_admin", "zhengzhou", True, "missing"),  # never upwards
        ("zhengzhou_admin", "zhengzhou", False, "done"),
        ("system_admin", "province", False, "done"),
        ("system_admin", "hospital", True, "missing"),
        ("province_admin", "system", True, "missing"),
    ],
)
def test_who_may_give_an_office_an_administrator(stage, who, office, alone, outcome):
    if alone:
        put_status(stage.system, stage.row(Account, f"{office}_admin"), "disabled", reason=REASON)
    waiting = colleague(stage, office, status="pending")
    assert stage.told(who, "appoint", waiting, table=ACCOUNT) == outcome
    assert stage.status(waiting) == ("active" if outcome == "done" else "pending")


def test_nobody_appoints_himself_or_for_a_closed_office(stage):
    own = stage.actor("jinshui_admin").citizen_id_index
    put_status(stage.system, stage.row(Account, "hospital_admin"), "disabled", reason=REASON)
    self_made = colleague(stage, citizen_id=stage.row(Account, "jinshui_admin").citizen_id, status="pending")
    assert self_made.citizen_id_index == own
    assert stage.told("jinshui_admin", "appoint", self_made, table=ACCOUNT) == "own_appointment"
    put_status(stage.system, stage.row(Organization, "school"), "disabled")
    waiting = colleague(stage, "school", status="pending")
    assert stage.told("school_admin", "appoint", waiting, table=ACCOUNT) == "office_closed"


# ---------------------------------------------------------------- organisations
@pytest.mark.parametrize(
    ("who", "office", "outcome"),
    [
        ("jinshui_admin", "hospital", "done"),
        ("zhengzhou_admin", "jinshui", "done"),
        ("province_admin", "health", "done"),
        ("jinshui_admin", "jinshui", "scope"),
        ("jinshui_admin", "zhengzhou", "scope"),  # seen, because it is the superior
        ("luoyang_admin", "hospital", "missing"),
        ("health_admin", "hospital", "scope"),
        ("hospital_admin", "hospital", "scope"),
        ("province_admin", "system", "missing"),
        ("system_admin", "province", "scope"),  # would close the whole province
    ],
)
def test_an_office_closes_what_stands_below_it(stage, who, office, outcome):
    row = stage.row(Organization, office)
    assert stage.told(who, "disable", row, table=ORGANIZATION, reason=REASON) == outcome
    assert stage.status(row) == ("disabled" if outcome == "done" else "active")


def test_the_sessions_of_administrators_end_and_those_of_people_go_on(stage):
    hospital = stage.row(Organization, "hospital")
    assert stage.told("jinshui_admin", "disable", hospital, table=ORGANIZATION, reason=REASON) == "done"
    ended = {
        name: stage.system.scalar(
            select(LoginSession.ended_why).where(LoginSession.id == stage.world.id(LoginSession, name))
        )
        for name in ("hospital_admin", "doctor", "company_admin", "jinshui_admin")
    }
    assert ended == {
        "hospital_admin": "disabled",
        "doctor": None,
        "company_admin": None,
        "jinshui_admin": None,
    }
    (notice,) = stage.system.scalars(select(Notice).where(Notice.title == "本机构已停用"))
    assert (notice.account_id, notice.body) == (stage.world.id(Account, "hospital_admin"), REASON)
    assert stage.system.scalars(
        select(OutgoingMail.template).where(OutgoingMail.subject == "本机构已停用")
    ).one()


@pytest.mark.parametrize(
    ("kind", "decider", "columns"),
    [
        ("institution", "zhengzhou", {"region": "410100"}),
        ("bureau", "zhengzhou", {"region": "410122"}),
        ("authority", "province", {"industry_code": "Q"}),
    ],
)
@pytest.mark.parametrize(("step", "status"), [("approve", "active"), ("reject", "void")])
def test_registrations_of_every_kind_of_office_are_decided_and_told(
    stage, kind, decider, columns, step, status
):
    bureau = stage.row(Organization, decider)
    stage.system.add(Region(code="410122", name="中牟县", level="county", parent_code="410100"))
    office = make_organization(stage.system, "新机构", kind, bureau=bureau, status="pending", **columns)
    first = make_account(stage.system, organization=office, status="pending", email="first@example.com")
    assert stage.told(f"{decider}_admin", step, first, table=ACCOUNT, reason=REASON) == "done"
    assert stage.status(office) == status
    (mail,) = stage.system.scalars(select(OutgoingMail).where(OutgoingMail.recipient == "first@example.com"))
    assert ("新机构" in mail.body, REASON in mail.body) == (True, step == "reject")
    assert stage.count(Notice, Notice.account_id == first.id) == 1


def test_a_colleague_does_not_remove_whom_a_superior_disabled(stage):
    second = make_account(stage.system, organization=stage.row(Organization, "hospital"))
    assert stage.told("jinshui_admin", "disable", second, table=ACCOUNT, reason=REASON) == "done"
    assert stage.told("hospital_admin", "remove", second, table=ACCOUNT, reason=REASON) == "scope"
    assert stage.told("jinshui_admin", "enable", second, table=ACCOUNT) == "done"
    assert stage.told("hospital_admin", "remove", second, table=ACCOUNT, reason=REASON) == "done"


@pytest.mark.parametrize("what", ["organization", "account"])
def test_what_a_higher_office_disabled_no_lower_one_enables(stage, what):
    organization = what == "organization"
    row = stage.row(
        Organization if organization else Account, "hospital" if organization else "hospital_admin"
    )
    table = ORGANIZATION if organization else ACCOUNT
    assert stage.told("zhengzhou_admin", "disable", row, table=table, reason=REASON) == "done"
    assert stage.told("jinshui_admin", "enable", row, table=table) == "disabled_above"
    assert stage.told("province_admin", "enable", row, table=table) == "done"
    assert stage.told("jinshui_admin", "disable", row, table=table, reason=REASON) == "done"
    assert stage.told("zhengzhou_admin", "enable", row, table=table) == "done"
