"""While the duties are separated, the last holder of one is neither disabled nor removed, alone or in a batch."""

from __future__ import annotations

import pytest
from factories import TODAY

from models import Account
from models.enums import AccountStatus, Duty
from permissions.actor import load_actor
from workflow import engine
from workflow.account import ACCOUNT

REASON = "离开岗位"


def fire(desk, who, name, *whom):
    actor = load_actor(desk.session, desk.keys[who])
    keys = [desk.keys[one] for one in whom]
    outcome = engine.fire(desk.session, actor, ACCOUNT, name, keys, today=TODAY, reason=REASON)
    desk.session.expire_all()
    return outcome.counts, [desk.session.get(Account, key).status for key in keys]


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_the_last_holder_stays(duty_desk, name):
    duty_desk.separate()
    counts, (status,) = fire(duty_desk, Duty.SECURITY, name, Duty.AUDIT)
    assert counts == {"last_of_duty": 1}
    assert status is AccountStatus.ACTIVE


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_one_of_two_goes_and_who_holds_none_goes(duty_desk, name):
    duty_desk.separate()
    duty_desk.put("spare", duty=Duty.AUDIT, duty_given_by_id=duty_desk.keys[Duty.SECURITY])
    assert fire(duty_desk, Duty.SECURITY, name, Duty.AUDIT)[0] == {"done": 1}
    assert fire(duty_desk, Duty.SECURITY, name, "spare")[0] == {"last_of_duty": 1}


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_both_holders_in_one_batch_stay(duty_desk, name):
    duty_desk.separate()
    duty_desk.put("spare", duty=Duty.AUDIT, duty_given_by_id=duty_desk.keys[Duty.SECURITY])
    counts, statuses = fire(duty_desk, Duty.SECURITY, name, Duty.AUDIT, "spare")
    assert counts == {"last_of_duty": 2}
    assert set(statuses) == {AccountStatus.ACTIVE}


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_where_they_are_not_separated_anybody_goes(duty_desk, name):
    assert fire(duty_desk, "spare", name, Duty.AUDIT)[0] == {"done": 1}


@pytest.mark.parametrize("who", [Duty.SYSTEM, Duty.AUDIT, "spare"])
def test_without_the_security_duty_nobody_is_removed(duty_desk, who):
    duty_desk.separate()
    counts, (status,) = fire(duty_desk, who, "remove", Duty.SECURITY)
    assert "done" not in counts
    assert status is AccountStatus.ACTIVE
