"""Registration of organisations: employers, institutions, bureaus, authorities (``services.registration_kinds``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Account, DictionaryItem, Organization
from models.enums import OrganizationKind, OrganizationStatus, UserType
from models.identifiers import IdentifierError, clean_organization_code
from permissions.actor import region_range
from permissions.wall import unscoped
from services import reading
from services.errors import InputError
from services.registration import (
    Credentials,
    clean_credentials,
    initials,
    open_account,
    store,
    used_code,
    used_region,
)
from services.registration_kinds import KINDS, Asked
from services.typed_text import too_long, unknown_codes, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from services.registration_kinds import Field, RegistrationKind

TAKEN = {
    "region": ("region_code", "该区域的人社局刚刚已提交注册，请勿重复注册；进度可用“注册进度查询”"),
    "": ("code", "该机构代码刚刚已提交注册，请勿重复注册；进度可用“注册进度查询”"),
}
HEADING = "9000"
"""Ends the codes under which GB/T 2260 lists counties directly under a province: a heading, nobody's region."""


@dataclass(frozen=True, slots=True)
class OrganizationInput:
    """An organisation as typed; which of it its kind asks for stands in ``services.registration_kinds``."""

    kind: OrganizationKind
    code: str
    name: str = ""
    region_code: str | None = None
    bureau_id: int | None = None
    authority_id: int | None = None
    nature_code: str | None = None
    affiliation_code: str | None = None
    level_code: str | None = None
    industry_code: str | None = None
    address: str = ""
    phone: str = ""
    certificate_key: str | None = None
    certificate_mime: str | None = None


def register_organization(
    session: Session,
    credentials: Credentials,
    typed: OrganizationInput,
    hash_password: Callable[[str], str],
    *,
    after: int | None = None,
) -> Account:
    """Register an organisation with its first administrator; it waits for the office it names above itself.

    Args:
        session: any session.
        credentials: the first administrator's account block.
        typed: the organisation.
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
    with unscoped(session, "a visitor's registration checks uniqueness over everybody"):
        organization_errors, values = _check(session, typed)
        errors |= organization_errors
        if not typed.certificate_key:
            errors["scan"] = "请回到第一步上传机构代码证扫描件"
        if errors:
            raise InputError(errors)
        organization = Organization(
            kind=typed.kind,
            name_initials=initials(visible(typed.name)),
            contact=credentials.real_name,
            certificate_key=typed.certificate_key,
            certificate_mime=typed.certificate_mime,
            **values,
        )
        store(session, organization, TAKEN)
        return open_account(
            session,
            credentials,
            hash_password,
            UserType.of(typed.kind.value),
            organization.bureau_id,
            after=after,
            organization_id=organization.id,
        )


def check_code(session: Session, text: str) -> dict[str, str]:
    """Check an organisation code on its own; return sentences by field."""
    try:
        used = used_code(session, clean_organization_code(text).short)
    except IdentifierError as error:
        return {"code": error.sentence}
    return {"code": used} if used else {}


def must_be_registrable(session: Session, typed: OrganizationInput) -> None:
    """Check an organisation's basic data on their own.

    Raises:
        InputError: by field.
    """
    with unscoped(session, "a visitor's registration checks uniqueness over everybody"):
        errors, _values = _check(session, typed)
    if errors:
        raise InputError(errors)


def labels_of(session: Session, organization: Organization) -> dict[str, str]:
    """Return in words each code an organisation carries and each office it names, by column.

    Args:
        session: the reader's session.
        organization: one he may see. The offices it names he may not see otherwise, but every visitor can read their names
            where he registers.
    """
    asked = KINDS.get(organization.kind)
    fields = asked.fields if asked else ()
    codes = {
        field.name: (field.dictionary, getattr(organization, field.name))
        for field in fields
        if field.how is Asked.CODE
    }
    rows = session.execute(
        select(DictionaryItem.dictionary_code, DictionaryItem.code, DictionaryItem.label).where(
            DictionaryItem.dictionary_code.in_([dictionary for dictionary, _ in codes.values()]),
            DictionaryItem.code.in_([code for _, code in codes.values() if code]),
        )
    )
    labels = {(row.dictionary_code, row.code): row.label for row in rows}
    offices = {field.name: getattr(organization, field.name) for field in fields if field.how is Asked.OFFICE}
    names = reading.office_names(session, [key for key in offices.values() if key])
    return {name: labels[pair] for name, pair in codes.items() if pair in labels} | {
        name: names[key] for name, key in offices.items() if key in names
    }


def _check(session: Session, typed: OrganizationInput) -> tuple[dict[str, str], dict[str, str | int | None]]:
    """Return sentences by field and, where there are none, the columns in their stored form."""
    asked = KINDS[typed.kind]
    errors = check_code(session, typed.code)
    lines = {
        field.name: visible(getattr(typed, field.name)) for field in asked.fields if field.how is Asked.LINE
    }
    errors |= too_long({name: (_label(asked, name), getattr(typed, name)) for name in lines})
    errors |= unknown_codes(
        session,
        {
            field.name: (field.label, field.dictionary, getattr(typed, field.name))
            for field in asked.fields
            if field.how is Asked.CODE
        },
    )
    regions = places(session)
    offices: dict[str, Organization] = {}
    for field in asked.fields:
        value = lines.get(field.name, getattr(typed, field.name))
        if field.how is Asked.OFFICE and value:
            office = session.get(Organization, value)
            if office and office.kind in field.offices and office.status is OrganizationStatus.ACTIVE:
                offices[field.name] = office
            else:
                errors[field.name] = f"请选择列表中的“{field.label}”" + (
                    "" if field.required else "，没有的可不选"
                )
        elif field.how is Asked.REGION and value not in regions:
            vague = (value or "").endswith(HEADING)
            errors[field.name] = f"请选择“{field.label}”" + ("，具体到县市" if vague else "")
        elif field.required and not value:
            verb = "填写" if field.how is Asked.LINE else "选择"
            errors.setdefault(field.name, f"请{verb}“{field.label}”")
    bureau = offices.get("bureau_id")
    if bureau and typed.region_code in regions:
        errors |= place_errors(session, typed.kind, typed.region_code, bureau)
    if errors or bureau is None:
        return errors, {}
    code = clean_organization_code(typed.code)
    values = {field.name: lines.get(field.name, getattr(typed, field.name)) for field in asked.fields}
    # An authority does not name its region: it is the one of the office it stands beside.
    values.setdefault("region_code", bureau.region_code)
    return {}, {**values, "code": code.short, "credit_code": code.long}


def places(session: Session) -> set[str]:
    """Return the codes of regions an organisation may lie in; headings such as 省直辖县级行政区划 are none."""
    return {code for code, _ in reading.province_regions(session) if not code.endswith(HEADING)}


def place_errors(
    session: Session, kind: OrganizationKind, region: str, bureau: Organization, *, moves: bool = True
) -> dict[str, str]:
    """Check that the office named above looks after the region, and that a bureau is the only one of its own.

    Args:
        session: must run inside ``unscoped``.
        kind: of the organisation.
        region: where it lies.
        bureau: its 同级人社部门.
        moves: whether the region is new to it; a bureau's own is not taken by itself.
    """
    asked = KINDS[kind]
    place = asked.field("region_code")
    if place is None:
        return {}
    errors: dict[str, str] = {}
    span = region_range(bureau.region_code, bureau.kind)
    above = bureau.kind is OrganizationKind.PROVINCE or (span is not None and span[0] <= region < span[1])
    if asked.kind is OrganizationKind.BUREAU:
        used = used_region(session, region) if moves else None
        if used:
            errors["region_code"] = used
        if not above or bureau.region_code == region:
            errors["bureau_id"] = (
                f"“{_label(asked, 'bureau_id')}”须是“{place.label}”的上一级：区县局选所在市的人社局，"
                "市局和省直管县选省人社厅"
            )
    elif not above:
        errors["bureau_id"] = (
            f"“{_label(asked, 'bureau_id')}”不管理所选的“{place.label}”，请检查这两项：可选该区域的人社局、"
            "所在市的人社局或省人社厅"
        )
    return errors


def _label(asked: RegistrationKind, name: str) -> str:
    field: Field | None = asked.field(name)
    return field.label if field else name
