"""The life of a request to change an organisation (docs/decisions/0017): asked for by it, decided by the office above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, func, or_, select, true

from models import Account, Organization, OrganizationChange
from models.enums import OrganizationKind, OrganizationStatus, RequestStatus
from permissions.verbs import Verb
from workflow.core import Firing, Guard, Transition, Workflow
from workflow.organization_effects import apply_changes, below, tell_administrators, tell_former_office

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

PENDING, APPROVED, REJECTED, WITHDRAWN = RequestStatus
OFFICES = (OrganizationKind.BUREAU, OrganizationKind.PROVINCE)

change, account = OrganizationChange.__table__.c, Account.__table__.c
other_change = OrganizationChange.__table__.alias("other_change").c
office = Organization.__table__.alias("office").c
ASKING = Organization.__table__.alias("asking")
asking = ASKING.c
PLACED = (OrganizationKind.EMPLOYER, OrganizationKind.INSTITUTION, OrganizationKind.BUREAU)


def offices_in_use(*kinds: OrganizationKind) -> Select[Any]:
    """Return ``SELECT id`` of the active offices of these kinds."""
    return (
        select(office.id)
        .where(office.kind.in_(kinds), office.status == OrganizationStatus.ACTIVE)
        .correlate(None)
    )


def _organization_active(_firing: Firing) -> ColumnElement[bool]:
    active = select(office.id).where(office.status == OrganizationStatus.ACTIVE).correlate(None)
    return change.organization_id.in_(active)


def _not_own(firing: Firing) -> ColumnElement[bool]:
    administered = select(account.organization_id).where(
        account.citizen_id_index.in_(firing.actor.citizens), account.organization_id.is_not(None)
    )
    return change.organization_id.not_in(administered.correlate(None))


def _code_free(_firing: Firing) -> ColumnElement[bool]:
    taken = select(office.id).where(
        office.code == change.code,
        office.id != change.organization_id,
        office.status != OrganizationStatus.VOID,
    )
    # Of two requests for one code in one office's hands the first counts, in one batch too.
    first = select(other_change.id).where(
        other_change.code == change.code,
        other_change.approver_id == change.approver_id,
        other_change.status == PENDING,
        other_change.id < change.id,
    )
    asked = OrganizationChange.__table__
    return or_(
        change.code.is_(None),
        and_(~exists(taken.correlate(asked)), ~exists(first.correlate(asked))),
    )


def _bureau_fits(_firing: Firing) -> ColumnElement[bool]:
    return or_(change.bureau_id.is_(None), change.bureau_id.in_(offices_in_use(*OFFICES)))


def _authority_fits(_firing: Firing) -> ColumnElement[bool]:
    return or_(
        change.authority_id.is_(None), change.authority_id.in_(offices_in_use(OrganizationKind.AUTHORITY))
    )


def _not_below(_firing: Firing) -> ColumnElement[bool]:
    return or_(
        change.bureau_id.is_(None),
        ~below(change.bureau_id, change.organization_id, around=OrganizationChange.__table__),
    )


def _place_fits(_firing: Firing) -> ColumnElement[bool]:
    # What services.registration_organizations.place_errors says in sentences: the office looks after the region, and a
    # bureau stands below one of a wider region. GB/T 2260: two digits a level.
    region = func.coalesce(change.region_code, asking.region_code)
    covers = case(
        (office.kind == OrganizationKind.PROVINCE, true()),
        (
            office.region_code.endswith("00"),
            func.substr(region, 1, 4) == func.substr(office.region_code, 1, 4),
        ),
        else_=region == office.region_code,
    )
    above = select(office.id).where(
        office.id == func.coalesce(change.bureau_id, asking.bureau_id),
        covers,
        or_(asking.kind != OrganizationKind.BUREAU, office.region_code != region),
    )
    placed = select(asking.id).where(
        asking.id == change.organization_id,
        or_(asking.kind.not_in(PLACED), exists(above.correlate(ASKING, OrganizationChange.__table__))),
    )
    unmoved = and_(change.region_code.is_(None), change.bureau_id.is_(None))
    return or_(unmoved, exists(placed.correlate(OrganizationChange.__table__)))


ORGANIZATION_ACTIVE = Guard("organization_closed", "申请机构已停用，请先启用或不予通过", _organization_active)
NOT_OWN = Guard("own_organization", "不能审核本人所管理机构的变更，请由其他管理员办理", _not_own)
CODE_FREE = Guard(
    "code_taken", "新机构代码已被其他机构登记，或另有更早的申请使用同一代码，请核实后不予通过", _code_free
)
BUREAU_FITS = Guard("bureau_closed", "所选的同级人社部门已停用或不是人社部门，请不予通过并说明", _bureau_fits)
AUTHORITY_FITS = Guard(
    "authority_closed", "所选的行业主管部门已停用或不是行业主管部门，请不予通过并说明", _authority_fits
)
NOT_BELOW = Guard(
    "below_itself", "所选的同级人社部门在申请机构之下，不能作为其上级，请不予通过并说明", _not_below
)


PLACE_FITS = Guard(
    "place_does_not_fit",
    "所选的同级人社部门不管理变更后的所属区域（人社局须由上一级管理），请不予通过并说明",
    _place_fits,
)


def _decision(firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": firing.actor.account_id, "decided_at": firing.moment, "reason": firing.reason}


ORGANIZATION_CHANGE = Workflow(
    "organization_change",
    OrganizationChange,
    initial=PENDING,
    transitions=(
        Transition("approve", frozenset({PENDING}), APPROVED, "通过", Verb.REVIEW, "success", batch=True,
                   guards=(NOT_OWN, ORGANIZATION_ACTIVE, CODE_FREE, BUREAU_FITS, AUTHORITY_FITS, NOT_BELOW,
                           PLACE_FITS),
                   sets=_decision,
                   # The former office is told, and the claims are handed over, while the organisation still names it.
                   effects=(tell_former_office, apply_changes,
                            tell_administrators("机构信息变更已通过", "organization_change_approved"))),
        Transition("reject", frozenset({PENDING}), REJECTED, "不通过", Verb.REVIEW, "danger", batch=True, reason=True,
                   guards=(NOT_OWN,), sets=_decision,
                   effects=(tell_administrators("机构信息变更未通过", "organization_change_rejected"),)),
        Transition("withdraw", frozenset({PENDING}), WITHDRAWN, "撤回申请", Verb.WITHDRAW, "secondary"),
    ),
)  # fmt: skip
