"""Registration of professionals and employers, and what became of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypinyin import Style, lazy_pinyin
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models import Account, Base, Department, Organization, Person
from models.crypto import blind_index
from models.enums import AccountStatus, OrganizationKind, OrganizationStatus, PersonState, Sex, UserType
from models.identifiers import (
    IdentifierError,
    birth_date_of,
    clean_citizen_id,
    clean_email,
    clean_mobile,
    clean_organization_code,
    sex_of,
)
from permissions.actor import VISITOR, Actor
from permissions.wall import unscoped
from services import journal, reading
from services.errors import InputError
from services.typed_text import normal_password, too_long, unknown_codes, visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy.orm import Session

TAKEN_ID = "该身份证号刚刚已提交注册，请勿重复注册；进度可用“注册进度查询”"
TAKEN_CODE = "该机构代码刚刚已提交注册，请勿重复注册；进度可用“注册进度查询”"
OPEN = (AccountStatus.PENDING, AccountStatus.ACTIVE, AccountStatus.DISABLED)
MINIMUM_PASSWORD, MAXIMUM_PASSWORD, PASSWORD_CLASSES = 10, 128, 3
PASSWORD_HELP = f"{MINIMUM_PASSWORD} 至 {MAXIMUM_PASSWORD} 位，大写字母、小写字母、数字、符号中至少三种，不能包含证件号或手机号"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The account block of a registration, as typed."""

    citizen_id: str
    password: str
    real_name: str
    mobile: str
    email: str


@dataclass(frozen=True, slots=True)
class PersonInput:
    """The person block of a registration, as typed; codes are dictionary codes."""

    employer_id: int | None
    department_id: int | None
    sex: str | None
    birth_date: date | None
    ethnicity_code: str | None = None
    native_place: str = ""
    school: str = ""
    major_code: str | None = None
    education_code: str | None = None
    degree_code: str | None = None
    title_series_code: str | None = None
    title_level_code: str | None = None


@dataclass(frozen=True, slots=True)
class EmployerInput:
    """Basic data of an employer, as typed."""

    code: str
    name: str
    region_code: str | None
    bureau_id: int | None
    authority_id: int | None
    nature_code: str | None = None
    affiliation_code: str | None = None
    level_code: str | None = None
    industry_code: str | None = None
    address: str = ""
    phone: str = ""
    certificate_key: str | None = None
    certificate_mime: str | None = None


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """What became of a registration: which office holds it and since when.

    Attributes:
        account_id: the account found.
        status: its state.
        name: whose it is.
        holder: the office that decides it.
        since: since when it is in this state.
        reason: what was said on rejection.
    """

    account_id: int
    status: AccountStatus
    name: str
    holder: str
    since: datetime
    reason: str | None


def initials(text: str) -> str:
    """Return the pinyin initials of a name, for search: 张三 → zs."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()[:200]


def check_password(password: str, *forbidden: str) -> str | None:
    """Return why a password is too weak, or ``None``.

    Args:
        password: as typed.
        *forbidden: texts it must not contain (citizen id, mobile).
    """
    classes = sum(
        any(test(character) for character in password)
        for test in (str.isupper, str.islower, str.isdigit, lambda character: not character.isalnum())
    )
    if not MINIMUM_PASSWORD <= len(password) <= MAXIMUM_PASSWORD or classes < PASSWORD_CLASSES:
        return f"“密码”强度不够：{PASSWORD_HELP}"
    if any(text and text.lower() in password.lower() for text in forbidden):
        return "“密码”不能包含证件号或手机号，请换一个"
    return None


def clean_credentials(typed: Credentials) -> Credentials:
    """Return the account block in its stored form.

    Raises:
        InputError: by field.
    """
    errors: dict[str, str] = {}
    cleaned: dict[str, str] = {}
    cleaners: dict[str, Callable[[str], str]] = {
        "citizen_id": clean_citizen_id,
        "mobile": clean_mobile,
        "email": clean_email,
    }
    for name, clean in cleaners.items():
        try:
            cleaned[name] = clean(getattr(typed, name))
        except IdentifierError as error:
            errors[name] = error.sentence
    real_name, password = visible(typed.real_name), normal_password(typed.password)
    if not real_name:
        errors["real_name"] = "请填写“姓名”"
    errors |= too_long({"real_name": ("姓名", real_name)})
    weakness = check_password(password, cleaned.get("citizen_id", ""), cleaned.get("mobile", ""))
    if weakness:
        errors["password"] = weakness
    if errors:
        raise InputError(errors)
    return Credentials(password=password, real_name=real_name, **cleaned)


def register_person(
    session: Session, credentials: Credentials, typed: PersonInput, hash_password: Callable[[str], str]
) -> Account:
    """Register a professional at an employer; the account waits for the employer's administrator.

    Args:
        session: any session.
        credentials: the account block.
        typed: the person block.
        hash_password: turns a password into its argon2 hash.

    Raises:
        InputError: by field; nothing was stored.
    """
    errors: dict[str, str] = {}
    try:
        credentials = clean_credentials(credentials)
    except InputError as error:
        errors |= error.errors
    else:
        errors |= _identity_errors(credentials.citizen_id, typed)
    errors |= too_long({"native_place": ("籍贯", typed.native_place), "school": ("毕业院校", typed.school)})
    with unscoped(session, "a visitor's registration checks uniqueness over everybody"):
        employer = session.get(Organization, typed.employer_id) if typed.employer_id else None
        if (
            employer is None
            or employer.kind is not OrganizationKind.EMPLOYER
            or (employer.status is not OrganizationStatus.ACTIVE)
        ):
            errors["employer"] = "请选择已审核通过的所属单位"
        department = session.get(Department, typed.department_id) if typed.department_id else None
        if typed.department_id and (department is None or department.organization_id != typed.employer_id):
            errors["department"] = "请选择所属单位之下的部门"
        errors |= unknown_codes(
            session,
            {
                "ethnicity": ("民族", "ethnicity", typed.ethnicity_code),
                "education": ("学历", "education", typed.education_code),
                "degree": ("学位", "degree", typed.degree_code),
                "major": ("所学专业", "major", typed.major_code),
                "title_series": ("职称系列", "title_series", typed.title_series_code),
                "title_level": ("职称级别", "title_level", typed.title_level_code),
            },
        )
        if "citizen_id" not in errors:
            used = _used_person(session, credentials.citizen_id)
            if used:
                errors["citizen_id"] = used
        if errors or employer is None:
            raise InputError(errors)
        person = Person(
            citizen_id=credentials.citizen_id,
            name=credentials.real_name,
            name_initials=initials(credentials.real_name),
            sex=Sex.of(sex_of(credentials.citizen_id)),
            birth_date=birth_date_of(credentials.citizen_id),
            state=PersonState.PENDING,
            employer_id=employer.id,
            department_id=typed.department_id,
            region_code=employer.region_code,
            authority_id=employer.authority_id,
            ethnicity_code=typed.ethnicity_code,
            native_place=visible(typed.native_place),
            school=visible(typed.school),
            major_code=typed.major_code,
            education_code=typed.education_code,
            degree_code=typed.degree_code,
            title_series_code=typed.title_series_code,
            title_level_code=typed.title_level_code,
            mobile=credentials.mobile,
            email=credentials.email,
        )
        _store(session, person, {"citizen_id": TAKEN_ID})
        return _register(
            session, credentials, hash_password, UserType.PERSON, employer.id, person_id=person.id
        )


def register_employer(
    session: Session, credentials: Credentials, typed: EmployerInput, hash_password: Callable[[str], str]
) -> Account:
    """Register an employer with its first administrator; it waits for 同级人社部门.

    Raises:
        InputError: by field; nothing was stored.
    """
    errors: dict[str, str] = {}
    try:
        credentials = clean_credentials(credentials)
    except InputError as error:
        errors |= error.errors
    with unscoped(session, "a visitor's registration checks uniqueness over everybody"):
        organization_errors, values = check_employer(session, typed)
        errors |= organization_errors
        if errors:
            raise InputError(errors)
        employer = Organization(
            kind=OrganizationKind.EMPLOYER,
            name=visible(typed.name),
            name_initials=initials(visible(typed.name)),
            contact=credentials.real_name,
            region_code=typed.region_code,
            bureau_id=typed.bureau_id,
            authority_id=typed.authority_id,
            nature_code=typed.nature_code,
            affiliation_code=typed.affiliation_code,
            level_code=typed.level_code,
            industry_code=typed.industry_code,
            address=visible(typed.address),
            phone=visible(typed.phone),
            certificate_key=typed.certificate_key,
            certificate_mime=typed.certificate_mime,
            **values,
        )
        _store(session, employer, {"code": TAKEN_CODE})
        return _register(
            session,
            credentials,
            hash_password,
            UserType.EMPLOYER,
            employer.bureau_id,
            organization_id=employer.id,
        )


def check_employer(session: Session, typed: EmployerInput) -> tuple[dict[str, str], dict[str, str | None]]:
    """Check an employer's basic data; return sentences by field and the two forms of its code."""
    errors: dict[str, str] = {}
    codes: dict[str, str | None] = {}
    try:
        code = clean_organization_code(typed.code)
    except IdentifierError as error:
        errors["code"] = error.sentence
    else:
        codes = {"code": code.short, "credit_code": code.long}
        used = used_code(session, code.short)
        if used:
            errors["code"] = used
    if not visible(typed.name):
        errors["name"] = "请填写“单位名称”"
    errors |= too_long(
        {
            "name": ("单位名称", typed.name),
            "address": ("地址", typed.address),
            "phone": ("联系电话", typed.phone),
        }
    )
    errors |= unknown_codes(
        session,
        {
            "nature_code": ("单位性质", "unit_nature", typed.nature_code),
            "affiliation_code": ("单位隶属关系", "affiliation", typed.affiliation_code),
            "level_code": ("单位级别", "unit_level", typed.level_code),
            "industry_code": ("单位所属行业", "industry", typed.industry_code),
        },
    )
    if typed.region_code not in {code for code, _ in reading.province_regions(session)}:
        errors["region_code"] = "请选择“所属区域”"
    bureau = session.get(Organization, typed.bureau_id) if typed.bureau_id else None
    offices = (OrganizationKind.BUREAU, OrganizationKind.PROVINCE)
    if bureau is None or bureau.kind not in offices or bureau.status is not OrganizationStatus.ACTIVE:
        errors["bureau_id"] = "请选择“同级人社部门”，即审核本单位和公需科目申报的人社局"
    authority = session.get(Organization, typed.authority_id) if typed.authority_id else None
    if typed.authority_id and (authority is None or authority.kind is not OrganizationKind.AUTHORITY):
        errors["authority_id"] = "请选择列表中的“行业主管部门”，没有的可不选"
    return errors, codes


def used_code(session: Session, short: str) -> str | None:
    """Say by which state an organisation code is taken, never by whom; ``None`` where it is free."""
    with unscoped(session, "uniqueness is over everybody"):
        status = session.scalar(
            select(Organization.status).where(
                Organization.code == short, Organization.status != OrganizationStatus.VOID
            )
        )
    if status is None:
        return None
    return f"该机构代码已登记（{status.label}），请勿重复注册；忘记进度可用“注册进度查询”"


def _used_person(session: Session, citizen_id: str) -> str | None:
    index = blind_index(citizen_id)
    status = session.scalar(
        select(Account.status).where(
            Account.user_type == UserType.PERSON, Account.citizen_id_index == index, Account.status.in_(OPEN)
        )
    )
    if status is not None:
        return f"该身份证号已注册（{status.label}），请勿重复注册；忘记进度可用“注册进度查询”"
    known = session.scalar(
        select(Person.id).where(Person.citizen_id_index == index, Person.state != PersonState.VOID)
    )
    return "该身份证号的人员信息已由单位登记，请联系单位管理员开通账户" if known else None


def _identity_errors(citizen_id: str, typed: PersonInput) -> dict[str, str]:
    errors = {}
    if typed.sex != sex_of(citizen_id):
        errors["sex"] = "“性别”与身份证号不一致，请检查"
    if typed.birth_date != birth_date_of(citizen_id):
        errors["birth_date"] = "“出生年月”与身份证号不一致，请检查"
    return errors


def _register(
    session: Session,
    credentials: Credentials,
    hash_password: Callable[[str], str],
    user_type: UserType,
    approver_id: int | None,
    **whose: int | None,
) -> Account:
    account = new_account(session, credentials, hash_password, user_type, approver_id=approver_id, **whose)
    journal.record(session, VISITOR, "account", account.id, "register")
    return account


def new_account(
    session: Session,
    credentials: Credentials,
    hash_password: Callable[[str], str],
    user_type: UserType,
    **whose: int | None,
) -> Account:
    """Store a pending account; must run inside ``unscoped``.

    Args:
        session: where it is stored.
        credentials: as :func:`clean_credentials` returned them.
        hash_password: turns a password into its argon2 hash.
        user_type: what it logs in as.
        **whose: ``person_id`` or ``organization_id``, and ``approver_id`` where an office decides it.

    Raises:
        InputError: the citizen has such an account already.
    """
    account = Account(
        user_type=user_type,
        citizen_id=credentials.citizen_id,
        real_name=credentials.real_name,
        mobile=credentials.mobile,
        email=credentials.email,
        password=hash_password(credentials.password),
        fs_uniquifier=secrets.token_hex(32),
        **whose,
    )
    _store(session, account, {"citizen_id": TAKEN_ID})
    return account


def _store(session: Session, row: Base, taken: dict[str, str]) -> None:
    """Store a row; somebody who registered the same at the same moment is told like one who came later."""
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise InputError(taken) from error


def registration_state(
    session: Session,
    user_type: UserType,
    organization_code: str,
    citizen_id: str,
    password: str,
    verify_password: Callable[[str, str], bool],
) -> RegistrationState | None:
    """Return what became of a registration, or ``None`` where id, code and password do not fit together.

    Args:
        session: any session.
        user_type: what was registered.
        organization_code: the organisation's code; empty for a person.
        citizen_id: the applicant's id.
        password: the password given at registration.
        verify_password: (typed, hash) → whether they match.
    """
    with unscoped(session, "the password is the permission"):
        account = find_account(session, user_type, organization_code, citizen_id)
        if account is None or not verify_password(normal_password(password), account.password):
            return None
        return RegistrationState(
            account_id=account.id,
            status=account.status,
            name=account.organization.name if account.organization else account.real_name,
            holder=account.approver.name if account.approver else "系统管理员",
            since=account.status_since,
            reason=account.reason,
        )


def find_account(
    session: Session, user_type: UserType, organization_code: str, citizen_id: str
) -> Account | None:
    """Return the newest account of (user type, organisation, citizen id), whatever its state.

    Must run inside ``unscoped``.
    """
    try:
        index = blind_index(clean_citizen_id(citizen_id))
        code = clean_organization_code(organization_code).short if user_type is not UserType.PERSON else None
    except IdentifierError:
        return None
    statement = select(Account).where(Account.user_type == user_type, Account.citizen_id_index == index)
    if code is not None:
        statement = statement.join(Organization, Organization.id == Account.organization_id).where(
            Organization.code == code
        )
    open_first = Account.status.in_(OPEN).desc()
    return session.scalars(statement.order_by(open_first, Account.id.desc()).limit(1)).first()


def applicant(state: RegistrationState, user_type: UserType) -> Actor:
    """Return the actor behind a registration that is not approved yet: it may withdraw itself, nothing else."""
    return Actor(account_id=state.account_id, user_type=user_type, label=state.name)


def check_code(session: Session, text: str) -> dict[str, str]:
    """Check an organisation code on its own; return sentences by field."""
    try:
        used = used_code(session, clean_organization_code(text).short)
    except IdentifierError as error:
        return {"code": error.sentence}
    return {"code": used} if used else {}


def must_be_registrable(session: Session, typed: EmployerInput) -> None:
    """Check an employer's basic data on their own.

    Raises:
        InputError: by field.
    """
    with unscoped(session, "a visitor's registration checks uniqueness over everybody"):
        errors, _codes = check_employer(session, typed)
    if errors:
        raise InputError(errors)
