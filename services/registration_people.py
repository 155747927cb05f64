"""Registration of professionals (个人用户注册)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Account, Department, Organization, Person
from models.crypto import blind_index
from models.enums import OrganizationKind, OrganizationStatus, PersonState, Sex, UserType
from models.identifiers import birth_date_of, sex_of
from permissions.wall import unscoped
from services.errors import InputError
from services.registration import (
    OPEN,
    TAKEN_ID,
    Credentials,
    clean_credentials,
    initials,
    open_account,
    store,
)
from services.typed_text import too_long, unknown_codes, visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy.orm import Session


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


def register_person(
    session: Session,
    credentials: Credentials,
    typed: PersonInput,
    hash_password: Callable[[str], str],
    *,
    after: int | None = None,
) -> Account:
    """Register a professional at an employer; the account waits for the employer's administrator.

    Args:
        session: any session.
        credentials: the account block.
        typed: the person block.
        hash_password: turns a password into its argon2 hash.
        after: the account whose data were corrected and sent again, where there is one.

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
        store(session, person, {"": ("citizen_id", TAKEN_ID)})
        return open_account(
            session,
            credentials,
            hash_password,
            UserType.PERSON,
            employer.id,
            after=after,
            person_id=person.id,
        )


def _used_person(session: Session, citizen_id: str) -> str | None:
    index = blind_index(citizen_id)
    # The person is looked for first: whoever registers at this moment commits person and login together, and what is
    # seen of the one is then seen of the other.
    known = session.scalar(
        select(Person.id).where(Person.citizen_id_index == index, Person.state != PersonState.VOID)
    )
    status = session.scalar(
        select(Account.status).where(
            Account.user_type == UserType.PERSON, Account.citizen_id_index == index, Account.status.in_(OPEN)
        )
    )
    if status is not None:
        return f"该身份证号已注册（{status.label}），请勿重复注册；忘记进度可用“注册进度查询”"
    return "该身份证号的人员信息已由单位登记，请联系单位管理员开通账户" if known else None


def _identity_errors(citizen_id: str, typed: PersonInput) -> dict[str, str]:
    errors = {}
    if typed.sex != sex_of(citizen_id):
        errors["sex"] = "“性别”与身份证号不一致，请检查"
    if typed.birth_date != birth_date_of(citizen_id):
        errors["birth_date"] = "“出生年月”与身份证号不一致，请检查"
    return errors
