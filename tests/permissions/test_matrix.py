"""Laws of the permission table: what must hold whatever the table says in detail."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from world import listed, separated

from models import (
    Account,
    Announcement,
    Base,
    Batch,
    BatchItem,
    CalendarDay,
    Claim,
    ClaimAttachment,
    ClaimKind,
    CreditYear,
    Delegation,
    DictionaryItem,
    GridSetting,
    JournalEntry,
    LoginSession,
    Notice,
    Region,
    RegionPeriod,
    SavedView,
    Setting,
)
from models.enums import UserType
from permissions import engine as permissions
from permissions.actor import VISITOR, Actor, region_range
from permissions.matrix import GRANTS, INTERNAL, PUBLIC
from permissions.verbs import Verb
from workflow.tables import WORKFLOWS

MODELS = list(permissions.mapped_models())
TIED = Actor(1, UserType.PERSON, 2, 3, 4, "0" * 64, ("410000", "420000"))
OTHER_VERBS = [verb for verb in Verb if verb not in (Verb.VIEW, Verb.CREATE, Verb.EXPLAIN_UNSEEN)]
"""What is done to a row that is there and seen; one verb is for asking about what is not."""
FOR_ALL = PUBLIC | {Announcement}
"""What everybody sees some rows of."""
PERSONAL = (Notice, Batch, BatchItem, GridSetting, SavedView, LoginSession)  # one's own, whatever the office


# ---------------------------------------------------------------- the table itself
def test_every_model_is_listed():
    assert permissions.unlisted_models() == []


def test_a_model_is_either_granted_or_public_or_internal():
    granted = {grant.model for grant in GRANTS if Verb.VIEW in grant.verbs}
    for model in MODELS:
        assert [model in granted, model in PUBLIC, model in INTERNAL].count(True) == 1, model.__name__


def test_no_line_of_the_table_stands_there_twice():
    lines = [(grant.model, grant.user_type, grant.verbs, grant.rows, grant.while_in) for grant in GRANTS]
    assert len(lines) == len(set(lines))


def test_the_scope_of_a_grant_speaks_of_its_own_table():
    for grant in GRANTS:
        statement = select(grant.model.__table__.c.id).where(grant.rows(TIED))
        assert statement.get_final_froms() == [grant.model.__table__], grant


def test_a_grant_limited_to_states_names_states_of_its_own_model():
    for grant in GRANTS:
        states = {type(state) for state in grant.while_in}
        status = grant.model.__table__.c.get(grant.model.__status__)
        assert not states or states == {status.type.enum_class}, grant


def test_every_verb_is_granted_to_somebody():
    assert {verb for grant in GRANTS for verb in grant.verbs} == set(Verb)


def test_every_transition_needs_a_verb_that_somebody_has():
    for workflow in WORKFLOWS.values():
        for transition in workflow.transitions:
            assert any(
                grant.model is workflow.model and transition.needs in grant.verbs for grant in GRANTS
            ), transition.name


def test_the_system_administrator_has_no_verb_on_claims():
    assert not [grant for grant in GRANTS if grant.user_type == UserType.SYSTEM and grant.model is Claim]
    assert not permissions.may(Actor(1, UserType.SYSTEM, 2), Verb.VIEW, Claim)
    assert permissions.may(Actor(1, UserType.PROVINCE, 2), Verb.VIEW, Claim)


# ---------------------------------------------------------------- the rows of the world
@pytest.mark.parametrize("verb", OTHER_VERBS)
def test_what_can_be_done_can_be_seen(world, connection, verb):
    for name, actor in (world.actors | separated(world)).items():
        for model in MODELS:
            seen = listed(connection, actor, Verb.VIEW, model)
            assert listed(connection, actor, verb, model) <= seen, (name, model.__name__)


def test_asking_about_what_is_not_seen_is_for_the_system_administrator_alone(world, connection):
    assert {(grant.user_type, grant.model) for grant in GRANTS if Verb.EXPLAIN_UNSEEN in grant.verbs} == {
        (UserType.SYSTEM, Account)
    }
    asked = listed(connection, world.actors["system_admin"], Verb.EXPLAIN_UNSEEN, Account)
    assert asked == set(world.names[Account])


@pytest.mark.parametrize("user_type", [None, *UserType])
def test_an_actor_without_ties_sees_nothing_but_base_data(world, connection, user_type):
    stranger = Actor(user_type=user_type)
    seen = {model.__name__ for model in MODELS if listed(connection, stranger, Verb.VIEW, model)}
    assert seen == {model.__name__ for model in FOR_ALL}


@pytest.mark.parametrize("user_type", [None, *UserType])
def test_an_actor_without_ties_can_do_nothing(world, connection, user_type):
    stranger = Actor(user_type=user_type)
    for verb in set(Verb) - {Verb.VIEW}:
        granted = [model for model in MODELS if permissions.may(stranger, verb, model)]
        assert not [model for model in granted if listed(connection, stranger, verb, model)]


def test_empty_ties_are_no_ties(world, connection):
    for user_type in UserType:
        blank = Actor(0, user_type, 0, 0, 0, "", ("", ""))
        seen = {model for model in MODELS if listed(connection, blank, Verb.VIEW, model)}
        assert seen - PUBLIC <= {model for model in MODELS if listed(connection, Actor(user_type=user_type),
                                                                     Verb.VIEW, model)}  # fmt: skip


def test_a_visitor_reads_base_data_and_nothing_else(world, connection):
    assert VISITOR.user_type is None
    for model in MODELS:
        assert bool(listed(connection, VISITOR, Verb.VIEW, model)) == (model in FOR_ALL), model.__name__
    seen = listed(connection, VISITOR, Verb.VIEW, Announcement)
    assert {world.names[Announcement][key] for key in seen} == {"welcome"}  # what is for everybody


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("doctor", {"welcome", "for-people"}),
        ("teacher", {"welcome", "for-people"}),
        ("hospital_admin", {"welcome", "for-zhengzhou"}),  # a county of the city
        ("company_admin", {"welcome", "for-zhengzhou"}),
        ("school_admin", {"welcome"}),
        ("zhengzhou_admin", {"welcome", "for-zhengzhou"}),
        ("luoyang_admin", {"welcome"}),
        ("academy_admin", {"welcome"}),
        ("health_admin", {"welcome"}),
        ("province_admin", {"welcome", "for-people", "for-zhengzhou"}),  # who writes them sees all
        ("system_admin", {"welcome", "for-people", "for-zhengzhou"}),
    ],
)
def test_an_announcement_is_for_its_audience(world, connection, name, expected):
    seen = listed(connection, world.actors[name], Verb.VIEW, Announcement)
    assert {world.names[Announcement][key] for key in seen} == expected


def test_nobody_sees_an_internal_table(world, connection):
    for model in INTERNAL:
        assert world.names[model]
        for name, actor in world.actors.items():
            assert not listed(connection, actor, Verb.VIEW, model), name


@pytest.mark.parametrize(
    ("lower", "upper"),
    [("jinshui", "zhengzhou"), ("zhengzhou", "province"), ("luoyang", "province"), ("jiyuan", "province")],
)
def test_an_office_sees_what_the_office_below_it_sees(world, connection, lower, upper):
    below, above = world.actors[f"{lower}_admin"], world.actors[f"{upper}_admin"]
    for model in MODELS:
        if model in PERSONAL or model is Delegation:  # what two offices agreed on; the journal tells of it
            continue
        rows = listed(connection, below, Verb.VIEW, model)
        if model is JournalEntry:  # but not what an official did that concerns no claim, such as a login
            rows -= {world.id(JournalEntry, f"{lower}_admin-login")}
        assert rows <= listed(connection, above, Verb.VIEW, model), model.__name__


@pytest.mark.parametrize(
    ("one", "other"),
    [("zhengzhou", "luoyang"), ("zhengzhou", "jiyuan"), ("jinshui", "luoyang"), ("health", "education"),
     ("hospital", "school"), ("company", "hospital")],
)  # fmt: skip
@pytest.mark.parametrize(
    "model", [Claim, ClaimAttachment, JournalEntry, *PERSONAL], ids=lambda model: model.__name__
)
def test_neighbours_share_no_row(world, connection, one, other, model):
    rows = [listed(connection, world.actors[f"{name}_admin"], Verb.VIEW, model) for name in (one, other)]
    assert all(rows) or model in {Batch, BatchItem}
    for_everybody = {world.id(SavedView, "province_admin-system")} if model is SavedView else set()
    assert rows[0] & rows[1] == for_everybody


def test_the_proof_of_a_claim_changes_only_while_the_claim_may(world, connection):
    for name, actor in world.actors.items():
        for verb in (Verb.CREATE, Verb.EDIT, Verb.DELETE):
            files = listed(connection, actor, verb, ClaimAttachment)
            names = {world.names[ClaimAttachment][key] for key in files}
            claims = {world.names[Claim][key] for key in listed(connection, actor, Verb.EDIT, Claim)}
            assert {key for key in names if not key.endswith("-waiting")} <= claims, (name, verb)


def test_a_county_directly_under_the_province_belongs_to_no_city(world, connection):
    mill = {world.id(Claim, "miller-declared")}
    offices = ("jiyuan", "zhengzhou", "luoyang", "jinshui", "province")
    seen = {
        name
        for name in offices
        if mill <= listed(connection, world.actors[f"{name}_admin"], Verb.VIEW, Claim)
    }
    assert seen == {"jiyuan", "province"}


def test_the_system_administrator_sees_no_claim(world, connection):
    actor = world.actors["system_admin"]
    for model in (Claim, ClaimAttachment):
        assert world.names[model]
        assert not listed(connection, actor, Verb.VIEW, model)


def test_an_employer_does_not_see_what_its_people_have_not_submitted(world, connection):
    seen = listed(connection, world.actors["hospital_admin"], Verb.VIEW, Claim)
    assert world.id(Claim, "nurse-draft") not in seen
    assert {
        world.id(Claim, name) for name in ("nurse-registered", "nurse-submitted", "doctor-returned")
    } <= seen


@pytest.mark.parametrize(
    ("code", "kind", "span"),
    [
        ("410000", "province", ("410000", "420000")),
        ("410100", "bureau", ("410100", "410200")),
        ("410105", "bureau", ("410105", "410106")),
        ("419001", "bureau", ("419001", "419002")),
        ("410100", "employer", None),
        ("410100", "authority", None),
        (None, "bureau", None),
        ("", "province", None),
    ],
)
def test_an_office_covers_the_codes_below_its_own(code, kind, span):
    assert region_range(code, kind) == span


def test_base_data_is_read_by_everybody_and_kept_by_few():
    kept = {(grant.model, grant.user_type) for grant in GRANTS if grant.model in PUBLIC}
    written = (CalendarDay, ClaimKind, CreditYear, DictionaryItem, Region, RegionPeriod, Setting)
    assert kept == {(model, UserType.SYSTEM) for model in written}
    verbs = {(grant.model, verb) for grant in GRANTS if grant.model in PUBLIC for verb in grant.verbs}
    assert {verb for _, verb in verbs} == {Verb.CREATE, Verb.EDIT, Verb.DELETE}
    # A setting goes back to its default, a region to the year's period; nothing that records point to is ever deleted.
    assert {model for model, verb in verbs if verb is Verb.DELETE} == {RegionPeriod, Setting}
    assert all(issubclass(model, Base) for model in PUBLIC)
