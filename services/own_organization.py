"""单位信息管理, 施教机构信息维护: what an organisation changes about itself at once, and what is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import DictionaryItem, Organization
from models.base import label_of
from models.enums import OrganizationKind
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.typed_text import too_long, unknown_codes, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

LINES = ("address", "contact", "phone")
INDUSTRY = {"industry_code": ("所属行业", "industry")}
CODES: dict[OrganizationKind, dict[str, tuple[str, str]]] = {
    OrganizationKind.EMPLOYER: {
        "nature_code": ("单位性质", "unit_nature"),
        "affiliation_code": ("隶属关系", "affiliation"),
        "level_code": ("单位级别", "unit_level"),
        **INDUSTRY,
    },
    OrganizationKind.INSTITUTION: {"level_code": ("培训机构级别", "institution_level"), **INDUSTRY},
}
"""Label and dictionary of the codes each kind may change; the industry of an authority is what makes it one."""
SCAN = "certificate"
"""What a new scan is called in a diff."""


def own(session: Session, actor: Actor) -> Organization:
    """Return the organisation administered.

    Raises:
        InputError: there is none that the actor may maintain.
    """
    row = session.get(Organization, actor.organization_id) if actor.organization_id else None
    if row is None or not permissions.allows(session, actor, Verb.MAINTAIN, row):
        raise InputError({"": "您没有维护机构信息的权限"})
    return row


def codes_of(kind: OrganizationKind) -> dict[str, tuple[str, str]]:
    """Return label and dictionary of the codes a kind of organisation may change, by column."""
    return CODES.get(kind, {})


def save(
    session: Session,
    actor: Actor,
    typed: Mapping[str, str | None],
    scan: tuple[str, str] | None,
    *,
    request_id: str | None = None,
) -> dict[str, list[str]]:
    """Store what was typed and journal the difference; the caller commits.

    Args:
        session: the actor's session.
        actor: an administrator of the organisation.
        typed: text by column; columns that are not named stay.
        scan: storage key and type of a new scan of the certificate.
        request_id: for the journal.

    Returns:
        Label, old and new text by column; empty where nothing was changed.

    Raises:
        InputError: by field.
    """
    row = own(session, actor)
    codes = codes_of(row.kind)
    new = {name: visible(typed[name] or "") for name in LINES if name in typed}
    errors = too_long({name: (label_of(Organization, name), text) for name, text in new.items()})
    chosen = {name: typed[name] or None for name in codes if name in typed}
    # A code that was retired since it was chosen may stay as it is.
    changed = {name: code for name, code in chosen.items() if code != getattr(row, name)}
    errors |= unknown_codes(session, {name: (*codes[name], code) for name, code in changed.items()})
    if errors:
        raise InputError(errors)
    difference = {
        name: [label_of(Organization, name), getattr(row, name), text]
        for name, text in new.items()
        if text != getattr(row, name)
    }
    for name, code in changed.items():
        label, dictionary = codes[name]
        before = _text(session, dictionary, getattr(row, name))
        difference[name] = [label, before, _text(session, dictionary, code)]
    for name, value in (new | changed).items():
        setattr(row, name, value)
    if scan is not None:
        row.certificate_key, row.certificate_mime = scan
        difference[SCAN] = [label_of(Organization, "certificate_key"), "", "已更换"]
    if difference:
        session.flush()
        journal.record(
            session, actor, "organization", row.id, "edit", details=dict(difference), request_id=request_id
        )
    return difference


def _text(session: Session, dictionary: str, code: str | None) -> str:
    item = select(DictionaryItem.label).where(
        DictionaryItem.dictionary_code == dictionary, DictionaryItem.code == code
    )
    return (session.scalar(item) or code or "") if code else ""


def offices_above(session: Session, row: Organization) -> list[dict[str, Any]]:
    """Return the offices an organisation names, with how to reach them: label, name, phone and address."""
    named = {"bureau_id": row.bureau_id, "authority_id": row.authority_id}
    with unscoped(session, "the offices one's own organisation names"):
        offices = {
            office.id: office
            for office in session.scalars(
                select(Organization).where(Organization.id.in_([key for key in named.values() if key]))
            )
        }
        return [
            {
                "label": label_of(Organization, name),
                "name": offices[key].name,
                "phone": offices[key].phone,
                "address": offices[key].address,
            }
            for name, key in named.items()
            if key in offices
        ]
