"""What follows an approved change of an organisation, set-based (docs/decisions/0017).

Rows that say where somebody belongs now follow; rows that say where something was decided stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal, null, or_, select, update
from sqlalchemy.exc import IntegrityError

from models import Account, Claim, Organization, OrganizationChange, Person, YearSummary
from models.enums import AccountStatus, ClaimStatus, OrganizationKind
from workflow import letters, training_moves
from workflow.changes import Change
from workflow.core import WorkflowError
from workflow.effects import put_notices
from workflow.journaling import journal
from workflow.marks import mark, mark_deciders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Select, Table

    from workflow.core import Firing

account, change = Account.__table__.c, OrganizationChange.__table__.c
organization, claim = Organization.__table__.c, Claim.__table__.c
UNDECIDED = (
    ClaimStatus.DRAFT,
    ClaimStatus.SUBMITTED,
    ClaimStatus.RETURNED,
    ClaimStatus.ACCEPTED,
    ClaimStatus.DECLARED,
)
CLASH = "刚刚有其他机构登记了同一机构代码，本次操作未执行，请刷新后重新核对"
RING = "刚刚有人改变了其中机构的上级，本次操作未执行，请刷新后重新核对"
OWN_PAGE = "/admin/own-organization/"


def below(
    office_id: ColumnElement[Any], top_id: ColumnElement[Any], *, around: Any = None
) -> ColumnElement[bool]:
    """Return whether an office is another one, or stands below it, by 同级人社部门.

    Args:
        office_id: the lower one.
        top_id: the upper one.
        around: the table of the statement these columns belong to, where they do.
    """
    lower, upper = Organization.__table__.alias("lower"), Organization.__table__.alias("upper")
    offices = (OrganizationKind.BUREAU, OrganizationKind.PROVINCE)
    # UNION, not UNION ALL: a ring that is there already ends the search instead of feeding it.
    chain = (
        select(lower.c.id.label("id"), lower.c.id.label("above"))
        .where(lower.c.kind.in_(offices))
        .cte("chain", recursive=True)
    )
    chain = chain.union(
        select(chain.c.id, upper.c.bureau_id).where(
            upper.c.id == chain.c.above, upper.c.bureau_id.is_not(None)
        )
    )
    found = select(literal(1)).where(chain.c.id == office_id, chain.c.above == top_id)
    return found.correlate(around).exists()


def apply_changes(firing: Firing, chosen: Select[int]) -> None:
    """Change the organisations as asked, and what follows them.

    People, year summaries, claims and grades nobody decided yet, plans and classes that are not done with, and the accounts
    of the administrators follow. The ledger, certificates and what was decided say how it was, and stay.

    Raises:
        WorkflowError: another office took the code, or moved an office of the same chain, at this very moment.
    """
    asked = select(change.organization_id).where(change.id.in_(chosen))
    _hold_chain(firing, chosen)
    mark_deciders(firing.session, asked)
    _hand_over(firing, chosen)
    try:
        with firing.session.begin_nested():
            _change_organizations(firing, chosen)
    except IntegrityError as error:
        raise WorkflowError(CLASH) from error
    around = Organization.__table__
    ring = select(organization.id).where(
        organization.id.in_(asked),
        organization.bureau_id.is_not(None),
        below(organization.bureau_id, organization.id, around=around),
    )
    if firing.session.execute(ring).first():
        raise WorkflowError(RING)
    for table, condition in (
        (Person.__table__, None),
        (YearSummary.__table__, None),
        (Claim.__table__, claim.status.in_(UNDECIDED)),
        *training_moves.OF_PEOPLE,
    ):
        _follow(firing, asked, table, condition)
    training_moves.follow_region(firing, organization, asked)
    mark(firing.session, asked)
    mark_deciders(firing.session, asked)


def _hold_chain(firing: Firing, chosen: Select[int]) -> None:
    """Let one office at a time be moved below another: two moves at once could make a ring."""
    mover = Organization.__table__.alias("mover").c
    moved = select(change.id).where(
        change.id.in_(chosen),
        change.bureau_id.is_not(None),
        mover.id == change.organization_id,
        mover.kind == OrganizationKind.BUREAU,
    )
    offices = organization.kind.in_((OrganizationKind.BUREAU, OrganizationKind.PROVINCE))
    firing.session.execute(
        select(organization.id)
        .where(offices, moved.exists())
        .order_by(organization.id)
        .with_for_update(key_share=True)
    ).all()


def _hand_over(firing: Firing, chosen: Select[int]) -> None:
    """Give what waits at the former offices to those that are named from now on.

    Declared claims go to who decides them now, an authority's to the bureau where there is no authority any more;
    administrators' accounts are reset and disabled by the new bureau.
    """
    bureau = func.coalesce(change.bureau_id, organization.bureau_id)
    authority = case(
        (change.no_authority, bureau), else_=func.coalesce(change.authority_id, organization.authority_id)
    )
    moves = (
        select(
            organization.id,
            organization.bureau_id.label("old_bureau"),
            organization.authority_id.label("old_authority"),
            bureau.label("bureau"),
            authority.label("authority"),
        )
        .join_from(
            OrganizationChange.__table__, Organization.__table__, organization.id == change.organization_id
        )
        .where(change.id.in_(chosen))
        .subquery("moves")
        .c
    )

    def decider_of(approver: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((approver == moves.old_authority, moves.authority), else_=moves.bureau)

    decider = decider_of(claim.approver_id)
    handed_over = and_(
        claim.employer_id == moves.id,
        claim.status == ClaimStatus.DECLARED,
        or_(claim.approver_id == moves.old_bureau, claim.approver_id == moves.old_authority),
        claim.approver_id != decider,
    )
    journal(firing, Claim.__table__, handed_over, "hand_over")
    firing.session.execute(update(Claim.__table__).where(handed_over).values(approver_id=decider))
    training_moves.hand_over(firing, moves, decider_of)
    firing.session.execute(
        update(Account.__table__)
        .where(account.organization_id == moves.id, account.approver_id == moves.old_bureau)
        .values(approver_id=moves.bureau)
    )


def _change_organizations(firing: Firing, chosen: Select[int]) -> None:
    new = select(OrganizationChange.__table__).where(change.id.in_(chosen)).subquery("new").c
    values: dict[str, Any] = {
        name: func.coalesce(new[name], organization[name])
        for name in (
            "name",
            "name_initials",
            "code",
            "region_code",
            "bureau_id",
            "certificate_key",
            "certificate_mime",
        )
    }
    values["credit_code"] = case(
        (new.code.is_not(None), new.credit_code),
        else_=func.coalesce(new.credit_code, organization.credit_code),
    )
    values["authority_id"] = case(
        (new.no_authority, null()), else_=func.coalesce(new.authority_id, organization.authority_id)
    )
    firing.session.execute(
        update(Organization.__table__).where(organization.id == new.organization_id).values(values)
    )


def _follow(firing: Firing, asked: Select[int], table: Table, condition: ColumnElement[bool] | None) -> None:
    """Put region and authority of the changed employers on the rows of their people."""
    moved = and_(table.c.employer_id == organization.id, organization.id.in_(asked))
    different = or_(
        table.c.region_code != organization.region_code,
        table.c.authority_id.is_distinct_from(organization.authority_id),
    )
    wanted = [moved, different] + ([] if condition is None else [condition])
    firing.session.execute(
        update(table)
        .where(*wanted)
        .values(region_code=organization.region_code, authority_id=organization.authority_id)
    )


# ---------------------------------------------------------------- who is told
def tell_former_office(firing: Firing, chosen: Select[int]) -> None:
    """Tell the administrators of the office an organisation leaves; must run before it is changed."""
    leaving = (
        select(organization.bureau_id, organization.name)
        .join_from(
            OrganizationChange.__table__, Organization.__table__, organization.id == change.organization_id
        )
        .where(
            change.id.in_(chosen), change.bureau_id.is_not(None), organization.bureau_id != change.bureau_id
        )
        .subquery("leaving")
        .c
    )
    title = literal("机构已改由其他人社部门管理：") + leaving.name
    to = and_(account.organization_id == leaving.bureau_id, account.status == AccountStatus.ACTIVE)
    put_notices(firing, title, to)


def tell_administrators(title: str, letter: str) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that tells the administrators of each organisation what was decided, by message and mail."""

    def effect(firing: Firing, chosen: Select[int]) -> None:
        to = and_(
            account.organization_id.in_(select(change.organization_id).where(change.id.in_(chosen))),
            account.status == AccountStatus.ACTIVE,
        )
        put_notices(firing, literal(title), to, literal(OWN_PAGE), mailed=True)
        letters.write(firing.session, letter, _letters(firing, chosen), firing.moment)

    return effect


def _letters(firing: Firing, chosen: Select[int]) -> Iterator[tuple[str, dict[str, Any]]]:
    deciding = Organization.__table__.alias("deciding").c
    rows = firing.session.execute(
        select(account.email, account.real_name, organization.name, organization.code, change.changes,
               deciding.name.label("office"))
        .where(
            change.id.in_(chosen),
            organization.id == change.organization_id,
            deciding.id == change.approver_id,
            account.organization_id == organization.id,
            account.status == AccountStatus.ACTIVE,
            account.email != "",
        )
        .order_by(account.id)
    )  # fmt: skip
    for row in rows:
        lines = [Change(*told).line for told in row.changes.values()]
        yield (
            row.email,
            {
                "name": row.real_name,
                "organization": row.name,
                "office": row.office,
                "code": row.code,
                "changes": "\n".join(lines),
                "reason": firing.reason or "",
            },
        )
