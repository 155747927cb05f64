"""三员分立 as a service: who gives and takes duties, what is refused with which sentence, and what is written down."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import Account, JournalEntry
from models.enums import Duty
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.verbs import Verb
from permissions.wall import set_scope
from services import duties, passwords, second_factor
from services.errors import InputError

SYSTEM, SECURITY, AUDIT = Duty


class Office:
    """The desk, and acting as one of its administrators in the same session."""

    def __init__(self, desk):
        self.desk = desk
        self.session = desk.session

    def act(self, who, what, *arguments):
        """Do something as one of the administrators, with his own view of the rows."""
        key = self.desk.chief if who == "chief" else self.desk.keys[who]
        set_scope(self.session, "all")
        actor = load_actor(self.session, key)
        set_scope(self.session, permissions.view_scope(actor))
        try:
            return what(self.session, actor, *arguments)
        finally:
            set_scope(self.session, "all")

    def assign(self, who, whom, duty):
        self.act(who, duties.assign, self.desk.keys.get(whom, self.desk.chief), duty)

    def duty(self, name):
        self.session.expire_all()
        account = self.session.get(Account, self.desk.keys[name])
        return account.duty, account.duty_given_by_id

    def told(self, action):
        return self.session.scalars(select(JournalEntry).where(JournalEntry.action == action)).all()


@pytest.fixture
def office(duty_desk):
    return Office(duty_desk)


# ---------------------------------------------------------------- giving and taking
def test_while_they_are_not_separated_any_system_administrator_gives_a_duty(office):
    office.assign("audit", "spare", SYSTEM)
    assert office.duty("spare") == (SYSTEM, office.desk.keys["audit"])
    (entry,) = office.told("assign_duty")
    assert (entry.object_type, entry.object_id) == ("account", office.desk.keys["spare"])
    assert entry.details == {"before": {"duty": None}, "after": {"duty": "system"}}


def test_separated_the_security_administrator_gives_and_takes(office):
    office.desk.separate()
    office.assign("security", "spare", AUDIT)
    assert office.duty("spare")[0] is AUDIT
    office.assign("security", "spare", None)
    assert office.duty("spare") == (None, None)
    assert len(office.told("assign_duty")) == 2


@pytest.mark.parametrize("who", ["system", "audit", "spare", "chief"])
def test_separated_nobody_else_gives_what_he_does_not_hold(office, who):
    office.desk.separate()
    whom = "spare" if who != "spare" else "audit"
    with pytest.raises(InputError, match="只有安全管理员可以授予"):
        office.assign(who, whom, None if whom == "audit" else AUDIT)
    assert office.told("assign_duty") == []


@pytest.mark.parametrize("on", ["on", "off"])
@pytest.mark.parametrize("duty", [None, SYSTEM, SECURITY])
def test_nobody_changes_his_own(office, on, duty):
    office.desk.separate(on)
    with pytest.raises(InputError, match="不能授予或收回自己的职责"):
        office.assign("security", "security", duty)
    assert office.duty("security")[0] is SECURITY


def test_a_second_duty_is_refused_until_the_first_was_taken(office):
    with pytest.raises(InputError, match="一个人只能担任一种职责；请先收回，再授予系统管理员"):
        office.assign("chief", "audit", SYSTEM)
    office.assign("chief", "audit", None)
    office.assign("chief", "audit", SYSTEM)
    assert office.duty("audit")[0] is SYSTEM


def test_the_same_duty_again_changes_nothing(office):
    office.assign("security", "audit", AUDIT)
    assert office.duty("audit") == (AUDIT, office.desk.chief)
    assert office.told("assign_duty") == []


def test_the_last_holder_keeps_his_duty_while_they_are_separated(office):
    office.desk.separate()
    with pytest.raises(InputError, match="最后一位审计管理员，不能收回"):
        office.assign("security", "audit", None)
    office.assign("security", "spare", AUDIT)
    office.assign("security", "audit", None)
    assert office.duty("audit")[0] is None


def test_a_disabled_administrator_and_one_of_another_office_get_none(office, world):
    office.desk.put("spare", status="disabled")
    with pytest.raises(InputError, match="只有安全管理员可以授予本机构正常状态的其他管理员"):
        office.assign("security", "spare", AUDIT)
    for other in ("province_admin", "doctor"):
        with pytest.raises(InputError, match="只有安全管理员可以授予"):
            office.act("security", duties.assign, world.id(Account, other), AUDIT)


# ---------------------------------------------------------------- the switch
def test_they_are_separated_and_put_together_again(office):
    assert not duties.separated(office.session)
    office.act("chief", duties.switch_on)
    assert duties.separated(office.session)
    office.act("security", duties.switch_on)  # twice changes nothing
    duties.unite_by_operator(office.session)
    assert not duties.separated(office.session)
    (on,), (off,) = office.told("separate"), office.told("unseparate")
    assert (on.actor_id, off.actor_id) == (office.desk.chief, None)
    assert on.object_id == off.object_id == office.desk.office
    with pytest.raises(InputError, match="三员分立没有启用"):
        duties.unite_by_operator(office.session)


@pytest.mark.parametrize("duty", Duty)
def test_the_sentence_says_which_duty_lacks_a_holder(office, duty):
    office.assign("chief", duty, None)
    assert office.act("chief", duties.missing) == (duty,)
    with pytest.raises(InputError, match=f"还没有人担任{duty.label}，不能启用"):
        office.act("chief", duties.switch_on)
    assert not duties.separated(office.session)


@pytest.mark.parametrize("who", ["system", "audit", "spare", "chief"])
def test_only_the_security_administrator_is_let_near_the_switch(office, who):
    office.desk.separate()
    with pytest.raises(InputError, match="只有安全管理员可以启用"):
        office.act(who, duties.switch_on)
    assert office.told("separate") == []


# ---------------------------------------------------------------- passwords of the others
def reset_password(session, actor, key):
    """Give out a password for a login, as the page does."""
    account = session.get(Account, key)
    return passwords.reset_password(session, actor, account, fixed="", hash_password=lambda text: f"#{text}")


def take_factor(session, actor, key):
    """Take the second factor off a login."""
    second_factor.reset(session, actor, session.get(Account, key))


@pytest.mark.parametrize("help_with", [reset_password, take_factor])
@pytest.mark.parametrize("duty", [SYSTEM, AUDIT])
def test_separated_nobody_learns_the_password_of_another_duty(office, duty, help_with):
    key = office.desk.keys[duty]
    office.desk.separate()
    before = office.session.get(Account, key).password
    with pytest.raises(
        InputError, match=f"担任{duty.label}，三员分立启用期间不能由其他职责重置：请本人用“找回密码”"
    ):
        office.act("security", help_with, key)
    assert office.session.get(Account, key).password == before
    assert [office.told(action) for action in ("reset_password", "reset_factor")] == [[], []]


@pytest.mark.parametrize("help_with", [reset_password, take_factor])
def test_who_can_reset_nobody_is_not_told_that_it_is_for_the_duty_of_the_holder(office, help_with):
    office.desk.separate()
    with pytest.raises(InputError, match="您不能重置这个账户"):
        office.act("audit", help_with, office.desk.keys[SECURITY])


@pytest.mark.parametrize("help_with", [reset_password, take_factor])
def test_who_holds_no_duty_or_the_same_is_helped(office, help_with):
    office.assign("chief", "spare", SECURITY)
    office.desk.separate()
    office.act("security", help_with, office.desk.chief)
    office.act("security", help_with, office.desk.keys["spare"])
    assert len(office.told("reset_password") + office.told("reset_factor")) == 2


def test_while_they_are_not_separated_everybody_is_helped(office):
    assert office.act("spare", reset_password, office.desk.keys[AUDIT])


def test_a_lock_is_lifted_whatever_the_duty_because_no_password_is_learnt_by_it(office):
    office.desk.separate()
    account = office.session.get(Account, office.desk.keys[AUDIT])
    assert office.act("security", permissions.allows, Verb.UNLOCK, account)
    assert not office.act("security", permissions.allows, Verb.RESET, account)


def test_an_administrator_of_another_office_neither_sees_nor_switches(office, world):
    province = world.id(Account, "province_admin")
    office.desk.keys["province"] = province
    with pytest.raises(InputError, match="只有安全管理员可以启用"):
        office.act("province", duties.switch_on)


def test_who_keeps_the_page_after_switching(office):
    assert office.act("chief", duties.keeps)
    office.desk.separate()
    assert [who for who in ("chief", "system", "security", "audit") if office.act(who, duties.keeps)] == [
        "security"
    ]
