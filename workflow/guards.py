"""Conditions of transitions. Each is one SQL expression: the same for one row, a preview and a batch."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Numeric, and_, case, cast, exists, false, func, literal, or_, select, true

from models import (
    Account,
    Claim,
    ClaimAttachment,
    HourRule,
    Organization,
    Person,
    PersonCorrection,
    Setting,
)
from models.enums import (
    AccountStatus,
    ApproverRoute,
    ClaimStatus,
    GradeStatus,
    OrganizationStatus,
    PersonState,
    RequestStatus,
    Subject,
)
from models.reference import SEPARATE_DUTIES
from models.types import HoursType, whole_tenths
from workflow import periods
from workflow.core import Firing, Guard
from workflow.evidence import SAME_KIND, other_claim, used_by_same_person
from workflow.selection import keys
from workflow.taught import taught

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

claim, account = Claim.__table__.c, Account.__table__.c
person, attachment = Person.__table__.c, ClaimAttachment.__table__.c
correction = PersonCorrection.__table__.c
hour_rule = HourRule.__table__.c
office = Organization.__table__.alias("office").c
organization = Organization.__table__.c
setting = Setting.__table__.c
colleague = Account.__table__.alias("colleague").c
employer = Organization.__table__.alias("employer_of_claim").c


def people_of_citizen(firing: Firing) -> Select[int]:
    """Return ``SELECT person.id`` of the professional who acts, if under another login, and of the one he stands in for.

    His other logins keep the citizen id they were registered with when the one of the professional is corrected.
    """
    mine = firing.actor.citizens
    formerly = select(correction.person_id).where(
        correction.old_citizen_id_index.in_(mine), correction.status == RequestStatus.APPROVED
    )
    return (
        select(person.id)
        .where(or_(person.citizen_id_index.in_(mine), person.id.in_(formerly.correlate(None))))
        .correlate(None)
    )


def people_of(chosen: Select[int]) -> Select[int]:
    """Return professionals in key order, to be locked: who decides about hours of one person waits for who did just then."""
    return select(person.id).where(person.id.in_(chosen.correlate(None))).order_by(person.id)


def people_of_claims(chosen: Select[int]) -> Select[int]:
    """Return whose claims these are: a grade of the same class cannot be approved in the same moment."""
    return people_of(select(claim.person_id).where(claim.id.in_(chosen)))


def _not_own_claim(firing: Firing) -> ColumnElement[bool]:
    return claim.person_id.not_in(people_of_citizen(firing))


AHEAD = or_(
    other_claim.status == ClaimStatus.APPROVED,
    and_(other_claim.status == ClaimStatus.DECLARED, other_claim.id < claim.id),
)
"""Claims that count before this one: those approved, and of those declared the earlier ones, so that within one batch
the first passes."""


DECLARED_BEFORE = other_claim.status.in_((ClaimStatus.DECLARED, ClaimStatus.APPROVED))


def _not_duplicate(_firing: Firing) -> ColumnElement[bool]:
    return ~used_by_same_person(file=False)


def _no_file_used_before(_firing: Firing) -> ColumnElement[bool]:
    return ~used_by_same_person(file=True)


def _not_declared_before(_firing: Firing) -> ColumnElement[bool]:
    return ~used_by_same_person(file=False, counts=DECLARED_BEFORE)


def _first_of_its_evidence(_firing: Firing) -> ColumnElement[bool]:
    return ~used_by_same_person(file=False, counts=AHEAD)


HAS_FILE = claim.id.in_(select(attachment.claim_id).where(attachment.claim_id.is_not(None)).correlate(None))


def _filed_by_person(_firing: Firing) -> ColumnElement[bool]:
    return or_(claim.status != ClaimStatus.ACCEPTED, claim.registered_by_id.is_(None))


def _in_service(_firing: Firing) -> ColumnElement[bool]:
    there = and_(
        person.id == claim.person_id,
        person.employer_id == claim.employer_id,
        person.state == PersonState.IN_SERVICE,
    )
    return exists(select(literal(1)).where(there).correlate(Claim.__table__))


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


def within_year_cap(own: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether ``own`` hours and those that count before them stay within the yearly cap of the rule."""
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
            SAME_KIND,
            other_claim.credit_year == claim.credit_year,
            other_claim.id != claim.id,
            AHEAD,
        )
        .correlate(Claim.__table__)
        .scalar_subquery()
    )
    total = whole_tenths(func.coalesce(others, literal(0, HoursType)) + own)
    return case((cap.is_(None), true()), else_=total <= cap)


def _within_year_cap(firing: Firing) -> ColumnElement[bool]:
    return within_year_cap(func.coalesce(literal(awarded_hours(firing), HoursType), claim.computed_hours))


def _not_own_account(firing: Firing) -> ColumnElement[bool]:
    return account.citizen_id_index.not_in(firing.actor.citizens)


def _not_itself(firing: Firing) -> ColumnElement[bool]:
    return account.id.not_in(firing.actor.accounts)


def _somebody_remains(firing: Firing) -> ColumnElement[bool]:
    # Whoever is removed in the same batch does not remain either.
    others = select(colleague.organization_id).where(
        colleague.status == AccountStatus.ACTIVE,
        colleague.organization_id.is_not(None),
        colleague.id.not_in(keys(firing.session, firing.ids)),
    )
    return account.organization_id.in_(others)


def _duty_remains(firing: Firing) -> ColumnElement[bool]:
    # The database holds it too (``models.duty_rules``); whoever goes in the same batch does not remain either.
    separated = exists(literal(1)).where(setting.key == SEPARATE_DUTIES, setting.value == "on")
    other = exists(literal(1)).where(
        colleague.duty == account.duty,
        colleague.status == AccountStatus.ACTIVE,
        colleague.id.not_in(keys(firing.session, firing.ids)),
    )
    return or_(account.duty.is_(None), ~separated, other.correlate(Account.__table__))


def _office_is_active(_firing: Firing) -> ColumnElement[bool]:
    active = select(office.id).where(office.status == OrganizationStatus.ACTIVE)
    return account.organization_id.in_(active)


def _not_own_office(firing: Firing) -> ColumnElement[bool]:
    return organization.id != firing.actor.organization_id


COMPLETE = Guard("incomplete", "尚有必填项未填写，请先修改补全", lambda _firing: claim.complete.is_(True))
HAS_HOURS = Guard(
    "no_hours",
    "按现行规则核算为 0 学时，不能提交，请检查所填项目；认为应当计学时的，请与审批部门联系",
    lambda _firing: or_(claim.computed_hours > 0, claim.completes_specialty_year.is_(True)),
)
HAS_PROOF = Guard("no_proof", "没有上传证明材料", lambda _firing: HAS_FILE)
CLAIMS_OPEN = Guard(
    "claims_closed", "该年度当前不在申报期内",
    lambda firing: periods.claims_open(firing.today, claim.credit_year, claim.region_code),
)  # fmt: skip
APPROVALS_OPEN = Guard(
    "approvals_closed", "该年度当前不在审批期内",
    lambda firing: periods.approvals_open(firing.today, claim.credit_year, claim.region_code),
)  # fmt: skip
IN_SERVICE = Guard("not_in_service", "该人员不是本单位在职人员", _in_service)
FILED_BY_PERSON = Guard("registered", "由单位代登记的记录不能退回个人", _filed_by_person)
NOT_OWN_CLAIM = Guard("own_claim", "不能审批本人的申报", _not_own_claim)
NOT_DUPLICATE = Guard(
    "duplicate", "该人员已用同一证明材料申报过学时，请打开该人员的申报记录核对", _not_duplicate
)
NO_FILE_USED_BEFORE = Guard(
    "same_file", "该人员已用内容相同的文件证明过另一条申报，请改传本条自己的证明材料", _no_file_used_before
)
NOT_TAUGHT = Guard(
    "taught",
    "该培训的学时由施教机构按成绩申报，不能另行申报，请在“我的培训”中查看",
    lambda _firing: ~taught(GradeStatus.SUBMITTED, GradeStatus.APPROVED),
)
NO_CLASS_HOURS = Guard(
    "class_hours",
    "该人员已由施教机构取得同一培训的学时，不能重复认定",
    lambda _firing: ~taught(GradeStatus.APPROVED),
)
NOT_DECLARED_BEFORE = Guard("duplicate", "该人员已用同一证明材料申报过学时", _not_declared_before)
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
NOT_ONESELF = Guard("oneself", "不能取消自己的管理权限，请由另一位管理员办理", _not_itself)
SOMEBODY_REMAINS = Guard(
    "last_administrator",
    "这是该机构最后一位正常的管理员，不能取消；请先新增一位管理员",
    _somebody_remains,
)
DUTY_REMAINS = Guard(
    "last_of_duty",
    "三员分立已启用，这是担任该职责的最后一位正常的管理员；请先在“三员分立”中让另一位担任同一职责",
    _duty_remains,
)
NOT_APPOINTING_ONESELF = Guard("own_appointment", "不能任命本人，请由另一位管理员办理", _not_own_account)
OFFICE_IS_ACTIVE = Guard("office_closed", "机构未审核通过或已停用，不能任命管理员", _office_is_active)
NOT_OWN_OFFICE = Guard("own_office", "不能停用本机构，请由上级办理", _not_own_office)
