"""The second wall: everything a view could write, by mistake or not, that would show or change a hidden row.

Every attack runs as two actors (a professional and an employer's administrator) on both databases. READS run and
reveal nothing, REFUSED raise, WRITES may do either, but no hidden row changes and no row ends up hidden.

Accepted, because no hook of a session sees it: work on ``session.connection()`` or on an engine, and rows whose
identity is forged with ``make_transient_to_detached``. No code above ``services/`` may do either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import DDL, MetaData, Table, column, delete, func, insert, literal, literal_column, select, text, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import (
    Bundle,
    aliased,
    contains_eager,
    join,
    joinedload,
    make_transient_to_detached,
    selectinload,
    subqueryload,
    with_parent,
)
from sqlalchemy.orm.exc import DetachedInstanceError

from factories import citizen_id
from models import Account, Base, Claim, ClaimAttachment, Department, JournalEntry, Notice, Organization, Person
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import ALL, ScopedSession, ScopeError, set_scope, unscoped
from world import listed

if TYPE_CHECKING:
    from permissions.actor import Actor

RAW = Claim.__table__
R = RAW.c
WATCHED = (Claim, ClaimAttachment, Person, Organization, Department, Account, Notice, JournalEntry)


@dataclass
class Target:
    """Whom the attack runs as, and what it is after: keys of claims unless named otherwise."""

    actor: Actor
    own: int
    hidden: int
    hidden_title: str
    own_person: int
    hidden_person: int
    hidden_account: int
    hidden_organization: int
    hidden_department: int
    office: int
    cross: tuple[type[Base], int, str]
    seen: frozenset[int] = frozenset()
    spare: Any = None


def _target(world, name):
    claim, person, account = (lambda key, model=model: world.id(model, key) for model in (Claim, Person, Account))
    organization, department = (lambda key, model=model: world.id(model, key) for model in (Organization, Department))
    if name == "nurse":
        return Target(world.actors[name], claim("nurse-draft"), claim("teacher-approved"), "teacher-approved",
                      person("nurse"), person("teacher"), account("teacher"), organization("school"),
                      department("school-office"), organization("jinshui"),
                      (Claim, claim("nurse-registered"), "registered_by"))  # fmt: skip
    return Target(world.actors[name], claim("manager-registered"), claim("doctor-submitted"), "doctor-submitted",
                  person("manager"), person("doctor"), account("doctor"), organization("hospital"),
                  department("hospital-office"), organization("zhengzhou"),
                  (JournalEntry, world.id(JournalEntry, "company-approve"), "actor"))  # fmt: skip


@pytest.fixture(params=["nurse", "company_admin"])
def target(request, world, connection):
    target = _target(world, request.param)
    # A child the actor does not see, below a parent he does see.
    connection.execute(insert(Department.__table__).values(organization_id=target.office, name="机关", position=0))
    target.seen = frozenset(listed(connection, target.actor, Verb.VIEW, Claim))
    assert target.own in target.seen
    assert target.hidden not in target.seen
    return target


@pytest.fixture
def session(target, open_session):
    return open_session(target.actor)


def keys(rows):
    return [getattr(row, "id", row) for row in rows]


def crossed(s, t):
    model, key, relation = t.cross
    return getattr(s.get(model, key), relation)


def other(t):
    """Return the condition that names the hidden claim."""
    return Claim.id == t.hidden


# ---------------------------------------------------------------- reading: runs, and reveals nothing
def beyond(t, found):
    """Claims the actor does not see."""
    return set(found) - t.seen


def anything(_t, found):
    return bool(found)


def miscounted(t, found):
    return found != len(t.seen)


def _kept(s, t):
    """Load a hidden row as the system does, and hold on to it."""
    with unscoped(s, "attack"):
        t.spare = s.get(Claim, t.hidden)
        assert t.spare is not None
    return t.spare


def _after_unscoped(look):
    def run(s, t):
        _kept(s, t)
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
        t.spare = s.scalars(select(model).where(model.id == key).options(joinedload(getattr(model, relation)))).one()
    return getattr(s.get(model, key), relation)


def _children_loaded_unscoped(s, t):
    office = s.get(Organization, t.office)
    again = select(Organization).where(Organization.id == t.office).options(selectinload(Organization.departments))
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
            raise ValueError
    except ValueError:
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
    ("recursive cte", lambda s, t: list(s.scalars(select(
        (lambda base: base.union_all(select(Claim.id).join(base, Claim.id == base.c.id + 1)))(
            select(Claim.id).cte(recursive=True)).c.id))), beyond),
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


# ---------------------------------------------------------------- reading: refused
def _no_scope(s, _t):
    s.info.clear()
    return s.scalars(select(Claim)).all()


def _reflected(s, _t):
    return s.execute(select(Table("claim", MetaData(), sa.Column("id"), sa.Column("title")))).all()


REFUSED = [
    ("session without a scope", _no_scope),
    ("session without a scope, get", lambda s, t: (s.info.clear(), s.get(Claim, t.own))),
    ("session without a scope, text", lambda s, t: (s.info.clear(), s.execute(text("SELECT 1")))),
    ("unscoped without a reason", lambda s, t: unscoped(s, "").__enter__()),
    ("unscoped with a blank reason", lambda s, t: unscoped(s, "  ").__enter__()),
    ("core select", lambda s, t: s.execute(select(RAW)).all()),
    ("core column", lambda s, t: s.scalars(select(R.id)).all()),
    ("core function", lambda s, t: s.scalar(select(func.max(R.title)))),
    ("core alias", lambda s, t: s.execute(select(RAW.alias())).all()),
    ("core subquery", lambda s, t: s.execute(select(select(RAW).subquery())).all()),
    ("core cte", lambda s, t: s.execute(select(select(RAW).cte())).all()),
    ("core union", lambda s, t: s.execute(sa.union(select(R.id), select(R.id))).all()),
    ("core exists", lambda s, t: s.scalar(select(select(R.id).where(R.id == t.hidden).exists()))),
    ("core table of other metadata", _reflected),
    ("core table by name", lambda s, t: s.execute(select(sa.table("claim", column("title")))).all()),
    ("core column by name", lambda s, t: s.execute(select(literal_column("title")).select_from(sa.table("claim"))).all()),
    ("function alone", lambda s, t: s.scalar(func.max(R.title))),
    ("text", lambda s, t: s.execute(text("SELECT title FROM claim")).all()),
    ("text with columns", lambda s, t: s.execute(text("SELECT id FROM claim").columns(Claim.id)).all()),
    ("text as a column", lambda s, t: s.execute(select(text("(SELECT max(title) FROM claim)"))).all()),
    ("text in the from list", lambda s, t: s.execute(select(column("title")).select_from(text("claim"))).all()),
    ("ddl", lambda s, t: s.execute(DDL("DROP TABLE claim_item"))),
    ("from_statement of text", lambda s, t: s.scalars(select(Claim).from_statement(text("SELECT * FROM claim"))).all()),
    ("from_statement of core", lambda s, t: s.scalars(select(Claim).from_statement(select(RAW))).all()),
    ("legacy from_statement", lambda s, t: s.query(Claim).from_statement(text("SELECT * FROM claim")).all()),
    ("core column beside an entity", lambda s, t: s.execute(select(Organization, R.title)).all()),
    ("core column beside its own entity", lambda s, t: s.execute(select(Claim.id, RAW.alias().c.title)).all()),
    ("core function beside an entity", lambda s, t: s.execute(select(Organization.id, func.max(R.title)).group_by(
        Organization.id)).all()),
    ("core subquery beside an entity", lambda s, t: s.execute(
        select(Organization.id, select(R.title).subquery().c.title)).all()),
    ("core scalar subquery beside an entity", lambda s, t: s.execute(
        select(Organization.id, select(func.max(R.title)).scalar_subquery())).all()),
    ("core cte beside an entity", lambda s, t: s.execute(select(Organization.id, select(R.title).cte().c.title)).all()),
    ("core label in a cast beside an entity", lambda s, t: s.execute(
        select(Organization.id, sa.cast(R.title, sa.Text).label("x"))).all()),
    ("core column in a bundle", lambda s, t: s.execute(select(Bundle("b", Organization.id, R.title))).all()),
    ("core table joined to an entity", lambda s, t: s.scalars(
        select(Organization.id).join(RAW, R.employer_id == Organization.id)).all()),
    ("core subquery joined to an entity", lambda s, t: s.scalars(
        (lambda sub: select(sub.c.title).select_from(Organization).join(sub, sa.true()))(select(RAW).subquery())).all()),
    ("core table in select_from", lambda s, t: s.scalars(
        select(Organization.id).select_from(join(Organization, RAW, sa.true()))).all()),
    ("core select in a union with an entity", lambda s, t: s.scalars(select(Claim.id).union(select(R.id))).all()),
    ("entity over a core subquery", lambda s, t: s.scalars(
        select(aliased(Claim, select(RAW).subquery()))).all()),
    ("text beside an entity", lambda s, t: s.execute(
        select(Organization.id, text("(SELECT max(title) FROM claim)"))).all()),
    ("text in WHERE", lambda s, t: s.scalars(
        select(Organization.id).where(text("EXISTS (SELECT 1 FROM claim WHERE title = 'x')"))).all()),
    ("text in ORDER BY", lambda s, t: s.scalars(select(Organization.id).order_by(text("id"))).all()),
    ("literal column beside an entity", lambda s, t: s.execute(
        select(Organization.id, literal_column("(SELECT max(title) FROM claim)"))).all()),
    ("table by name beside an entity", lambda s, t: s.execute(
        select(Organization.id, sa.table("claim", column("title")).c.title)).all()),
    ("contains_eager from a core join", lambda s, t: s.scalars(select(Claim).join(
        Person.__table__, sa.true()).options(contains_eager(Claim.person))).all()),
    ("bulk_save_objects", lambda s, t: s.bulk_save_objects([s.get(Claim, t.own)])),
    ("bulk_insert_mappings", lambda s, t: s.bulk_insert_mappings(Claim, [{}])),
    ("bulk_update_mappings", lambda s, t: s.bulk_update_mappings(Claim, [{"id": t.hidden, "title": "x"}])),
    ("core update", lambda s, t: s.execute(update(RAW).values(title="x"))),
    ("core delete", lambda s, t: s.execute(delete(RAW))),
    ("core insert", lambda s, t: s.execute(insert(RAW).from_select(["title"], select(R.title)))),
    ("text update", lambda s, t: s.execute(text("UPDATE claim SET title = 'x'"))),
    ("update by key, many", lambda s, t: s.execute(update(Claim), [
        {"id": t.hidden, "title": "x"}, {"id": t.own, "title": "x"}])),
    ("update by key, a list of one", lambda s, t: s.execute(update(Claim), [{"id": t.hidden, "title": "x"}])),
    ("update with the owner as a parameter", lambda s, t: s.execute(
        update(Claim).where(Claim.id == t.own), {"person_id": t.hidden_person})),
    ("update of a key", lambda s, t: s.execute(update(Claim).values(employer_id=t.hidden_organization))),
    ("update of a key by its attribute", lambda s, t: s.execute(
        update(Claim).values({Claim.employer_id: t.hidden_organization}))),
    ("ordered update of a key", lambda s, t: s.execute(
        update(Claim).ordered_values((Claim.employer_id, t.hidden_organization)))),
    ("update of the primary key", lambda s, t: s.execute(update(Claim).where(Claim.id == t.own).values(id=10**6))),
    ("update copying from a core subquery", lambda s, t: s.execute(update(Claim).where(Claim.id == t.own).values(
        title=select(R.title).where(R.id == t.hidden).scalar_subquery()))),
    ("update copying from text", lambda s, t: s.execute(update(Claim).where(Claim.id == t.own).values(
        title=text("(SELECT max(title) FROM claim)")))),
    ("update returning a core subquery", lambda s, t: s.scalars(update(Claim).where(Claim.id == t.own).values(
        content="x").returning(select(func.max(R.title)).scalar_subquery())).all()),
    ("legacy update of a key", lambda s, t: s.query(Claim).update({"employer_id": t.hidden_organization})),
    ("insert of an entity", lambda s, t: s.execute(insert(Notice).values(account_id=t.hidden_account, title="x"))),
    ("insert of many", lambda s, t: s.execute(insert(Notice), [{"account_id": t.hidden_account, "title": "x"}] * 2)),
    ("insert from select", lambda s, t: s.execute(insert(Notice).from_select(
        ["account_id", "title"], select(literal(t.actor.account_id), Claim.title)))),
    ("delete in a cte", lambda s, t: s.execute(select(delete(Claim).returning(Claim.id).cte())).all()),
    ("core update in a cte", lambda s, t: s.execute(
        select(Claim.id).add_cte(update(RAW).values(title="x").returning(R.id).cte())).all()),
]  # fmt: skip


@pytest.mark.parametrize("run", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_criteria_cannot_cover_is_refused(session, target, run):
    with pytest.raises(ScopeError):
        run(session, target)


# ---------------------------------------------------------------- writing
def snapshot(connection):
    """Return every row of the watched tables by model and key."""
    return {
        model: {row.id: row._asdict() for row in connection.execute(select(model.__table__))} for model in WATCHED
    }


def visible(connection, actor):
    return {model: listed(connection, actor, Verb.VIEW, model) for model in WATCHED}


SIGNATURES = {
    Claim: {"registered_by_id": Account, "declared_by_id": Account, "revoked_by_id": Account,
            "department_id": Department, "approver_id": Organization, "authority_id": Organization},
    ClaimAttachment: {"uploaded_by_id": Account, "claim_id": Claim},
}  # fmt: skip


def signed(rows, model, key, names):
    """Return what a row points to."""
    row = rows[model].get(key, {})
    return {(parent, row.get(name)) for name, parent in names.items() if row.get(name)}


def shown(rows, seen):
    return {(model, key) for model in seen for key in seen[model]}


def new_claim(t, **columns):
    claim, seen = Claim.__table__, columns.pop("like")
    return Claim(**{name: seen[name] for name in claim.c.keys() if name not in ("id", "submission_key")} | columns)


def like(s, t):
    return dict(s.execute(select(*(getattr(Claim, name) for name in Claim.__mapper__.columns.keys())).where(Claim.id == t.own)).mappings().one())


def _add_claim(**columns):
    def run(s, t):
        named = {name: value(t) for name, value in columns.items()}
        s.add(new_claim(t, like=like(s, t), **named))

    return run


def _set(name, value, *, load=False, expire=False):
    def run(s, t):
        claim = s.get(Claim, t.own)
        if load:
            getattr(claim, name)
        if expire:
            s.expire(claim)
        setattr(claim, name, value(t))

    return run


def _cross_set_none(*, loaded, by_key):
    def run(s, t):
        model, key, relation = t.cross
        row = s.get(model, key)
        if loaded:
            getattr(row, relation)
        else:
            s.expire(row)
        setattr(row, f"{relation}_id" if by_key else relation, None)

    return run


def _adopt(s, t):
    with unscoped(s, "attack"):
        hidden = s.get(Organization, t.hidden_organization)
    s.add(Department(organization=hidden, name="新"))


def _change_kept(s, t):
    _kept(s, t).title = "x"


def _add_kept(s, t):
    hidden = _kept(s, t)
    s.add(hidden)
    hidden.title = "x"


def _delete_kept(s, t):
    s.delete(_kept(s, t))


def _steal_attachment(s, t):
    with unscoped(s, "attack"):
        attachment = s.scalars(select(ClaimAttachment).where(ClaimAttachment.claim_id == t.hidden)).one()
    own = s.get(Claim, t.own)
    own.attachments.append(attachment)


def _empty_collection(s, t):
    s.get(Organization, t.office).departments = []


def _pending_before_unscoped(s, t):
    s.add(new_claim(t, like=like(s, t), person_id=t.hidden_person))
    with unscoped(s, "a later, honest piece of system work"):
        s.get(Claim, t.own)


def _changed_before_unscoped(s, t):
    s.get(Claim, t.own).person_id = t.hidden_person
    with unscoped(s, "a later, honest piece of system work"):
        s.get(Claim, t.own)


WRITES = [
    ("update everything", lambda s, t: s.execute(update(Claim).values(content="x"))),
    ("update by key", lambda s, t: s.execute(update(Claim).where(other(t)).values(content="x"))),
    ("update fetching", lambda s, t: s.execute(update(Claim).values(content="x").execution_options(
        synchronize_session="fetch"))),
    ("update evaluating", lambda s, t: s.execute(update(Claim).where(other(t)).values(content="x").execution_options(
        synchronize_session="evaluate"))),
    ("update returning", lambda s, t: s.scalars(update(Claim).values(content="x").returning(Claim)).all()),
    ("update joined to another table", lambda s, t: s.execute(update(Claim).where(
        Claim.person_id == Person.id, Person.id == t.hidden_person).values(content="x").execution_options(
            synchronize_session=False))),
    ("legacy update", lambda s, t: s.query(Claim).update({"content": "x"})),
    ("delete everything", lambda s, t: s.execute(delete(ClaimAttachment))),
    ("delete by key", lambda s, t: s.execute(delete(ClaimAttachment).where(ClaimAttachment.claim_id == t.hidden))),
    ("legacy delete", lambda s, t: s.query(ClaimAttachment).delete()),
    ("merge of a foreign key", lambda s, t: s.merge(new_claim(t, like=like(s, t), id=t.hidden, title="x"))),
    ("add with a foreign key", lambda s, t: s.add(new_claim(t, like=like(s, t), id=t.hidden, title="x"))),
    ("change of a row loaded unscoped", _change_kept),
    ("row loaded unscoped and added again", _add_kept),
    ("delete of a row loaded unscoped", _delete_kept),
    ("add for a foreign person", _add_claim(person_id=lambda t: t.hidden_person)),
    ("add at a foreign employer", _add_claim(employer_id=lambda t: t.hidden_organization)),
    ("add in a foreign department", _add_claim(department_id=lambda t: t.hidden_department)),
    ("add for a foreign authority", _add_claim(authority_id=lambda t: t.hidden_organization)),
    ("add routed to a foreign office", _add_claim(approver_id=lambda t: t.hidden_organization)),
    ("add in a foreign name", _add_claim(registered_by_id=lambda t: t.hidden_account)),
    ("add declared by a foreign account", _add_claim(declared_by_id=lambda t: t.hidden_account)),
    ("add of a department elsewhere", lambda s, t: s.add(Department(organization_id=t.hidden_organization, name="新"))),
    ("add of a department below a hidden parent", _adopt),
    ("add of an attachment to a foreign claim", lambda s, t: s.add(ClaimAttachment(
        claim_id=t.hidden, uploaded_by_id=t.actor.account_id, filename="a", mime="a", size=1, sha256="0", media_key="x"))),
    ("add of an attachment in a foreign name", lambda s, t: s.add(ClaimAttachment(
        claim_id=t.own, uploaded_by_id=t.hidden_account, filename="a", mime="a", size=1, sha256="0", media_key="x"))),
    ("add of a message to somebody", lambda s, t: s.add(Notice(account_id=t.hidden_account, title="x"))),
    ("add of an account for somebody", lambda s, t: s.add(Account(
        user_type="person", person_id=t.hidden_person, citizen_id=citizen_id(), real_name="x", password="x",
        fs_uniquifier="x"))),
    ("move to a foreign person", _set("person_id", lambda t: t.hidden_person)),
    ("move of an expired row", _set("person_id", lambda t: t.hidden_person, expire=True)),
    ("move to a foreign employer", _set("employer_id", lambda t: t.hidden_organization)),
    ("move to a foreign department", _set("department_id", lambda t: t.hidden_department)),
    ("move to a foreign authority", _set("authority_id", lambda t: t.hidden_organization)),
    ("routed to a foreign office, which the claim itself then shows", _set("approver_id", lambda t: t.hidden_organization)),
    ("decided in a foreign name", _set("revoked_by_id", lambda t: t.hidden_account)),
    ("change of the primary key to a foreign one", _set("id", lambda t: t.hidden)),
    ("clear a hidden parent", _cross_set_none(loaded=True, by_key=False)),
    ("clear a hidden parent not loaded", _cross_set_none(loaded=False, by_key=False)),
    ("clear a hidden parent by its key", _cross_set_none(loaded=True, by_key=True)),
    ("clear a hidden parent by its key not loaded", _cross_set_none(loaded=False, by_key=True)),
    ("steal an attachment", _steal_attachment),
    ("empty a collection with hidden members", _empty_collection),
    ("pending work of the actor flushed by system work", _pending_before_unscoped),
    ("change of the actor flushed by system work", _changed_before_unscoped),
]  # fmt: skip


@pytest.mark.parametrize("run", [row[1] for row in WRITES], ids=[row[0] for row in WRITES])
def test_writing_leaves_hidden_rows_alone_and_hides_none(session, target, connection, run):
    before, seen = snapshot(connection), visible(connection, target.actor)
    try:
        run(session, target)
        session.commit()
    except (ScopeError, IntegrityError, InvalidRequestError, DetachedInstanceError, sa.orm.exc.FlushError):
        session.rollback()
    after, sees = snapshot(connection), visible(connection, target.actor)
    for model in WATCHED:
        for key, row in before[model].items():
            assert key in seen[model] or after[model].get(key) == row, f"{model.__name__} {key} was changed"
        new = after[model].keys() - before[model].keys()
        assert new | (seen[model] & after[model].keys()) <= sees[model], f"{model.__name__} went out of sight"
    assert not sees[Organization] - seen[Organization], "a row of one's own opened a hidden office"
    for model, names in SIGNATURES.items():
        for key in seen[model] | sees[model]:
            assert signed(after, model, key, names) <= signed(before, model, key, names) | shown(before, seen), names
    model, key, relation = target.cross
    assert connection.scalar(select(model.__table__.c[f"{relation}_id"]).where(model.__table__.c.id == key))


# ---------------------------------------------------------------- what must work
def test_a_person_adds_a_draft_with_an_attachment(session, target, connection):
    claim = new_claim(target, like=like(session, target), title="新申报")
    claim.attachments.append(ClaimAttachment(
        uploaded_by_id=target.actor.account_id, filename="a.pdf", mime="application/pdf", size=1, sha256="0",
        media_key="fresh"))  # fmt: skip
    session.add(claim)
    session.commit()
    assert session.scalars(select(Claim.title).where(Claim.id == claim.id)).one() == "新申报"
    assert [row.filename for row in claim.attachments] == ["a.pdf"]


def test_a_draft_is_renamed(session, target):
    session.get(Claim, target.own).title = "改名"
    session.commit()
    assert session.scalars(select(Claim.title).where(Claim.id == target.own)).one() == "改名"


def test_a_form_that_writes_back_what_it_showed_changes_nothing(session, target):
    model, key, relation = target.cross
    row = session.get(model, key)
    setattr(row, relation, getattr(row, relation))
    session.commit()
    with unscoped(session, "to look"):
        assert getattr(session.get(model, key), f"{relation}_id") is not None


def test_an_attachment_that_waited_is_put_to_its_claim(session, target):
    waiting = ClaimAttachment(uploaded_by_id=target.actor.account_id, filename="b.pdf", mime="x", size=1, sha256="0",
                              media_key="waiting")  # fmt: skip
    session.add(waiting)
    session.commit()
    claim = session.get(Claim, target.own)
    claim.attachments.append(waiting)
    session.commit()
    assert waiting.claim_id == target.own


def test_a_draft_with_its_attachment_is_deleted(session, target, connection):
    session.delete(session.get(Claim, target.own))
    session.commit()
    table = ClaimAttachment.__table__
    assert connection.scalar(select(func.count()).select_from(RAW).where(R.id == target.own)) == 0
    assert connection.scalar(select(func.count()).where(table.c.claim_id == target.own)) == 0


def test_own_rows_are_updated_and_deleted_as_a_set(session, target):
    changed = session.scalars(update(Claim).where(Claim.id.in_([target.own, target.hidden])).values(
        content="集").returning(Claim.id)).all()  # fmt: skip
    assert changed == [target.own]
    removed = session.execute(delete(ClaimAttachment).where(ClaimAttachment.claim_id == target.own))
    assert removed.rowcount == 1


def test_a_permission_expression_narrows_a_list(session, target):
    editable = permissions.rows(target.actor, Verb.EDIT, Claim)
    statement = select(Claim, editable.label("may_edit")).where(editable).order_by(Claim.id)
    found = session.execute(statement).all()
    assert target.own in {claim.id for claim, _ in found}
    assert all(may_edit for _, may_edit in found)
    assert session.scalar(select(func.count()).select_from(select(Claim).where(editable).subquery())) == len(found)


def test_an_employer_adds_and_moves_departments(world, open_session):
    actor = world.actors["company_admin"]
    session = open_session(actor)
    head = session.get(Department, world.id(Department, "company-office"))
    session.add(Department(organization_id=actor.organization_id, name="档案室", parent=head))
    session.get(Department, world.id(Department, "company-desk")).parent = None
    session.commit()
    assert len(session.get(Organization, actor.organization_id).departments) == 3


def test_a_row_that_leaves_the_scope_can_still_be_named_in_a_message(session, target):
    claim = session.get(Claim, target.own)
    title = claim.title
    with unscoped(session, "system work moves it"):
        session.execute(update(RAW).where(R.id == target.own).values(person_id=target.hidden_person,
                                                                     employer_id=target.hidden_organization))  # fmt: skip
    session.commit()
    assert claim.title == title


def test_unscoped_work_sees_everything_and_ends(session, target):
    with unscoped(session, "counting"):
        everything = session.scalar(select(func.count()).select_from(RAW))
        with unscoped(session, "counting inside counting"):
            assert session.get(Claim, target.hidden)
        assert session.scalar(select(func.count(Claim.id))) == everything
    assert session.scalar(select(func.count(Claim.id))) == len(target.seen) < everything


def test_unscoped_work_keeps_what_was_loaded_before(session, target):
    claim = session.get(Claim, target.own)
    attachments = claim.attachments
    with unscoped(session, "checking"):
        session.scalars(select(ClaimAttachment)).all()
    assert claim in session
    assert claim.attachments is attachments
    assert attachments[0] in session


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
