"""The second wall, statements that criteria cannot cover: they are refused, whatever they would have answered."""
# ruff: noqa: ARG005  (every attack of a table takes the session and the target)

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    DDL,
    MetaData,
    Table,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import (
    Bundle,
    aliased,
    contains_eager,
    join,
)
from targets import RAW, R

from models import (
    Claim,
    Notice,
    Organization,
    Person,
)
from permissions.wall import ScopeError, unscoped


def _no_scope(s, _t):
    s.info.clear()
    return s.scalars(select(Claim)).all()


def _reflected(s, _t):
    return s.execute(select(Table("claim", MetaData(), sa.Column("id"), sa.Column("title")))).all()


def _joined_subquery(s, _t):
    core = select(RAW).subquery()
    return s.scalars(select(Organization.id).join(core, sa.true())).all()


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
    ("core subquery joined to an entity", _joined_subquery),
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


TWINS = {
    "a Core table for its class": (
        lambda: select(Organization.id).where(Organization.id > 0),
        lambda: select(Organization.id).join(RAW, sa.true()).where(Organization.id > 0),
    ),
    "a Core column for the attribute": (
        lambda: select(Organization.id, Claim.id).where(Claim.employer_id == Organization.id),
        lambda: select(Organization.id, R.id).where(R.employer_id == Organization.id),
    ),
    "text for a harmless literal": (
        lambda: select(Organization.id, literal_column("1")),
        lambda: select(Organization.id, literal_column("(SELECT max(title) FROM claim)")),
    ),
}


@pytest.mark.parametrize(("allowed", "refused"), TWINS.values(), ids=TWINS.keys())
def test_a_compiled_statement_lets_no_other_one_through(session, allowed, refused):
    for _ in range(2):  # the second time it is found compiled
        session.execute(allowed()).all()
        with pytest.raises(ScopeError):
            session.execute(refused())
    with unscoped(session, "the test compiles it without a wall"):
        session.execute(refused())
    with pytest.raises(ScopeError):
        session.execute(refused())
