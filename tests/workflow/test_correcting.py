"""A correction is decided by the employer; name, id and what follows from them change for person and login alone."""

from __future__ import annotations

import pytest
from factories import (
    YEAR,
    citizen_id,
    make_account,
    make_certificate,
    make_claim,
    make_correction,
    make_person,
    put_status,
)
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from stage import CORRECTION, REASON

from models import (
    Account,
    LoginSession,
    Notice,
    Organization,
    OutgoingMail,
    Person,
    PersonCorrection,
    Transfer,
)
from models.crypto import blind_index
from models.identifiers import birth_date_of, sex_of


@pytest.fixture
def wrong(stage):
    """A professional of the hospital, with a login, whose name and id were mistyped."""
    person = make_person(stage.system, "赵明", stage.row(Organization, "hospital"))
    account = make_account(stage.system, person=person, email="zhao@example.com")
    stage.world.actors["赵明"] = stage.actor_of(account)
    yield person
    del stage.world.actors["赵明"]


@pytest.fixture
def wish(stage, wrong):
    """Return a function that makes the correction of the professional, or of somebody else."""

    def make(person=None, **columns):
        return make_correction(stage.system, person or wrong, stage.row(Account, "doctor"), **columns)

    return make


def approve(stage, row, who="hospital_admin"):
    return stage.told(who, "approve", row, table=CORRECTION)


def test_the_employer_decides_and_nobody_else(stage, wish):
    row = wish()
    for who, told in (("school_admin", "missing"), ("jinshui_admin", "missing"), ("赵明", "scope")):
        assert approve(stage, row, who) == told
    assert approve(stage, row) == "done"


def test_who_asked_on_somebodys_behalf_does_not_approve_it_himself(stage, wrong):
    hospital, boss = stage.row(Organization, "hospital"), stage.row(Account, "hospital_admin")
    row = make_correction(stage.system, wrong, boss, by_employer=True)
    assert approve(stage, row) == "own_request"
    colleague = stage.actor_of(make_account(stage.system, organization=hospital))
    assert approve(stage, row, colleague) == "done"


def test_nobody_decides_his_own_correction_under_another_login(stage, wish, wrong):
    hospital = stage.row(Organization, "hospital")
    mine, anothers = wish(), wish(make_person(stage.system, "钱一", hospital))
    myself = stage.actor_of(make_account(stage.system, organization=hospital, citizen_id=wrong.citizen_id))
    assert approve(stage, mine, myself) == "own_correction"
    assert approve(stage, anothers, myself) == "done"


def test_person_and_login_get_name_and_id_and_the_certificate_keeps_its_own(stage, wish, wrong):
    number, boss = citizen_id(), stage.row(Account, "hospital_admin")
    certificate = make_certificate(stage.system, wrong, boss, year=YEAR - 1)
    same_citizen = make_account(
        stage.system, organization=stage.row(Organization, "mill"), citizen_id=wrong.citizen_id
    )
    before = wrong.citizen_id
    row = wish(new_name="赵铭", new_name_initials="zm", new_citizen_id=number)
    assert approve(stage, row) == "done"
    stage.system.expire_all()
    login = stage.system.scalars(select(Account).where(Account.person_id == wrong.id)).one()
    for held in (wrong, login):
        assert (held.citizen_id, held.citizen_id_index) == (number, blind_index(number))
    assert (wrong.name, wrong.name_initials, login.real_name) == ("赵铭", "zm", "赵铭")
    assert (wrong.sex, wrong.birth_date) == (sex_of(number), birth_date_of(number))
    assert same_citizen.citizen_id == before  # another login is another office's
    assert certificate.snapshot["name"] == "赵明"
    assert stage.count(Person, Person.citizen_id_index == blind_index(before)) == 0


def test_a_name_alone_leaves_the_id_and_its_sessions(stage, wish, wrong):
    before = wrong.citizen_id
    sessions = stage.count(LoginSession, LoginSession.ended_at.is_(None))
    assert approve(stage, wish(new_name="赵铭")) == "done"
    stage.system.expire_all()
    assert (wrong.name, wrong.citizen_id) == ("赵铭", before)
    assert stage.count(LoginSession, LoginSession.ended_at.is_(None)) == sessions


def test_who_was_corrected_still_does_not_decide_his_own_claims_under_his_other_login(stage, wish, wrong):
    myself = stage.actor_of(
        make_account(
            stage.system, organization=stage.row(Organization, "hospital"), citizen_id=wrong.citizen_id
        )
    )
    assert approve(stage, wish(new_citizen_id=citizen_id())) == "done"
    mine = make_claim(stage.system, stage.row_of(wrong), status="submitted")
    other = make_claim(stage.system, stage.row(Person, "doctor"), status="submitted")
    assert stage.told(myself, "accept", mine) == "own_claim"
    assert stage.told(myself, "accept", other) == "done"


@pytest.mark.parametrize("holder", ["person", "login", "void"])
def test_an_id_somebody_else_got_meanwhile_is_refused(stage, wish, holder):
    number, hospital = citizen_id(), stage.row(Organization, "school")
    row = wish(new_citizen_id=number)
    if holder == "login":
        make_account(stage.system, person=make_person(stage.system, "别人", hospital), citizen_id=number)
    else:
        state = "void" if holder == "void" else "in_service"
        make_person(stage.system, "别人", hospital, citizen_id=number, state=state)
    assert approve(stage, row) == ("done" if holder == "void" else "id_taken")


def test_of_two_requests_for_one_id_only_one_can_wait(stage, wish):
    number, hospital = citizen_id(), stage.row(Organization, "hospital")
    first = wish(new_citizen_id=number)
    other = make_person(stage.system, "钱二", hospital)
    with pytest.raises(IntegrityError), stage.system.begin_nested():
        wish(other, new_citizen_id=number)
    put_status(stage.system, first, "withdrawn")
    assert wish(other, new_citizen_id=number).id


def test_everybody_concerned_but_who_acted_is_told(stage, wish, wrong):
    row = wish()
    assert stage.told("hospital_admin", "reject", row, table=CORRECTION, reason=REASON) == "done"
    notice = stage.system.scalars(select(Notice).where(Notice.link.like("/admin/correction/%"))).one()
    assert (notice.title, notice.body) == ("信息更正未通过：赵明", REASON)
    mail = stage.system.scalars(select(OutgoingMail).where(OutgoingMail.template == "request_news")).one()
    assert (mail.recipient, wrong.citizen_id in mail.body) == ("zhao@example.com", False)


@pytest.mark.parametrize(
    ("model", "change", "constraint"),
    [
        (PersonCorrection, {"new_name": "赵明"}, "changes_something"),
        (PersonCorrection, {"status": "approved"}, "decided_has_decider"),
        (PersonCorrection, {"status": "pending", "decided_by_id": None}, None),
        (Transfer, {"status": "rejected"}, "decided_has_decider"),
        (Transfer, {"to_employer_id": "hospital"}, "goes_elsewhere"),
    ],
)
def test_the_database_refuses_what_contradicts_itself(stage, wish, model, change, constraint):
    key = wish().id if model is PersonCorrection else stage.world.id(Transfer, "manager-to-company")
    table = model.__table__
    values = {
        name: stage.world.ids[Organization].get(value, value) if name.endswith("employer_id") else value
        for name, value in change.items()
    }
    if model is Transfer and "status" in change:
        values |= {"decided_at": None}
    stage.system.flush()
    statement = table.update().where(table.c.id == key).values(values)
    if constraint is None:
        assert stage.connection.execute(statement).rowcount == 1
        return
    with (
        pytest.raises(IntegrityError, match=f"ck_{table.name}_{constraint}"),
        stage.connection.begin_nested(),
    ):
        stage.connection.execute(statement)


def test_a_rejection_without_a_reason_is_no_state(stage, wish):
    row = put_status(stage.system, wish(), "withdrawn")
    assert row.reason is None
    table = PersonCorrection.__table__
    refused = table.update().where(table.c.id == row.id).values(
        status="rejected", decided_by_id=row.started_by_id, decided_at=row.created_at
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="rejected_has_reason"), stage.connection.begin_nested():
        stage.connection.execute(refused)
