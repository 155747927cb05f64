"""Who may help whom that cannot log in: reset the password, lift the lock, take the second factor off."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Account, JournalEntry, LoginSession, LoginThrottle, RecoveryCode, SecondFactor
from models.base import now
from services import lockout, passwords, second_factor
from services.errors import InputError
from services.lockout import Limit

MAY = [
    ("hospital_admin", "doctor", True),  # the employer that approved him
    ("hospital_admin", "teacher", False),
    ("jinshui_admin", "hospital_admin", True),  # 同级人社部门
    ("zhengzhou_admin", "hospital_admin", True),  # a city bureau looks after its districts
    ("luoyang_admin", "hospital_admin", False),
    ("zhengzhou_admin", "jinshui_admin", True),
    ("jinshui_admin", "zhengzhou_admin", False),  # never upwards
    ("province_admin", "luoyang_admin", True),
    ("province_admin", "health_admin", True),
    ("health_admin", "hospital_admin", False),  # an authority decides claims, not logins
    ("system_admin", "province_admin", True),
    ("system_admin", "hospital_admin", False),
    ("province_admin", "system_admin", False),
    ("doctor", "nurse", False),
    ("hospital_admin", "hospital_admin", False),  # one's own is changed, with the old one
    ("jinshui_admin", "clinic_admin", False),  # not approved yet
    ("visitor", "doctor", False),
]
each = pytest.mark.parametrize(("actor", "account", "allowed"), MAY)


def reset_password(session, actor, account):
    return passwords.reset_password(
        session, actor, account, fixed="", hash_password=lambda text: f"hash of {text}"
    )


def prepare(system, key):
    """Give an account everything a superior could take away."""
    system.add(SecondFactor(account_id=key, secret="A" * 32, confirmed_at=now()))
    system.add(RecoveryCode(account_id=key, code_hash="1" * 64))
    throttle = lockout.key_of(system, key)
    for _ in range(2):
        lockout.reserve(system, throttle, Limit(1, timedelta(days=1)), now())
    system.commit()


def state(system, key):
    """Return (password, end of the lock, factor in force, codes, sessions that go on) of an account."""
    system.expire_all()
    going_on = select(LoginSession.id).where(LoginSession.account_id == key, LoginSession.ended_at.is_(None))
    factor = second_factor.state_of(system, key)
    locked = lockout.locked_until(system, key, now())
    account = system.get(Account, key)
    return (
        account.password,
        locked,
        factor.confirmed_at,
        factor.codes_left,
        len(system.scalars(going_on).all()),
    )


@each
@pytest.mark.parametrize("help_with", [reset_password, lockout.unlock, second_factor.reset])
def test_the_superior_helps_and_nobody_else(world, open_session, system, help_with, actor, account, allowed):
    key = world.id(Account, account)
    prepare(system, key)
    before = state(system, key)
    session = open_session(world.actors[actor])
    row = system.get(Account, key)
    if not allowed:
        with pytest.raises(InputError):
            help_with(session, world.actors[actor], row)
        session.rollback()
        assert state(system, key) == before
        return
    help_with(session, world.actors[actor], row)
    session.commit()
    password, locked, factor, codes, sessions = state(system, key)
    if help_with is reset_password:
        assert (locked, sessions) == (None, 0)
        assert password.startswith("hash of ")
        assert factor
    elif help_with is lockout.unlock:
        assert (password, locked) == (before[0], None)
        assert factor
    else:
        assert (password, factor, codes) == (before[0], None, 0)
        assert locked
    [entry] = system.scalars(
        select(JournalEntry).where(JournalEntry.action.in_(["reset_password", "unlock", "reset_factor"]))
    )
    assert (entry.object_id, entry.actor_id) == (key, world.actors[actor].account_id)


def test_an_initial_password_is_random_readable_and_nowhere_in_the_journal(world, open_session, system):
    who = world.actors["hospital_admin"]
    session = open_session(who)
    row = system.get(Account, world.id(Account, "doctor"))
    given = {reset_password(session, who, row) for _ in range(20)}
    assert len(given) == 20
    assert all(
        re.fullmatch(r"(?:[A-HJ-NP-Za-hjkmnp-z2-9]{4}-){2}[A-HJ-NP-Za-hjkmnp-z2-9]{4}", one) for one in given
    )
    session.commit()
    written = str([entry.details for entry in system.scalars(select(JournalEntry))])
    assert not any(one in written for one in given)
    assert passwords.initial_password("000000") == "000000"


# ---------------------------------------------------------------- counting
def test_a_count_locks_lapses_and_begins_anew(system):
    limit, moment = Limit(3, timedelta(hours=1)), now()

    def attempt(later=timedelta(0), *, failing=True):
        refused = lockout.reserve(system, "1" * 64, limit, moment + later)
        return refused or (lockout.fail(system, "1" * 64, limit, moment + later) if failing else None)

    assert [attempt() for _ in range(2)] == [None, None]
    assert attempt(timedelta(hours=1)) is None  # an hour after the first: counted anew
    until = moment + timedelta(hours=1) + limit.lock
    assert [attempt(timedelta(hours=1)) for _ in range(2)] == [None, until]
    assert attempt(timedelta(hours=1, minutes=14)) == until  # refused, and not prolonged
    assert attempt(timedelta(hours=1, minutes=15), failing=False) is None
    assert system.scalars(select(LoginThrottle.failures).where(LoginThrottle.key == "1" * 64)).one() == 1


def test_attempts_taken_back_do_not_count(system):
    limit = Limit(3, timedelta(hours=1))
    for _ in range(10):
        assert lockout.reserve(system, "1" * 64, limit, now()) is None
        lockout.release(system, "1" * 64)
