"""An explanation says what the engine does: for every actor, model, verb and row; and it says why."""

from __future__ import annotations

import pytest
from world import listed, separated

from models import Account, Claim, Region
from models.enums import ClaimStatus, UserType
from permissions import engine as permissions
from permissions.explaining import explain, standing_of
from permissions.matrix import GRANTS, PUBLIC
from permissions.scope_words import WORDS, words_of
from permissions.verbs import Verb
from permissions.wall import ALL

MODELS = list(permissions.mapped_models())
NOBODY = 999_999_999


def test_every_scope_has_its_words():
    scopes = {grant.rows.__name__ for grant in GRANTS}
    assert scopes == set(WORDS)


def test_words_are_chinese_and_name_one_thing():
    for grant in GRANTS:
        words = words_of(grant.rows)
        assert words
        assert not words.endswith("。")
        assert not any(letter.isascii() and letter.isalpha() for letter in words), words


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_verdict_is_the_engines_own(world, connection, open_session, model):
    session = open_session(ALL)
    keys = [row.id for row in session.query(model.id)]
    assert keys
    for name, actor in (world.actors | separated(world)).items():
        allowed = {verb: listed(connection, actor, verb, model) for verb in Verb}
        for key in [*keys, NOBODY]:
            standing = standing_of(session, actor, model, key)
            for verb in Verb:
                told = standing.about(verb)
                assert told.allowed == (key in allowed[verb]), (name, verb, world.names[model].get(key))


@pytest.mark.parametrize(
    ("who", "verb", "claim", "scope", "state"),
    [
        ("jinshui_admin", Verb.DECIDE, "doctor-declared", True, True),
        ("jinshui_admin", Verb.DECIDE, "doctor-approved", True, False),
        ("luoyang_admin", Verb.DECIDE, "doctor-declared", False, True),
        ("luoyang_admin", Verb.DECIDE, "doctor-approved", False, False),
    ],
)
def test_a_line_says_whether_scope_and_state_hold(world, system, who, verb, claim, scope, state):
    told = explain(system, world.actors[who], verb, Claim, world.id(Claim, claim))
    (line,) = told.named
    assert (line.in_scope, line.in_state) == (scope, state)
    assert told.allowed == line.holds == (scope and state)
    assert told.states_wanted == ((ClaimStatus.DECLARED,) if scope else ())


def test_a_verb_no_line_names_is_told_apart_from_a_row_out_of_scope(world, system):
    key = world.id(Claim, "doctor-declared")
    told = explain(system, world.actors["system_admin"], Verb.DECIDE, Claim, key)
    assert told.lines == ()
    told = explain(system, world.actors["doctor"], Verb.DECIDE, Claim, key)
    assert told.lines
    assert told.named == ()
    assert not told.allowed


def test_base_data_is_explained_as_public(world, system):
    key = next(iter(world.ids[Region].values()))
    for actor in world.actors.values():
        assert explain(system, actor, Verb.VIEW, Region, key).public
        assert explain(system, actor, Verb.VIEW, Region, key).allowed
        changing = explain(system, actor, Verb.EDIT, Region, key)
        assert not changing.public
        assert changing.allowed == (actor.user_type is UserType.SYSTEM)
    assert all(
        not explain(system, world.actors["doctor"], Verb.VIEW, model, NOBODY).allowed for model in PUBLIC
    )


def test_a_row_there_is_not_is_said_not_to_be(world, system):
    told = explain(system, world.actors["jinshui_admin"], Verb.VIEW, Claim, NOBODY)
    assert not told.exists
    assert not told.allowed
    assert told.state is None
    assert not any(line.in_scope or line.in_state for line in told.lines)


def test_pending_changes_are_explained_as_they_will_be_stored(world, system):
    key = world.id(Account, "hospital_admin")
    account = system.get(Account, key)
    account.mobile = "13900000000"
    assert explain(system, world.actors["hospital_admin"], Verb.MAINTAIN, Account, key).allowed
