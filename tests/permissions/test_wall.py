"""The second wall, reading: whatever a view could ask, by mistake or not, reveals nothing hidden.

Every attack runs as two actors (a professional and an employer's administrator) on both databases.

Accepted, because no hook of a session sees it: work on ``session.connection()`` or on an engine, and rows whose
identity is forged with ``make_transient_to_detached``; and a Core subselect in a WHERE, because permission
expressions are such. No code above ``services/`` may do either.
"""
# ruff: noqa: ARG005  (every attack of a table takes the session and the target)

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    func,
    literal,
    select,
)
from sqlalchemy.orm import (
    Bundle,
    aliased,
    contains_eager,
    joinedload,
    make_transient_to_detached,
    selectinload,
    subqueryload,
    with_parent,
)
from targets import R, crossed, keep, keys, other
from world import listed

from models import (
    Account,
    Claim,
    Department,
    Organization,
    Person,
)
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import ALL, ScopedSession, ScopeError, set_scope, unscoped


# ---------------------------------------------------------------- reading: runs, and reveals nothing
def beyond(t, found):
    """Claims the actor does not see."""
    return set(found) - t.seen


def anything(_t, found):
    return bool(found)


def miscounted(t, found):
    return found != len(t.seen)


def _after_unscoped(look):
    def run(s, t):
        keep(s, t)
        return look(s, t)

    return run


def _relation_loaded_unscoped(s, t):
    model, key, relation = t.cross
    row = s.get(model, key)
    again = select(model).where(model.id == key).options(joinedload(getattr(model, relation)))
    with unscoped(s, "attack"):
        s.scalars(again.execution_options(populate_existing=True)).one()
        assert getattr(row, relation) is not None
    return getattr(row, relation)


def _relation_loaded_with_its_row(s, t):
    model, key, relation = t.cross
    with unscoped(s, "attack"):
        t.spare = s.scalars(
            select(model).where(model.id == key).options(joinedload(getattr(model, relation)))
        ).one()
    return getattr(s.get(model, key), relation)


def _children_loaded_unscoped(s, t):
    office = s.get(Organization, t.office)
    again = (
        select(Organization)
        .where(Organization.id == t.office)
        .options(selectinload(Organization.departments))
    )
    with unscoped(s, "attack"):
        s.scalars(again.execution_options(populate_existing=True)).one()
        assert [row.name for row in office.departments] == ["机关"]
    return office.departments


def _parent_in_memory(s, t):
    model, key, relation = t.cross
    with unscoped(s, "attack"):
        t.spare = getattr(s.get(model, key), relation)
        assert t.spare is not None
    return getattr(s.get(model, key), relation)


def _failed_unscoped(s, t):
    try:
        with unscoped(s, "attack"):
            t.spare = s.get(Claim, t.hidden)
            t.spare.content = "x"
            s.execute(
                select(literal(1) / 0 if s.bind.dialect.name == "postgresql" else func.no_such_function())
            )
    except sa.exc.DBAPIError:
        s.rollback()
    return s.get(Claim, t.hidden)


def _scope_changed(s, t):
    set_scope(s, ALL)
    t.spare = s.get(Claim, t.hidden)
    set_scope(s, permissions.view_scope(t.actor))
    return s.get(Claim, t.hidden)


def _scope_changed_relations(s, t):
    model, key, relation = t.cross
    set_scope(s, ALL)
    row = s.get(model, key)
    t.spare = getattr(row, relation)
    set_scope(s, permissions.view_scope(t.actor))
    return getattr(s.get(model, key), relation)


def _cte_of_claims(_t):
    return select(Claim.id, Claim.title).cte("c")


def _recursive():
    base = select(Claim.id).cte(recursive=True)
    return base.union_all(select(Claim.id).join(base, Claim.id == base.c.id + 1))


def _self_join(s, _t):
    one, two = aliased(Claim), aliased(Claim)
    return list(s.scalars(select(two.id).select_from(one).join(two, one.kind_id == two.kind_id)))


READS = [
    ("select entity", lambda s, t: keys(s.scalars(select(Claim))), beyond),
    ("select entity by key", lambda s, t: keys(s.scalars(select(Claim).where(other(t)))), beyond),
    ("select one column", lambda s, t: list(s.scalars(select(Claim.id))), beyond),
    ("select label and function", lambda s, t: list(s.scalars(select(func.max(Claim.title)).where(other(t)))),
     lambda t, found: t.hidden_title in found),
    ("select bundle", lambda s, t: [row[0].id for row in s.execute(select(Bundle("b", Claim.id)))], beyond),
    ("select distinct ordered limited", lambda s, t: list(s.scalars(
        select(Claim.id).distinct().order_by(Claim.id.desc()).limit(100))), beyond),
    ("legacy query", lambda s, t: keys(s.query(Claim)), beyond),
    ("legacy query of a column", lambda s, t: [key for (key,) in s.query(Claim.id)], beyond),
    ("legacy query filter_by", lambda s, t: s.query(Claim).filter_by(title=t.hidden_title).all(), anything),
    ("get", lambda s, t: s.get(Claim, t.hidden), anything),
    ("get populate_existing", lambda s, t: s.get(Claim, t.hidden, populate_existing=True), anything),
    ("get for update", lambda s, t: s.get(Claim, t.hidden, with_for_update=True), anything),
    ("get with options", lambda s, t: s.get(Claim, t.hidden, options=[joinedload(Claim.person)]), anything),
    ("get of a person", lambda s, t: s.get(Person, t.hidden_person), anything),
    ("get of an account", lambda s, t: s.get(Account, t.hidden_account), anything),
    ("aliased", lambda s, t: keys(s.scalars(select(aliased(Claim)))), beyond),
    ("self join", _self_join, beyond),
    ("aliased subquery", lambda s, t: keys(s.scalars(select(aliased(Claim, select(Claim).subquery())))), beyond),
    ("join from a visible row", lambda s, t: list(s.scalars(
        select(Claim.id).select_from(Organization).join(Claim, sa.true()))), beyond),
    ("outer join", lambda s, t: [key for key in s.scalars(
        select(Claim.id).select_from(Organization).outerjoin(Claim, sa.true())) if key], beyond),
    ("full join of two scoped tables", lambda s, t: [key for key in s.scalars(
        select(Person.id).select_from(Organization).outerjoin(Person, sa.true())) if key],
     lambda t, found: t.hidden_person in found),
    ("comma join", lambda s, t: list(s.scalars(select(Claim.id).where(Claim.kind_id == Organization.id - Organization.id + Claim.kind_id))), beyond),
    ("entity only in WHERE", lambda s, t: s.scalars(select(Organization.id).where(
        other(t), Organization.id - Organization.id == Claim.id - Claim.id)).all(), anything),
    ("any() as an oracle", lambda s, t: s.scalars(
        select(Organization.id).where(Organization.departments.any(Department.name == "机关"))).all(), anything),
    ("has() as an oracle", lambda s, t: s.scalars(select(t.cross[0].id).where(
        t.cross[0].id == t.cross[1], getattr(t.cross[0], t.cross[2]).has())).all(), anything),
    ("exists as an oracle", lambda s, t: s.scalars(select(Organization.id).where(
        select(Claim.id).where(other(t)).exists())).all(), anything),
    ("in subquery as an oracle", lambda s, t: s.scalars(select(Organization.id).where(
        literal(t.hidden).in_(select(Claim.id)))).all(), anything),
    ("search on a related column", lambda s, t: s.scalars(
        select(t.cross[0].id).join(getattr(t.cross[0], t.cross[2])).where(t.cross[0].id == t.cross[1])).all(), anything),
    ("count of an entity", lambda s, t: s.scalar(select(func.count()).select_from(Claim)), miscounted),
    ("count of a column", lambda s, t: s.scalar(select(func.count(Claim.id))), miscounted),
    ("count of a subquery", lambda s, t: s.scalar(select(func.count()).select_from(select(Claim).subquery())), miscounted),
    ("legacy count", lambda s, t: s.query(Claim).count(), miscounted),
    ("legacy count star", lambda s, t: s.query(func.count("*")).select_from(Claim).scalar(), miscounted),
    ("scalar subquery as a column", lambda s, t: s.scalars(
        select(select(func.count(Claim.id)).scalar_subquery()).select_from(Organization)).first(), miscounted),
    ("condition as a column", lambda s, t: [key for key, may in s.execute(
        select(Claim.id, permissions.rows(t.actor, Verb.VIEW, Claim)))], beyond),
    ("case over a correlated subquery", lambda s, t: [row for row in s.scalars(select(sa.case(
        (select(Claim.id).where(other(t)).exists(), 1), else_=0)).select_from(Organization)) if row], anything),
    ("window function", lambda s, t: s.execute(select(Claim.id, func.count(Claim.id).over())).first()[1], miscounted),
    ("group by", lambda s, t: sum(s.scalars(select(func.count(Claim.id)).group_by(Claim.status))), miscounted),
    ("cte", lambda s, t: list(s.scalars(select(_cte_of_claims(t).c.id))), beyond),
    ("recursive cte", lambda s, t: list(s.scalars(select(_recursive().c.id))), beyond),
    ("union", lambda s, t: list(s.scalars(select(Claim.id).union(select(Claim.id).where(other(t))))), beyond),
    ("union inside a subquery", lambda s, t: list(s.scalars(select(
        sa.union_all(select(Claim.id), select(Claim.id)).subquery().c.id))), beyond),
    ("entities from a union", lambda s, t: keys(s.scalars(select(aliased(
        Claim, sa.union_all(select(Claim), select(Claim)).subquery())))), beyond),
    ("lateral", lambda s, t: [key for key in s.scalars(select(select(Claim.id).where(
        Claim.person_id == Person.id).subquery().c.id)) if key], beyond),
    ("lambda statement", lambda s, t: keys(s.scalars(sa.lambda_stmt(lambda: select(Claim)))), beyond),
    ("yield_per", lambda s, t: keys(s.scalars(select(Claim).execution_options(yield_per=5))), beyond),
    ("with_parent", lambda s, t: s.scalars(select(Department).where(
        with_parent(s.get(Organization, t.office), Organization.departments))).all(), anything),
    ("lazy many-to-one", crossed, anything),
    ("lazy one-to-many", lambda s, t: s.get(Organization, t.office).departments, anything),
    ("lazy load of an expired row", lambda s, t: (s.expire_all(), s.get(Organization, t.office).departments)[1], anything),
    ("joined many-to-one", lambda s, t: [getattr(row, t.cross[2]) for row in s.scalars(select(t.cross[0]).where(
        t.cross[0].id == t.cross[1]).options(joinedload(getattr(t.cross[0], t.cross[2])))).unique() if getattr(row, t.cross[2])],
     anything),
    *((f"{load.__name__} of children", lambda s, t, load=load: s.scalars(select(Organization).where(
        Organization.id == t.office).options(load(Organization.departments))).unique().one().departments, anything)
      for load in (joinedload, selectinload, subqueryload)),
    ("contains_eager", lambda s, t: s.scalars(select(Organization).where(Organization.id == t.office).outerjoin(
        Organization.departments).options(contains_eager(Organization.departments))).unique().one().departments, anything),
    ("get after an unscoped load", _after_unscoped(lambda s, t: s.get(Claim, t.hidden)), anything),
    ("select after an unscoped load", _after_unscoped(lambda s, t: s.scalars(select(Claim).where(other(t))).all()), anything),
    ("legacy get after an unscoped load", _after_unscoped(
        lambda s, t: s.query(Claim).filter(other(t)).one_or_none()), anything),
    ("memory after an unscoped load", _after_unscoped(lambda s, t: t.spare in s), anything),
    ("parent loaded unscoped", _parent_in_memory, anything),
    ("relation loaded unscoped on a visible row", _relation_loaded_unscoped, anything),
    ("relation loaded unscoped together with its row", _relation_loaded_with_its_row, anything),
    ("children loaded unscoped on a visible row", _children_loaded_unscoped, anything),
    ("get after unscoped work failed", _failed_unscoped, anything),
    ("get after the scope changed", _scope_changed, anything),
    ("relation loaded before the scope changed", _scope_changed_relations, anything),
]  # fmt: skip


@pytest.mark.parametrize(("run", "leaked"), [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_reading_reveals_nothing_hidden(session, target, run, leaked):
    assert not leaked(target, run(session, target))


@pytest.mark.parametrize("key", ["{}", " {} ", "0{}"])
@pytest.mark.parametrize("wrap", [str, lambda key: (key,)])
def test_a_key_that_is_text_finds_no_hidden_row(session, target, key, wrap):
    try:
        found = session.get(Claim, wrap(key.format(target.hidden)))
    except sa.exc.DBAPIError:  # PostgreSQL compares no text with a number
        session.rollback()
        found = None
    assert found is None


# ---------------------------------------------------------------- accepted
def test_accepted_the_connection_below_the_session_is_not_walled(session, target):
    assert target.hidden in set(session.connection().scalars(select(R.id)))


def test_accepted_a_forged_identity_reads_its_columns_but_changes_nothing(session, target):
    forged = Claim(id=target.hidden)
    make_transient_to_detached(forged)
    session.add(forged)
    assert forged.title == target.hidden_title
    forged.title = "x"
    with pytest.raises(ScopeError):
        session.commit()


def test_the_wall_stands_on_every_subclass_of_the_session(connection, target):
    class Sub(ScopedSession):
        """What an extension makes of it."""

    with Sub(connection, join_transaction_mode="create_savepoint") as session:
        with pytest.raises(ScopeError):
            session.scalars(select(Claim)).all()
        set_scope(session, permissions.view_scope(target.actor))
        assert set(session.scalars(select(Claim.id))) == target.seen


@pytest.mark.parametrize("asked_first", ["jinshui_admin", "luoyang_admin"])
def test_statements_that_look_alike_are_compiled_once_and_keep_their_own_parameters(
    world, open_session, connection, asked_first
):
    """The scope's part of what a statement is cached by is computed once for an actor: it must not mix up values."""
    actors = [world.actors["jinshui_admin"], world.actors["luoyang_admin"]]
    actors.sort(key=lambda actor: actor is not world.actors[asked_first])
    seen = {actor: set(listed(connection, actor, Verb.VIEW, Claim)) for actor in actors}
    for actor in actors:
        session = open_session(actor)
        for asked in actors:
            condition = permissions.rows(asked, Verb.VIEW, Claim)
            found = set(session.scalars(select(Claim.id).where(condition)))
            assert found == seen[actor] & seen[asked]
        assert set(session.scalars(select(Claim.id))) == seen[actor]
