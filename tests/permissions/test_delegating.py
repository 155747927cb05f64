"""Acting in somebody's place: never more than the giver may do, and of that only looking and what he left."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update
from world import listed

from models import Account, Announcement, Claim, ClaimAttachment, Delegation, Organization, Person
from models.enums import DelegatedWork, UserType
from permissions import engine as permissions
from permissions.delegating import DECIDING, DRAWER, WORKS, acting, left, works_of
from permissions.explaining import standing_of
from permissions.matrix import GRANTS, PUBLIC
from permissions.verbs import Verb
from permissions.wall import ALL
from services.queues import QUEUES
from views.menu import GRIDS_OF_WORK

FIRST, LAST = dt.date(2026, 11, 23), dt.date(2026, 11, 27)
GIVER, DELEGATE = "zhengzhou_admin", "luoyang_admin"
EVERYTHING = [work.value for work in DelegatedWork]


@pytest.fixture
def given(system, world):
    """Return a function that stores who leaves what to whom, and the actor it makes on a day."""
    key = world.id(Delegation, "jiyuan-to-luoyang")

    def give(works=EVERYTHING, *, giver=GIVER, delegate=DELEGATE, day=FIRST, own=None, **columns):
        office, other = world.actors[giver], world.actors[delegate]
        values = {
            "giver_id": office.account_id, "office_id": office.organization_id, "delegate_id": other.account_id,
            "delegate_office_id": other.organization_id, "works": works, "first_day": FIRST, "last_day": LAST,
        }  # fmt: skip
        table = Delegation.__table__
        system.execute(table.update().where(table.c.id == key).values(values | columns))
        return acting(system, world.actors[own or delegate], key, day)

    return give


@pytest.mark.parametrize("works", [[], ["claims"], ["training", "accounts"], EVERYTHING])
@pytest.mark.parametrize(
    ("giver", "delegate"),
    [(GIVER, DELEGATE), ("hospital_admin", "school_admin"), ("health_admin", "education_admin")],
)
def test_every_row_of_every_verb_is_one_of_the_giver_s(given, world, connection, giver, delegate, works):
    actor, own, himself = (
        given(works, giver=giver, delegate=delegate),
        world.actors[giver],
        world.actors[delegate],
    )
    drawer = {grant.model for grant in GRANTS if grant.rows in DRAWER and grant.user_type == own.user_type}
    # What waits for its claim is the uploader's, and the login one's own.
    apart = {
        ClaimAttachment: {key for key, name in world.names[ClaimAttachment].items() if "waiting" in name},
        Account: {himself.account_id},
    }
    for model in permissions.mapped_models():
        for verb in Verb:
            rows, of_giver = (listed(connection, who, verb, model) for who in (actor, own))
            public = verb is Verb.VIEW and model in PUBLIC
            if public or any(model in left(DelegatedWork(work), verb) for work in works):
                mine = apart.get(model, set()) if verb is Verb.VIEW else set()
                assert rows - mine == of_giver - mine, (verb, model)
                assert permissions.may(actor, verb, model) is permissions.may(own, verb, model)
            elif verb is Verb.VIEW and model in drawer:
                told = of_giver if model is Announcement else set()
                assert rows <= listed(connection, himself, verb, model) | told, (verb, model)
            else:
                assert not rows, (verb, model)
                assert not permissions.may(actor, verb, model), (verb, model)


@pytest.mark.parametrize("work", DelegatedWork)
def test_only_looking_and_deciding_are_left(work):
    assert {verb for verb in Verb if left(work, verb)} <= DECIDING | {Verb.VIEW, Verb.OVERSEE}
    assert left(work, Verb.VIEW) >= left(work, Verb.OVERSEE) | left(work, Verb.DECIDE)


@pytest.mark.parametrize("works", [["claims"], ["training", "accounts"], EVERYTHING])
def test_the_explanation_of_who_stands_in_for_somebody_is_the_engine_s_own(
    given, world, connection, open_session, works
):
    actor, session = given(works), open_session(ALL)
    for model in permissions.mapped_models():
        allowed = {verb: listed(connection, actor, verb, model) for verb in Verb}
        for (key,) in session.query(model.id):
            standing = standing_of(session, actor, model, key)
            for verb in Verb:
                assert standing.about(verb).allowed == (key in allowed[verb]), (verb, model, key)


def test_what_is_seen_is_the_office_s_and_what_lies_in_one_s_own_drawer(given, world, connection):
    actor, own = given(), world.actors[GIVER]
    for model in (Claim, Organization, Person):
        assert listed(connection, actor, Verb.VIEW, model) == listed(connection, own, Verb.VIEW, model)
    assert actor.account_id == world.actors[DELEGATE].account_id
    assert actor.citizen_id_index == world.actors[DELEGATE].citizen_id_index
    assert (actor.organization_id, actor.regions) == (own.organization_id, own.regions)


@pytest.mark.parametrize(
    ("day", "acts"),
    [
        (FIRST - dt.timedelta(days=1), False),
        (FIRST, True),
        (LAST, True),
        (LAST + dt.timedelta(days=1), False),
    ],
)
def test_it_holds_from_its_first_day_to_its_last(given, day, acts):
    assert (given(day=day) is not None) is acts


def test_it_is_nobody_else_s(given):
    assert given(own=DELEGATE)
    assert given(own="jiyuan_admin") is None
    assert given(own=GIVER) is None


def test_one_that_was_ended_is_over(given):
    assert given(ended_at=dt.datetime.now(dt.UTC), ended_how="early") is None


@pytest.mark.parametrize("who", [GIVER, DELEGATE])
def test_a_disabled_account_ends_it_and_so_does_its_organisation(given, system, world, who):
    actor = world.actors[who]
    table = Account.__table__
    if who == GIVER:
        system.execute(update(table).where(table.c.id == actor.account_id).values(status="disabled"))
        assert given() is None
        system.execute(update(table).where(table.c.id == actor.account_id).values(status="active"))
    offices = Organization.__table__
    system.execute(update(offices).where(offices.c.id == actor.organization_id).values(status="disabled"))
    # The delegate's own login is refused before anybody asks for his delegations (services.sessions.may_enter).
    assert (given() is None) is (who == GIVER)


def test_an_administrator_who_changed_offices_leaves_his_delegations_behind(given, world):
    assert given(office_id=world.id(Organization, "jiyuan")) is None
    assert given(delegate_office_id=world.id(Organization, "jiyuan")) is None


@pytest.mark.parametrize(
    ("user_type", "works"),
    [
        (UserType.EMPLOYER, {"claims", "accounts", "requests"}),
        (UserType.BUREAU, {"claims", "training", "accounts"}),
        (UserType.AUTHORITY, {"claims", "training"}),
        (UserType.INSTITUTION, set()),
        (UserType.PERSON, set()),
        (UserType.SYSTEM, set()),
        (None, set()),
    ],
)
def test_what_can_be_left_follows_from_the_table(user_type, works):
    assert {work.value for work in works_of(user_type)} == works


def test_whatever_is_decided_about_belongs_to_one_kind_of_work_and_its_grids():
    decided = {grant.model for grant in GRANTS if grant.verbs & DECIDING}
    assert sorted(model.__name__ for models in WORKS.values() for model in models) == sorted(
        model.__name__ for model in decided
    )
    queues = {
        work: {name for name, queue in QUEUES.items() if queue.model in WORKS[work]} for work in DelegatedWork
    }
    for work, names in queues.items():
        assert names <= GRIDS_OF_WORK[work], work
