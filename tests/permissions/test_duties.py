"""The three duties: what each keeps, what all of them keep, and that together they are what one held before."""

from __future__ import annotations

import pytest
from world import listed, separated

from models import (
    Account,
    Announcement,
    CreditYear,
    JournalEntry,
    LoginSession,
    Notice,
    Organization,
    RuleDraft,
    Setting,
)
from models.enums import Duty, UserType
from models.reference import SEPARATE_DUTIES
from permissions import engine as permissions
from permissions.actor import duties_of, load_actor
from permissions.matrix import GRANTS, LOOKING
from permissions.verbs import Verb

SYSTEM, SECURITY, AUDIT = Duty
KEPT = [
    (RuleDraft, Verb.EDIT, {SYSTEM}),
    (CreditYear, Verb.CREATE, {SYSTEM}),
    (Announcement, Verb.EDIT, {SYSTEM}),
    (Setting, Verb.EDIT, {SYSTEM}),
    (Account, Verb.DISABLE, {SECURITY}),
    (Account, Verb.REMOVE, {SECURITY}),
    (Account, Verb.RESET, {SECURITY}),
    (Account, Verb.ASSIGN, {SECURITY}),
    (Organization, Verb.APPOINT, {SECURITY}),
    (Organization, Verb.SEPARATE, {SECURITY}),
    (LoginSession, Verb.END, {SECURITY}),
    (Account, Verb.OVERSEE, {SECURITY, AUDIT}),
    (Account, Verb.EXPLAIN, {SECURITY, AUDIT}),
    (JournalEntry, Verb.VERIFY, {AUDIT}),
    (JournalEntry, Verb.EXPORT, {AUDIT}),
    (Account, Verb.MAINTAIN, set(Duty)),
    (Notice, Verb.VIEW, set(Duty)),
]


@pytest.mark.parametrize(("model", "verb", "holders"), KEPT)
def test_a_verb_belongs_to_its_duty(world, model, verb, holders):
    actors = separated(world)
    told = {duty for duty in Duty if permissions.may(actors[f"system_admin as {duty}"], verb, model)}
    assert told == holders
    assert permissions.may(world.actors["system_admin"], verb, model)


def test_together_the_duties_are_what_one_holds_where_they_are_not_separated(world, connection):
    actors = [actor for name, actor in separated(world).items() if "without" not in name]
    for model in permissions.mapped_models():
        for verb in Verb:
            whole = listed(connection, world.actors["system_admin"], verb, model)
            assert set().union(*(listed(connection, actor, verb, model) for actor in actors)) == whole


def test_without_a_duty_one_keeps_ones_own_login_and_nothing_else(world, connection):
    nobody, whole = separated(world)["system_admin without duty"], world.actors["system_admin"]
    changing = set(Verb) - LOOKING
    for model in (Organization, RuleDraft, CreditYear, Announcement, Setting, LoginSession):
        assert not [verb for verb in changing if listed(connection, nobody, verb, model)], model.__name__
    assert listed(connection, nobody, Verb.VIEW, Account) == {whole.account_id}
    assert listed(connection, nobody, Verb.MAINTAIN, Account) == {whole.account_id}
    assert len(listed(connection, nobody, Verb.VIEW, JournalEntry)) < len(
        listed(connection, whole, Verb.VIEW, JournalEntry)
    )


def test_all_logins_are_read_by_the_audit_duty_alone_and_nothing_else_with_them(world, connection):
    actors = separated(world) | {"whole": world.actors["system_admin"]}
    keys = {
        name: world.id(JournalEntry, name)
        for name in ("doctor-login", "hospital-approve", "hospital-declare")
    }
    read = {name: listed(connection, actor, Verb.INSPECT, JournalEntry) for name, actor in actors.items()}
    assert {name for name, rows in read.items() if keys["doctor-login"] in rows} == {
        f"system_admin as {AUDIT}",
        "whole",
    }
    assert not [
        name for name, rows in read.items() if rows & {keys["hospital-approve"], keys["hospital-declare"]}
    ]
    seen = listed(connection, actors["whole"], Verb.VIEW, JournalEntry)
    assert seen.issuperset(keys.values())


def test_only_lines_of_the_system_administrator_take_a_duty():
    assert {grant.user_type for grant in GRANTS if grant.duties} == {UserType.SYSTEM}
    for grant in GRANTS:
        told = "（" in grant.whose
        assert told == bool(grant.duties)


def test_who_keeps_settings_does_not_separate_the_duties(world, connection):
    connection.execute(Setting.__table__.insert().values(key=SEPARATE_DUTIES, value="off"))
    keys = dict(
        connection.execute(Setting.__table__.select().with_only_columns(Setting.id, Setting.key)).all()
    )
    allowed = {keys[key] for key in listed(connection, world.actors["system_admin"], Verb.EDIT, Setting)}
    assert allowed == set(keys.values()) - {SEPARATE_DUTIES}


# ---------------------------------------------------------------- which duties a login holds
@pytest.mark.parametrize(
    ("user_type", "duty", "on", "held"),
    [
        (UserType.SYSTEM, None, False, set(Duty)),
        (UserType.SYSTEM, AUDIT, False, set(Duty)),
        (UserType.SYSTEM, AUDIT, True, {AUDIT}),
        (UserType.SYSTEM, None, True, set()),
        (UserType.PROVINCE, None, False, set()),
        (UserType.PROVINCE, None, True, set()),
    ],
)
def test_a_login_holds_all_duties_its_own_or_none(user_type, duty, on, held):
    assert duties_of(user_type, duty, separated=on) == held


def test_the_actor_carries_what_the_database_says_now(duty_desk):
    desk = duty_desk
    assert load_actor(desk.session, desk.keys["security"]).duties == frozenset(Duty)
    desk.separate()
    for duty in Duty:
        assert load_actor(desk.session, desk.keys[duty]).duties == {duty}
    assert load_actor(desk.session, desk.keys["spare"]).duties == frozenset()
