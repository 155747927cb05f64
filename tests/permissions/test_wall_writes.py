"""The second wall, writing: no hidden row changes and no row ends up hidden; honest work goes through."""
# ruff: noqa: ARG005  (every attack of a table takes the session and the target)

from __future__ import annotations

import pytest
import sqlalchemy as sa
from factories import citizen_id
from sqlalchemy import (
    delete,
    func,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm.exc import DetachedInstanceError
from targets import RAW, WATCHED, R, keep, like, new_claim, other
from world import listed

from models import (
    Account,
    Claim,
    ClaimAttachment,
    Department,
    Notice,
    Organization,
    Person,
)
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import ScopeError, unscoped


# ---------------------------------------------------------------- writing
def snapshot(connection):
    """Return every row of the watched tables by model and key."""
    return {
        model: {row.id: row._asdict() for row in connection.execute(select(model.__table__))}
        for model in WATCHED
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
    keep(s, t).title = "x"


def _add_kept(s, t):
    hidden = keep(s, t)
    s.add(hidden)
    hidden.title = "x"


def _delete_kept(s, t):
    s.delete(keep(s, t))


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
            assert signed(after, model, key, names) <= signed(before, model, key, names) | shown(
                before, seen
            ), names
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
    assert session.scalar(select(func.count()).select_from(select(Claim).where(editable).subquery())) == len(
        found
    )


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
