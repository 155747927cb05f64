"""权限透视: what a role may do, and why one account may or may not do something to one record.

An administrator asks about accounts the table lets him explain (``Verb.EXPLAIN``) and about records he sees himself. Who
may ask about what he does not see (``Verb.EXPLAIN_UNSEEN``) names accounts and records by number: any role, any object. He
learns the verdict and which lines hold, but neither whose account it is, nor what the record says, nor its state, nor which
condition of a transition fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Account, Delegation, Organization
from models.enums import AccountStatus
from permissions import delegating
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.explaining import Explanation, Standing, lines_of, standing_of
from permissions.matrix import GRANTS
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.permission_words import Verdict, verdict_of
from workflow.obstacles import Obstacles, obstacles, workflow_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import Labelled, UserType
    from permissions.actor import Actor
    from permissions.matrix import Grant

OBJECT, ACTION = "account", "explain"
"""What the journal says when somebody looked at another one's rights."""
UNSEEN = "who may ask about accounts and records out of sight names them by number"


@dataclass(frozen=True, slots=True)
class InPlace:
    """What an account may do while it stands in for somebody (docs/decisions/0032).

    Attributes:
        giver: office and name of whom it stands in for; empty where the asker sees neither him nor the delegation.
        verdict: in a sentence.
        allowed: the table's verdict.
    """

    giver: str
    verdict: Verdict
    allowed: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about one verb.

    Attributes:
        verdict: in a sentence.
        told: the lines of the table behind it.
        steps: the transitions behind the verb; none where the asker does not see the record.
        in_place: what holds while the account stands in for somebody, by each delegation in force that leaves it the verb.
    """

    verdict: Verdict
    told: Explanation
    steps: tuple[Obstacles, ...]
    in_place: tuple[InPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """The account a question is about.

    Attributes:
        key: its number.
        user_type: its role.
        status: whether it can be used.
        name: of whoever uses it; ``None`` where the asker does not see the account.
    """

    key: int
    user_type: UserType
    status: AccountStatus
    name: str | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What the page shows of a question.

    Attributes:
        subject: the account asked about.
        model: the table of the record.
        key: its number.
        seen: whether the asker sees the record.
        state: its status, where the asker sees it and it has one.
        idle: why the account can do nothing at all; empty where it can act.
        answers: one for each verb asked about.
    """

    subject: Subject
    model: type[Base]
    key: int
    seen: bool
    state: Labelled | None
    idle: str
    answers: tuple[Answer, ...]


def kinds() -> dict[str, type[Base]]:
    """Return every table the permission table speaks of, by name, in its order."""
    return {grant.model.__tablename__: grant.model for grant in GRANTS}


def kinds_for(actor: Actor) -> dict[str, type[Base]]:
    """Return the tables whose records an actor may ask about."""
    everything = permissions.may(actor, Verb.EXPLAIN_UNSEEN, Account)
    return {
        name: model
        for name, model in kinds().items()
        if everything or permissions.may(actor, Verb.VIEW, model)
    }


def verbs_of(model: type[Base]) -> tuple[Verb, ...]:
    """Return what anybody may do to rows of a table, in the order of the verbs."""
    granted = {verb for grant in GRANTS if grant.model is model for verb in grant.verbs}
    return tuple(verb for verb in Verb if verb in granted)


def table_of(
    user_type: UserType, model: type[Base] | None = None
) -> list[tuple[type[Base], tuple[Grant, ...]]]:
    """Return the lines of a role, by table.

    Args:
        user_type: the role.
        model: one table; all of them where it is ``None``.
    """
    wanted = [model] if model else list(kinds().values())
    found = ((one, lines_of(user_type, one)) for one in wanted)
    return [(one, lines) for one, lines in found if lines]


def subjects(session: Session, actor: Actor) -> Sequence[Account]:
    """Return the accounts offered to ask about: those that are or were logins of his office, his own first.

    To the system administrator those of the province, too. Of other accounts below there are too many to choose from.
    """
    logins = (AccountStatus.ACTIVE, AccountStatus.DISABLED, AccountStatus.REMOVED)
    statement = select(Account).where(
        permissions.rows(actor, Verb.EXPLAIN, Account), Account.status.in_(logins)
    )
    if not permissions.may(actor, Verb.EXPLAIN_UNSEEN, Account):
        statement = statement.where(Account.organization_id == actor.organization_id)
    order = (Account.id != actor.account_id, Account.organization_id, Account.status, Account.id)
    return session.scalars(statement.order_by(*order)).all()


def look(
    session: Session,
    actor: Actor,
    account_id: int,
    model: type[Base],
    key: int,
    verb: Verb | None,
    *,
    today: date,
    request_id: str | None = None,
) -> Looked:
    """Explain what an account may do to a record; a look at another one's rights is journaled. The caller commits.

    Args:
        session: the asker's own session, whose scope decides which records he may ask about.
        actor: who asks.
        account_id: whose rights.
        model: the record's table.
        key: its number.
        verb: one verb, or ``None`` for all that anybody has on such records.
        today: the calendar day years open and close by.
        request_id: for the journal.

    Raises:
        InputError: by field: an account he may not ask about, or a record there is not or that he does not see.
    """
    subject = _subject(session, actor, account_id)
    seen = session.scalar(select(model.id).where(model.id == key)) is not None
    if not seen and not (_asks_unseen(session, actor, account_id) and _exists(session, model, key)):
        raise InputError(
            {
                "number": f"没有编号为 {key} 的“{model.__label__}”，或者您不能查看它；编号见该记录详情页地址中的 id"
            }
        )
    if account_id != actor.account_id:
        details = {
            "asked_type": model.__label__,
            "asked_key": key,
            "asked_verb": verb.label if verb else "全部",
        }
        journal.record(session, actor, OBJECT, account_id, ACTION, details=details, request_id=request_id)
    with unscoped(session, "whose rights are explained acts for itself"):
        acting = load_actor(session, account_id)
        standing_in = delegating.in_force(session, acting, today) if acting else []
    if acting is None:
        return Looked(subject, model, key, seen, None, _why_idle(subject), ())
    standing = standing_of(session, acting, model, key)
    others = [(name, standing_of(session, one, model, key)) for name, one in _named(session, standing_in)]
    wanted = (verb,) if verb else verbs_of(model)
    answers = []

    def judged(stands: Standing, one: Verb) -> tuple[Explanation, tuple[Obstacles, ...], Verdict]:
        told, who = stands.about(one), stands.actor
        steps = obstacles(session, who, one, model, key, stands.state, today=today) if seen else ()
        return told, steps, verdict_of(told, who.user_type or subject.user_type, steps, seen=seen)

    for one in wanted:
        told, steps, verdict = judged(standing, one)
        in_place = []
        for giver, stands in others:
            if not told.public and any(line.left for line in stands.about(one).named):
                by_giver, _steps, said = judged(stands, one)
                in_place.append(InPlace(giver, said, by_giver.allowed))
        answers.append(Answer(verdict, told, steps, tuple(in_place)))
    return Looked(subject, model, key, seen, standing.state if seen else None, "", tuple(answers))


def has_steps(model: type[Base]) -> bool:
    """Tell whether a workflow moves rows of a table, so that somebody may wonder why he cannot go on."""
    return workflow_of(model) is not None


def _named(session: Session, standing_in: Sequence[Actor]) -> list[tuple[str, Actor]]:
    """Return actors who stand in for somebody with office and name of whom, where the asker sees him or the delegation."""
    principals = [one.principal for one in standing_in if one.principal]
    if not principals:
        return []
    accounts = {principal.account_id for principal in principals}
    delegations = {principal.delegation_id for principal in principals}
    seen = set(session.scalars(select(Account.id).where(Account.id.in_(accounts))))
    seen |= set(session.scalars(select(Delegation.giver_id).where(Delegation.id.in_(delegations))))
    with unscoped(session, "whom one sees, or whose delegation, is told by office and name"):
        rows = session.execute(
            select(Account.id, Organization.name, Account.real_name)
            .join(Organization, Organization.id == Account.organization_id)
            .where(Account.id.in_(seen))
        )
        names = {key: f"{office} · {name}" for key, office, name in rows}
    return [(names.get(one.in_place_of_id or 0, ""), one) for one in standing_in]


def _subject(session: Session, actor: Actor, account_id: int) -> Subject:
    """Return the account asked about, with its name where the asker sees it; raises :class:`InputError`."""
    asked = select(Account.id, Account.user_type, Account.status, Account.real_name).where(
        Account.id == account_id
    )
    row = session.execute(asked.where(permissions.rows(actor, Verb.EXPLAIN, Account))).one_or_none()
    if row is not None:
        return Subject(row.id, row.user_type, row.status, row.real_name)
    if not permissions.may(actor, Verb.EXPLAIN_UNSEEN, Account):
        raise InputError({"account": "请选择列表中的账户，或填写账户编号：只能查询您管理范围内的账户"})
    with unscoped(session, UNSEEN):
        row = session.execute(
            asked.where(permissions.rows(actor, Verb.EXPLAIN_UNSEEN, Account))
        ).one_or_none()
    if row is None:
        raise InputError({"account": "请选择列表中的账户，或填写账户编号：没有这个编号的账户"})
    return Subject(row.id, row.user_type, row.status, None)


def _asks_unseen(session: Session, actor: Actor, account_id: int) -> bool:
    with unscoped(session, UNSEEN):
        asked = permissions.rows(actor, Verb.EXPLAIN_UNSEEN, Account)
        return session.scalar(select(Account.id).where(Account.id == account_id, asked)) is not None


def _exists(session: Session, model: type[Base], key: int) -> bool:
    with unscoped(session, UNSEEN):
        return session.scalar(select(model.id).where(model.id == key)) is not None


def _why_idle(subject: Subject) -> str:
    if subject.status is not AccountStatus.ACTIVE:
        return f"这个账户现在是“{subject.status.label}”，不能登录，也就不能办理任何业务。"
    return "这个账户所属的机构没有启用，它的管理员不能登录，也就不能办理任何业务。"
