"""What the database holds about the three duties by itself: tried with plain SQL on both engines."""

from __future__ import annotations

import threading

import pytest
from duty_desk import build_desk
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from world import build_world

from models import Account
from models.enums import Duty
from permissions.wall import ScopedSession


@pytest.fixture
def desk(duty_desk):
    return duty_desk


def run(desk, change, name, **values):
    """Change one account by SQL inside a savepoint."""
    key = desk.chief if name == "chief" else desk.keys[name]
    binds = {**desk.keys, "chief": desk.chief, **values}
    used = {word: value for word, value in binds.items() if f":{word}" in change}
    with desk.session.connection().begin_nested():
        done = desk.session.connection().execute(
            text(f"UPDATE account SET {change} WHERE id = :key"), {"key": key, **used}
        )
    return done.rowcount


def refused(desk, why, change, name, **values):
    with pytest.raises(IntegrityError, match=why):
        run(desk, change, name, **values)


# ---------------------------------------------------------------- one row
def test_a_duty_is_one_of_three(desk):
    refused(desk, "ck_account_duty", "duty = 'king', duty_given_by_id = :chief", "spare")
    assert run(desk, "duty = 'audit', duty_given_by_id = :chief", "spare") == 1


def test_a_duty_names_who_gave_it(desk):
    refused(desk, "duty_has_giver|duty_is_given_by_its_keeper", "duty = 'audit'", "spare")
    refused(desk, "duty_has_giver|duty_is_given_by_its_keeper", "duty_given_by_id = NULL", "audit")
    refused(desk, "duty_has_giver", "duty_given_by_id = :chief", "spare")


def test_nobody_gives_himself_a_duty(desk):
    refused(desk, "duty_from_another", "duty = 'audit', duty_given_by_id = :spare", "spare")
    refused(desk, "duty_from_another", "duty_given_by_id = :audit", "audit")
    assert run(desk, "duty = 'audit', duty_given_by_id = :security", "spare") == 1


def test_only_a_system_administrator_has_a_duty(desk, world):
    key = world.id(Account, "province_admin")
    with pytest.raises(IntegrityError, match="duty_of_system"), desk.session.connection().begin_nested():
        desk.session.connection().execute(
            text("UPDATE account SET duty = 'audit', duty_given_by_id = :chief WHERE id = :key"),
            {"chief": desk.chief, "key": key},
        )


def test_a_citizen_holds_one_duty(desk):
    index = desk.session.get(Account, desk.keys["security"]).citizen_id_index
    desk.put("security", status="removed")  # now another login of the same citizen may be opened
    desk.put("spare", citizen_id_index=index)
    assert run(desk, "duty = 'audit', duty_given_by_id = :chief", "spare") == 1
    refused(desk, "unique|UNIQUE", "status = 'active'", "security")


# ---------------------------------------------------------------- who gives, and from what to what
@pytest.mark.parametrize("giver", ["province_admin", "doctor"])
def test_nobody_but_a_system_administrator_gives_a_duty(desk, world, giver):
    key = world.id(Account, giver)
    refused(
        desk, "duty_is_given_by_its_keeper", "duty = 'audit', duty_given_by_id = :giver", "spare", giver=key
    )


def test_where_they_are_separated_only_the_security_administrator_gives_one(desk):
    desk.separate()
    for giver in ("system", "audit", "chief"):
        refused(desk, "duty_is_given_by_its_keeper", f"duty = 'audit', duty_given_by_id = :{giver}", "spare")
    assert run(desk, "duty = 'audit', duty_given_by_id = :security", "spare") == 1


def test_a_giver_who_was_disabled_gives_nothing(desk):
    desk.put("security", status="disabled")
    refused(desk, "duty_is_given_by_its_keeper", "duty = 'audit', duty_given_by_id = :security", "spare")


def test_a_login_is_not_opened_with_a_duty_by_somebody_who_has_none_to_give(desk):
    desk.separate()
    columns = [column.name for column in Account.__table__.c if column.name != "id"]
    taken = {"duty": "'audit'", "duty_given_by_id": ":giver", "citizen_id_index": ":x", "fs_uniquifier": ":x"}
    copied = ", ".join(taken.get(name, name) for name in columns)
    statement = text(
        f"INSERT INTO account ({', '.join(columns)}) SELECT {copied} FROM account WHERE id = :spare"
    )
    connection = desk.session.connection()
    for giver, passes in (("audit", False), ("security", True)):
        binds = {"giver": desk.keys[giver], "spare": desk.keys["spare"], "x": "e" * 64}
        if passes:
            assert connection.execute(statement, binds).rowcount == 1
            continue
        with pytest.raises(IntegrityError, match="duty_is_given_by_its_keeper"), connection.begin_nested():
            connection.execute(statement, binds)


@pytest.mark.parametrize("on", ["on", "off"])
def test_nobody_goes_from_one_duty_to_another_in_one_step(desk, on):
    desk.separate(on)
    run(desk, "duty = 'audit', duty_given_by_id = :security", "spare")
    refused(desk, "duty_is_taken_before_another", "duty = 'system', duty_given_by_id = :security", "spare")
    assert run(desk, "duty = NULL, duty_given_by_id = NULL", "spare") == 1
    assert run(desk, "duty = 'system', duty_given_by_id = :security", "spare") == 1


# ---------------------------------------------------------------- every duty keeps a holder
LOSSES = ("duty = NULL, duty_given_by_id = NULL", "status = 'disabled'", "status = 'removed'")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("duty", Duty)
def test_the_last_holder_stays_while_they_are_separated(desk, duty, loss):
    desk.separate()
    refused(desk, "duty_keeps_a_holder", loss, duty)
    run(desk, f"duty = '{duty}', duty_given_by_id = :security", "spare")
    assert run(desk, loss, duty) == 1


@pytest.mark.parametrize("loss", LOSSES)
def test_the_last_holder_goes_where_they_are_not_separated(desk, loss):
    desk.separate("off")
    assert run(desk, loss, "audit") == 1


@pytest.mark.parametrize("duty", Duty)
@pytest.mark.parametrize("before", [None, "off"])
def test_they_are_separated_only_where_each_has_a_holder(desk, duty, before):
    if before:
        desk.separate(before)
    desk.put(duty, status="disabled")
    with pytest.raises(IntegrityError, match="duties_have_holders"), desk.session.connection().begin_nested():
        desk.separate()
    desk.put(duty, status="active")
    desk.separate()


def test_other_settings_are_nobodys_duty(desk):
    for duty in Duty:
        desk.put(duty, duty=None, duty_given_by_id=None)
    connection = desk.session.connection()
    connection.execute(text("UPDATE setting SET value = 'on' WHERE key = 'digest_hour'"))
    desk.separate("off")


def test_both_holders_in_one_statement_stay(desk):
    desk.separate()
    run(desk, "duty = 'audit', duty_given_by_id = :security", "spare")
    connection = desk.session.connection()
    with pytest.raises(IntegrityError, match="duty_keeps_a_holder"), connection.begin_nested():
        connection.execute(text("UPDATE account SET status = 'disabled' WHERE duty = 'audit'"))


def test_two_who_leave_at_the_same_moment_leave_one(engine):
    with ScopedSession(engine) as session:
        desk = build_desk(session, build_world(session))
        desk.separate()
        desk.put("spare", duty=Duty.AUDIT, duty_given_by_id=desk.keys[Duty.SECURITY])
        session.commit()
    start, refusals = threading.Barrier(2), []

    def leave(key):
        start.wait(timeout=30)
        try:
            with engine.begin() as connection:
                connection.execute(
                    text("UPDATE account SET status = 'disabled' WHERE id = :key"), {"key": key}
                )
        except IntegrityError as refusal:
            refusals.append(str(refusal))

    threads = [threading.Thread(target=leave, args=(desk.keys[name],)) for name in (Duty.AUDIT, "spare")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    (refusal,) = refusals
    assert "duty_keeps_a_holder" in refusal
    with engine.connect() as connection:
        left = "SELECT count(*) FROM account WHERE duty = 'audit' AND status = 'active'"
        assert connection.scalar(text(left)) == 1
