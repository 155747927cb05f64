"""Conditions of transitions. Each is one SQL expression: the same for one row, a preview and a batch."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Numeric, and_, case, cast, exists, false, func, literal, or_, select, true

from models import Account, Claim, ClaimAttachment, CreditYear, HourRule, Organization, Person
from models.enums import ApproverRoute, ClaimStatus, OrganizationStatus, PersonState, Subject
from models.types import HoursType, whole_tenths
from workflow.core import Firing, Guard

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

claim, account = Claim.__table__.c, Account.__table__.c
other_claim = Claim.__table__.alias("other_claim").c
year, person, attachment = CreditYear.__table__.c, Person.__table__.c, ClaimAttachment.__table__.c
hour_rule = HourRule.__table__.c
office = Organization.__table__.alias("office").c
employer = Organization.__table__.alias("employer_of_claim").c


def _not_own_claim(firing: Firing) -> ColumnElement[bool]:
    mine = select(person.id).where(person.citizen_id_index == firing.actor.citizen_id_index).correlate(None)
    return claim.person_id.not_in(mine)


def _claims_open(firing: Firing) -> ColumnElement[bool]:
    open_years = select(year.year).where(year.claims_open <= firing.today, year.claims_close >= firing.today)
    return claim.credit_year.in_(open_years)


def _approvals_open(firing: Firing) -> ColumnElement[bool]:
    open_years = select(year.year).where(
        year.approvals_open <= firing.today, year.approvals_close >= firing.today
    )
    return claim.credit_year.in_(open_years)


AHEAD = or_(
    other_claim.status == ClaimStatus.APPROVED,
    and_(other_claim.status == ClaimStatus.DECLARED, other_claim.id < claim.id),
)
"""Claims that count before this one: those approved, and of those declared the earlier ones, so that within one batch
the first passes."""


def _same_evidence(counts: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(literal(1))
        .where(
            other_claim.person_id == claim.person_id,
            other_claim.evidence_key == claim.evidence_key,
            other_claim.id != claim.id,
            counts,
        )
        .correlate(Claim.__table__)
    )


def _not_duplicate(_firing: Firing) -> ColumnElement[bool]:
    return ~_same_evidence(other_claim.status.in_((ClaimStatus.DECLARED, ClaimStatus.APPROVED)))


def _first_of_its_evidence(_firing: Firing) -> ColumnElement[bool]:
    return ~_same_evidence(AHEAD)


def _has_proof(_firing: Firing) -> ColumnElement[bool]:
    return claim.id.in_(select(attachment.claim_id).where(attachment.claim_id.is_not(None)).correlate(None))


def _filed_by_person(_firing: Firing) -> ColumnElement[bool]:
    return or_(claim.status != ClaimStatus.ACCEPTED, claim.registered_by_id.is_(None))


def _in_service(_firing: Firing) -> ColumnElement[bool]:
    return claim.person_id.in_(
        select(person.id).where(person.state == PersonState.IN_SERVICE).correlate(None)
    )


def approver_of(firing: Firing) -> ColumnElement[int]:
    """Return whom a claim goes to (product §3): public to 同级人社部门, specialty to the office the employer chose."""
    own_employer = and_(employer.id == claim.employer_id)
    bureau = select(employer.bureau_id).where(own_employer).correlate(Claim.__table__).scalar_subquery()
    if firing.parameters.get("route", ApproverRoute.BUREAU) != ApproverRoute.AUTHORITY:
        return bureau
    authority = select(employer.authority_id).where(own_employer).correlate(Claim.__table__).scalar_subquery()
    return case((claim.subject == Subject.PUBLIC, bureau), else_=authority)


def _has_approver(firing: Firing) -> ColumnElement[bool]:
    active = select(office.id).where(office.status == OrganizationStatus.ACTIVE)
    return func.coalesce(approver_of(firing).in_(active), false())


def awarded_hours(firing: Firing) -> Decimal | None:
    """Return the hours the approver typed, in tenths, or ``None`` to award what the rule computed."""
    typed = firing.parameters.get("awarded_hours")
    return None if typed is None else Decimal(str(typed)).quantize(Decimal("0.1"))


def _awarded_within_rule(firing: Firing) -> ColumnElement[bool]:
    awarded = awarded_hours(firing)
    if awarded is None:
        return true()
    return and_(claim.computed_hours >= literal(awarded, HoursType), literal(awarded >= 0))


def _less_has_reason(firing: Firing) -> ColumnElement[bool]:
    awarded = awarded_hours(firing)
    if awarded is None or firing.reason:
        return true()
    return claim.computed_hours <= literal(awarded, HoursType)


def _within_year_cap(firing: Firing) -> ColumnElement[bool]:
    # The hours of a claim were computed when it was saved; others of its kind may have been approved since. Those
    # declared earlier come first, so that a batch cannot exceed the cap either.
    cap = (
        select(cast(func.nullif(hour_rule.definition["cap_per_year"].as_string(), ""), Numeric()))
        .where(hour_rule.code == claim.rule_code, hour_rule.version == claim.rule_version)
        .correlate(Claim.__table__)
        .scalar_subquery()
    )
    others = (
        select(func.sum(func.coalesce(other_claim.awarded_hours, other_claim.computed_hours)))
        .where(
            other_claim.person_id == claim.person_id,
            other_claim.kind_id == claim.kind_id,
            other_claim.credit_year == claim.credit_year,
            other_claim.id != claim.id,
            AHEAD,
        )
        .correlate(Claim.__table__)
        .scalar_subquery()
    )
    own = func.coalesce(literal(awarded_hours(firing), HoursType), claim.computed_hours)
    total = whole_tenths(func.coalesce(others, literal(0, HoursType)) + own)
    return case((cap.is_(None), true()), else_=total <= cap)


def _not_own_account(firing: Firing) -> ColumnElement[bool]:
    return account.citizen_id_index != firing.actor.citizen_id_index


def _not_itself(firing: Firing) -> ColumnElement[bool]:
    return account.id != firing.actor.account_id


COMPLETE = Guard("incomplete", "尚有必填项未填写，请先修改补全", lambda _firing: claim.complete.is_(True))
HAS_HOURS = Guard(
    "no_hours",
    "按现行规则核算为 0 学时，请检查所填项目",
    lambda _firing: or_(claim.computed_hours > 0, claim.completes_specialty_year.is_(True)),
)
HAS_PROOF = Guard("no_proof", "没有上传证明材料", _has_proof)
CLAIMS_OPEN = Guard("claims_closed", "该年度当前不在申报期内", _claims_open)
APPROVALS_OPEN = Guard("approvals_closed", "该年度当前不在审批期内", _approvals_open)
IN_SERVICE = Guard("not_in_service", "该人员不是本单位在职人员", _in_service)
FILED_BY_PERSON = Guard("registered", "由单位代登记的记录不能退回个人", _filed_by_person)
NOT_OWN_CLAIM = Guard("own_claim", "不能审批本人的申报", _not_own_claim)
NOT_DUPLICATE = Guard("duplicate", "该人员已用同一证明材料申报过学时", _not_duplicate)
FIRST_OF_ITS_EVIDENCE = Guard("duplicate", "该人员已用同一证明材料申报过学时", _first_of_its_evidence)
HAS_APPROVER = Guard("no_approver", "单位没有可用的审批机构，请改选同级人社部门或维护单位信息", _has_approver)
AWARDED_WITHIN_RULE = Guard("above_rule", "认定学时须在 0 与核算学时之间", _awarded_within_rule)
WITHIN_YEAR_CAP = Guard(
    "above_year_cap",
    "该类型本年度学时将超过年度上限，请先审批较早的申报，或单独审批并填写不超过余额的认定学时",
    _within_year_cap,
)
LESS_HAS_REASON = Guard("less_without_reason", "认定学时少于核算学时，须填写意见", _less_has_reason)
NOT_OWN_ACCOUNT = Guard("own_account", "不能审核本人的账户", _not_own_account)
NOT_ITSELF = Guard("itself", "不能停用正在使用的账户", _not_itself)
