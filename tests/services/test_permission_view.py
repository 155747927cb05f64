"""权限透视 as a service: who may ask about whom and what, what is told, and that a look at somebody else is written down."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models import Account, Claim, Delegation, JournalEntry, Notice, Organization, SecondFactor
from models.enums import AccountStatus, UserType
from permissions.verbs import Verb
from services import permission_view
from services.errors import InputError
from services.permission_words import holders_of, step_sentence

DAY, LATE = dt.date(2026, 11, 24), dt.date(2029, 1, 1)


class Desk:
    def __init__(self, world, open_session):
        self.world, self.open = world, open_session

    def look(self, who, subject, model, name, verb=None, today=DAY):
        actor = self.world.actors[who]
        key = name if isinstance(name, int) else self.world.id(model, name)
        session = self.open(actor)
        account = self.world.id(Account, subject)
        return permission_view.look(session, actor, account, model, key, verb, today=today)

    def verdict(self, *question, **more):
        (answer,) = self.look(*question, **more).answers
        return answer.verdict


@pytest.fixture
def desk(world, open_session):
    return Desk(world, open_session)


# ---------------------------------------------------------------- in a sentence
@pytest.mark.parametrize(
    ("who", "claim", "verb", "label", "words"),
    [
        ("jinshui_admin", "doctor-declared", Verb.DECIDE, "允许", "它属于：申报到本机构审批的申报"),
        ("jinshui_admin", "doctor-approved", Verb.DECIDE, "不允许", "它现在是“通过”，只有状态为“待审批”时"),
        (
            "zhengzhou_admin",
            "doctor-declared",
            Verb.DECIDE,
            "不允许",
            "不在可以“审批”的范围内。范围是：申报到本机构审批的申报",
        ),
        (
            "jinshui_admin",
            "doctor-declared",
            Verb.ACCEPT,
            "不允许",
            "“人社部门”没有对“继续教育信息”的“审核”权限。有这项权限的是：单位",
        ),
        ("hospital_admin", "doctor-submitted", Verb.ACCEPT, "允许", "本单位人员的申报"),
    ],
)
def test_the_verdict_says_why(desk, who, claim, verb, label, words):
    verdict = desk.verdict(who, who, Claim, claim, verb)
    assert verdict.label == label
    assert words in verdict.sentence


def test_what_the_table_allows_and_the_record_does_not_is_told_apart(desk):
    question = ("jinshui_admin", "jinshui_admin", Claim, "doctor-declared", Verb.DECIDE)
    assert desk.verdict(*question, today=DAY).label == "允许"
    late = desk.verdict(*question, today=LATE)
    assert late.label == "暂不能办理"
    assert "该年度当前不在审批期内" in late.sentence


def test_all_verbs_are_answered_where_none_was_named(desk):
    looked = desk.look("jinshui_admin", "jinshui_admin", Claim, "doctor-declared")
    told = {answer.told.verb: answer.verdict.label for answer in looked.answers}
    assert tuple(told) == permission_view.verbs_of(Claim)
    assert told[Verb.VIEW] == told[Verb.DECIDE] == "允许"
    assert told[Verb.ACCEPT] == "不允许"


@pytest.mark.parametrize("name", ["doctor-declared", "doctor-approved", "doctor-submitted"])
def test_a_step_is_said_in_a_sentence(desk, name):
    for answer in desk.look("hospital_admin", "hospital_admin", Claim, name).answers:
        for step in answer.steps:
            assert step_sentence(step).endswith("。")
            assert ("不能开始" in step_sentence(step)) != step.starts_here


def test_a_login_that_cannot_act_is_told_so(desk, world, open_session, system):
    account = system.get(Account, world.id(Account, "hospital_admin"))
    system.execute(
        Account.__table__.update().where(Account.id == account.id).values(status=AccountStatus.DISABLED)
    )
    looked = desk.look("hospital_admin", "hospital_admin", Claim, "doctor-submitted")
    assert "停用" in looked.idle
    assert looked.answers == ()


# ---------------------------------------------------------------- while the account stands in for somebody
@pytest.fixture
def left_to_jinshui(system, world):
    """Zhengzhou leaves its claims to the bureau of Jinshui."""
    giver, delegate = (world.actors[name] for name in ("zhengzhou_admin", "jinshui_admin"))
    table = Delegation.__table__
    values = {
        "giver_id": giver.account_id, "office_id": giver.organization_id, "delegate_id": delegate.account_id,
        "delegate_office_id": delegate.organization_id, "works": ["claims"], "first_day": DAY, "last_day": DAY,
    }  # fmt: skip
    key = world.id(Delegation, "jiyuan-to-luoyang")
    system.execute(table.update().where(table.c.id == key).values(values))
    return system.get(Account, giver.account_id).real_name


@pytest.mark.parametrize(
    ("who", "named"),
    [("zhengzhou_admin", True), ("province_admin", True), ("system_admin", False)],
)
def test_a_delegation_in_force_is_told_with_the_giver_s_verdict(desk, left_to_jinshui, who, named):
    (answer,) = desk.look(who, "jinshui_admin", Claim, "engineer-declared", Verb.DECIDE).answers
    assert answer.verdict.label == "不允许"
    (held,) = answer.in_place
    assert held.allowed
    assert held.verdict.label == "允许"
    assert (left_to_jinshui in held.giver) is named
    assert bool(held.giver) is named


@pytest.mark.parametrize(
    ("claim", "verb", "label"),
    [
        ("doctor-declared", Verb.DECIDE, "不允许"),  # not the giver's to decide
        ("engineer-declared", Verb.EXPORT, None),  # never left to anybody
        ("engineer-declared", Verb.REVOKE, None),
    ],
)
def test_what_the_giver_may_not_or_did_not_leave_is_not_promised(desk, left_to_jinshui, claim, verb, label):
    (answer,) = desk.look("zhengzhou_admin", "jinshui_admin", Claim, claim, verb).answers
    assert [held.verdict.label for held in answer.in_place] == ([label] if label else [])
    assert not any(held.allowed for held in answer.in_place)


def test_a_delegation_that_is_over_is_not_told(desk, left_to_jinshui):
    later = DAY + dt.timedelta(days=1)
    question = ("zhengzhou_admin", "jinshui_admin", Claim, "engineer-declared", Verb.DECIDE)
    (answer,) = desk.look(*question, today=later).answers
    assert answer.in_place == ()


# ---------------------------------------------------------------- who may ask about whom and what
def test_accounts_offered_are_those_one_may_explain_oneself_first(world, open_session):
    for name, wanted in (
        ("hospital_admin", ["hospital_admin"]),
        ("system_admin", ["system_admin", "province_admin"]),
        ("province_admin", ["province_admin"]),
        ("doctor", []),
    ):
        actor = world.actors[name]
        found = permission_view.subjects(open_session(actor), actor)
        assert [world.names[Account][row.id] for row in found] == wanted


@pytest.mark.parametrize(
    ("who", "subject"),
    [("hospital_admin", "teacher"), ("hospital_admin", "school_admin"), ("jinshui_admin", "zhengzhou_admin"),
     ("luoyang_admin", "doctor"), ("health_admin", "hospital_admin"), ("doctor", "doctor")],
)  # fmt: skip
def test_nobody_asks_about_accounts_out_of_his_reach(desk, who, subject):
    with pytest.raises(InputError, match="只能查询您管理范围内的账户"):
        desk.look(who, subject, Organization, "hospital")


@pytest.mark.parametrize(
    ("who", "subject"),
    [("hospital_admin", "doctor"), ("jinshui_admin", "doctor"), ("province_admin", "doctor"),
     ("jinshui_admin", "hospital_admin"), ("zhengzhou_admin", "jinshui_admin")],
)  # fmt: skip
def test_an_office_asks_about_those_below_it_by_name(desk, world, system, who, subject):
    name = system.get(Account, world.id(Account, subject)).real_name
    assert desk.look(who, subject, Organization, "hospital").subject.name == name


@pytest.mark.parametrize("subject", list(UserType))
def test_the_system_administrator_asks_about_any_role_and_any_object(desk, world, subject):
    """Neither the account nor the record has to be in his sight; whose they are he is not told."""
    who = next(
        name for name, actor in world.actors.items() if actor.user_type is subject and actor.account_id
    )
    for model in permission_view.kinds().values():
        if not world.names.get(model):
            continue
        looked = desk.look("system_admin", who, model, next(iter(world.names[model])))
        assert looked.subject.user_type is subject
        assert (looked.subject.name is None) == (subject not in (UserType.SYSTEM, UserType.PROVINCE))
        assert [answer.told.verb for answer in looked.answers] == list(permission_view.verbs_of(model))
        assert looked.seen or not any(answer.steps for answer in looked.answers)


@pytest.mark.parametrize(
    ("subject", "claim", "verb", "label", "words"),
    [
        ("doctor", "doctor-draft", Verb.EDIT, "允许", "本人自己填报的申报"),
        ("doctor", "teacher-declared", Verb.EDIT, "不允许", "不在可以“修改”的范围内"),
        ("hospital_admin", "doctor-approved", Verb.ACCEPT, "不允许", "它现在的状态不合要求"),
        ("hospital_admin", "doctor-submitted", Verb.DECIDE, "不允许", "“单位”没有对“继续教育信息”的“审批”"),
    ],
)
def test_of_an_account_out_of_sight_the_verdict_is_the_one_its_own_administrator_gets(
    desk, subject, claim, verb, label, words
):
    verdict = desk.verdict("system_admin", subject, Claim, claim, verb)
    assert verdict.label == label
    assert words in verdict.sentence


def test_an_account_there_is_not_is_told_so(desk, world, open_session):
    actor = world.actors["system_admin"]
    with pytest.raises(InputError, match="没有这个编号的账户"):
        permission_view.look(open_session(actor), actor, 999_999_999, Organization, 1, None, today=DAY)


@pytest.mark.parametrize("name", ["teacher-declared", "doctor-draft", 999_999_999])
def test_a_record_out_of_sight_is_as_if_there_were_none(desk, name):
    with pytest.raises(InputError, match=r"没有编号为 [0-9]+ 的“继续教育信息”，或者您不能查看它"):
        desk.look("hospital_admin", "hospital_admin", Claim, name)


def test_of_a_record_out_of_sight_the_system_administrator_learns_the_verdict_alone(desk):
    looked = desk.look("system_admin", "province_admin", Claim, "teacher-declared")
    assert not looked.seen
    assert looked.state is None
    assert not any(answer.steps for answer in looked.answers)
    for answer in looked.answers:
        assert "现在是" not in answer.verdict.sentence
    seen = desk.look("system_admin", "province_admin", Organization, "province")
    assert seen.seen
    assert seen.state
    with pytest.raises(InputError, match="没有编号为"):
        desk.look("system_admin", "province_admin", Claim, 999_999_999)


def test_kinds_are_those_one_sees_or_all(world):
    every = permission_view.kinds()
    assert SecondFactor.__tablename__ not in every
    assert permission_view.kinds_for(world.actors["system_admin"]) == every
    bureau = permission_view.kinds_for(world.actors["jinshui_admin"])
    assert Claim in bureau.values()
    assert "rule_draft" not in bureau


# ---------------------------------------------------------------- written down
def looks(connection):
    entry = JournalEntry.__table__
    about = (entry.c.object_type == "account", entry.c.action == "explain")
    return connection.execute(select(entry).where(*about)).all()


def test_a_look_at_somebody_else_is_journaled_and_one_at_oneself_is_not(desk, world, connection):
    desk.look("system_admin", "system_admin", Notice, "system_admin")
    assert looks(connection) == []
    desk.look("system_admin", "province_admin", Claim, "doctor-declared", Verb.DECIDE)
    (entry,) = looks(connection)
    assert entry.object_id == world.id(Account, "province_admin")
    assert entry.actor_id == world.actors["system_admin"].account_id
    assert entry.details == {
        "asked_type": "继续教育信息", "asked_key": world.id(Claim, "doctor-declared"), "asked_verb": "审批",
    }  # fmt: skip


def test_a_refused_question_is_not_journaled(desk, connection):
    with pytest.raises(InputError):
        desk.look("system_admin", "province_admin", Claim, 999_999_999)
    assert looks(connection) == []


# ---------------------------------------------------------------- the table
def test_the_table_of_a_role_holds_its_lines_and_no_others():
    for role in UserType:
        groups = permission_view.table_of(role)
        assert groups
        for model, lines in groups:
            assert all(line.user_type is role and line.model is model for line in lines)
    assert permission_view.table_of(UserType.SYSTEM, Claim) == []
    assert [model for model, _lines in permission_view.table_of(UserType.BUREAU, Claim)] == [Claim]


def test_holders_of_a_verb_come_from_the_table():
    assert holders_of(Verb.DECIDE, Claim) == (UserType.BUREAU, UserType.AUTHORITY, UserType.PROVINCE)
    assert holders_of(Verb.ISSUE, Claim) == ()
