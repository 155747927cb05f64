"""Asking for what an organisation may not change by itself (docs/decisions/0017): name, code, region, offices above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, select
from sqlalchemy.exc import IntegrityError

from models import Account, Notice, Organization, OrganizationChange, Region
from models.base import label_of
from models.enums import AccountStatus, OrganizationKind, OrganizationStatus, RequestStatus
from models.identifiers import IdentifierError, clean_organization_code
from permissions.wall import unscoped
from services import journal, own_organization, registration_organizations
from services.errors import InputError
from services.registration import initials
from services.typed_text import too_long, visible
from workflow import engine
from workflow.organization_change import OFFICES, ORGANIZATION_CHANGE
from workflow.organization_effects import below

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

NAMES_AUTHORITY = (OrganizationKind.EMPLOYER, OrganizationKind.INSTITUTION)
HAS_REGION = (OrganizationKind.EMPLOYER, OrganizationKind.INSTITUTION, OrganizationKind.BUREAU)
NOTE_LENGTH = 500
SHOWN = 5
WAITING = "已有一份变更申请在等候审核，请等候结果，或先撤回再重新申请"
TAKEN = "该机构代码已被其他机构登记，请逐位对照证书核对；确为本单位的，请联系同级人社部门"


@dataclass(frozen=True, slots=True)
class ChangeInput:
    """What an organisation wants to be, as typed; what equals the present is no change."""

    name: str
    code: str
    region_code: str | None
    bureau_id: int | None
    authority_id: int | None
    note: str = ""
    scan: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its organisation sees it.

    Attributes:
        key: its key.
        changes: label, old and new text of each change.
        status: its state, since ``since``.
        holder: the office that decides it.
        reason: what that office said.
    """

    key: int
    changes: list[list[str]]
    status: RequestStatus
    since: datetime
    holder: str
    reason: str
    note: str


def asked(session: Session, actor: Actor) -> list[Asked]:
    """Return the latest requests of the organisation administered, the newest first."""
    with unscoped(session, "one's own requests name the office that holds them"):
        rows = session.execute(
            select(OrganizationChange, Organization.name)
            .join(Organization, Organization.id == OrganizationChange.approver_id)
            .where(OrganizationChange.organization_id == actor.organization_id)
            .order_by(OrganizationChange.id.desc())
            .limit(SHOWN)
        ).all()
        return [
            Asked(
                row.id,
                list(row.changes.values()),
                row.status,
                row.status_since,
                holder,
                row.reason or "",
                row.note,
            )
            for row, holder in rows
        ]


def file(session: Session, actor: Actor, typed: ChangeInput, *, request_id: str | None = None) -> int:
    """Ask for a change; return the key of the request. The caller commits.

    Args:
        session: the actor's session.
        actor: an administrator of the organisation.
        typed: what the organisation wants to be.
        request_id: for the journal.

    Raises:
        InputError: by field; nothing was stored.
    """
    row = own_organization.own(session, actor)
    if row.bureau_id is None:
        raise InputError({"": "本机构没有上级审核机构，名称和代码由系统运维人员维护"})
    with unscoped(session, "uniqueness, and offices that are not one's own yet"):
        if _is_waiting(session, row):
            raise InputError({"": WAITING})
        wanted = _Wanted(session, row, typed)
        if wanted.errors:
            raise InputError(wanted.errors)
        request = OrganizationChange(
            organization_id=row.id,
            filed_by_id=actor.account_id,
            approver_id=wanted.columns.get("bureau_id") or row.bureau_id,
            changes=wanted.changes,
            note=visible(typed.note),
            **wanted.columns,
        )
        session.add(request)
        try:
            session.flush()
        except IntegrityError as error:  # the other administrator was quicker
            raise InputError({"": WAITING}) from error
        key = request.id
        if "bureau_id" in wanted.columns:
            _tell_office(session, row, wanted.changes["bureau_id"][2])
        journal.record(
            session,
            actor,
            ORGANIZATION_CHANGE.name,
            key,
            "ask",
            details=wanted.changes,
            request_id=request_id,
        )
    return key


def withdraw(session: Session, actor: Actor, key: int, *, today: date, request_id: str | None = None) -> bool:
    """Take a request back; ``False`` where it was decided meanwhile, or is not one's own. The caller commits."""
    outcome = engine.fire(
        session, actor, ORGANIZATION_CHANGE, "withdraw", [key], today=today, request_id=request_id
    )
    return outcome.done == 1


def _is_waiting(session: Session, row: Organization) -> bool:
    waiting = select(OrganizationChange.id).where(
        OrganizationChange.organization_id == row.id, OrganizationChange.status == RequestStatus.PENDING
    )
    return session.scalar(waiting) is not None


def _tell_office(session: Session, row: Organization, new_bureau: str) -> None:
    """Tell the administrators of the office that an organisation of theirs wants to leave; another one decides."""
    title = f"{row.name}申请改由{new_bureau}管理"
    body = f"由{new_bureau}审核；通过后，该机构及其人员、未审批的申报和账户转由{new_bureau}管理。如有异议，请与其联系。"
    accounts = select(Account.id).where(
        Account.organization_id == row.bureau_id, Account.status == AccountStatus.ACTIVE
    )
    session.add_all(Notice(account_id=key, title=title, body=body) for key in session.scalars(accounts).all())


class _Wanted:
    """What differs from the present, checked: columns of the request, what is shown of it, sentences by field."""

    def __init__(self, session: Session, row: Organization, typed: ChangeInput) -> None:
        self.session, self.row = session, row
        self.columns: dict[str, Any] = {}
        self.changes: dict[str, list[str]] = {}
        self.errors: dict[str, str] = {}
        self._name(visible(typed.name))
        self._code(typed.code)
        if row.kind in HAS_REGION:
            self._region(typed.region_code)
        self._bureau(typed.bureau_id)
        self._place()
        if row.kind in NAMES_AUTHORITY:
            self._authority(typed.authority_id)
        if len(typed.note) > NOTE_LENGTH:
            self.errors["note"] = f"“变更说明”最多 {NOTE_LENGTH} 个字，请删减"
        self._scan(typed.scan)
        if not self.errors and not self.changes:
            self.errors[""] = "没有改动：请修改要变更的项目后再提交"

    def _put(self, field: str, old: str | None, new: str | None, **columns: Any) -> None:
        self.columns |= columns
        self.changes[field] = [label_of(Organization, field), old or "", new or ""]

    def _name(self, name: str) -> None:
        if not name:
            self.errors["name"] = "请填写“名称”"
        self.errors |= too_long({"name": ("名称", name)})
        if name != self.row.name:
            self._put("name", self.row.name, name, name=name, name_initials=initials(name))

    def _code(self, text: str) -> None:
        try:
            code = clean_organization_code(text)
        except IdentifierError as error:
            self.errors["code"] = error.sentence
            return
        before, after = self.row.credit_code or self.row.code, code.long or code.short
        if code.short != self.row.code:
            taken = select(Organization.id).where(
                Organization.code == code.short, Organization.status != OrganizationStatus.VOID
            )
            if self.session.scalar(taken) is not None:
                self.errors["code"] = TAKEN
            self._put("code", before, after, code=code.short, credit_code=code.long)
        elif code.long and code.long != self.row.credit_code:
            self._put("code", before, after, credit_code=code.long)

    def _region(self, code: str | None) -> None:
        if code == self.row.region_code:
            return
        if code not in registration_organizations.places(self.session):
            self.errors["region_code"] = "请选择“所属区域”，具体到县市"
            return
        names = {
            region.code: region.name
            for region in self.session.scalars(
                select(Region).where(Region.code.in_([code, self.row.region_code]))
            )
        }
        old = names.get(self.row.region_code or "")
        self._put("region_code", old, names[code], region_code=code)

    def _bureau(self, key: int | None) -> None:
        office = self._office(key, *OFFICES)
        if key == self.row.bureau_id:
            if office is None:
                self.errors["bureau_id"] = "现在的同级人社部门已停用，请同时改选“同级人社部门”"
        elif office is None:
            self.errors["bureau_id"] = "请选择列表中的“同级人社部门”"
        elif office.id == self.row.id or self.session.scalar(
            select(below(literal(office.id), literal(self.row.id)))
        ):
            self.errors["bureau_id"] = "“同级人社部门”不能是本机构或其下级，请重新选择"
        else:
            self._put("bureau_id", self._name_of(self.row.bureau_id), office.name, bureau_id=office.id)

    def _place(self) -> None:
        """Ask of a new place what registration asks of the first; an authority lies where its office does."""
        if self.errors or not {"region_code", "bureau_id"} & self.columns.keys():
            return
        bureau = self.session.get_one(Organization, self.columns.get("bureau_id", self.row.bureau_id))
        if self.row.kind is OrganizationKind.AUTHORITY:
            self.columns["region_code"] = bureau.region_code
            return
        region = self.columns.get("region_code") or self.row.region_code or ""
        self.errors |= registration_organizations.place_errors(
            self.session, self.row.kind, region, bureau, moves="region_code" in self.columns
        )

    def _authority(self, key: int | None) -> None:
        if key == self.row.authority_id:
            return
        office = self._office(key, OrganizationKind.AUTHORITY)
        if key and office is None:
            self.errors["authority_id"] = "请选择列表中的“行业主管部门”，没有的可不选"
            return
        columns = {"authority_id": office.id} if office else {"no_authority": True}
        self._put(
            "authority_id", self._name_of(self.row.authority_id), office.name if office else None, **columns
        )

    def _scan(self, scan: tuple[str, str] | None) -> None:
        if scan is not None:
            self.columns |= {"certificate_key": scan[0], "certificate_mime": scan[1]}
        elif {"name", "code"} & self.changes.keys():
            self.errors["scan"] = "更改名称或机构代码须上传新的机构代码证扫描件"

    def _office(self, key: int | None, *kinds: OrganizationKind) -> Organization | None:
        office = self.session.get(Organization, key) if key else None
        fits = office is not None and office.kind in kinds and office.status is OrganizationStatus.ACTIVE
        return office if fits else None

    def _name_of(self, key: int | None) -> str | None:
        return self.session.scalar(select(Organization.name).where(Organization.id == key)) if key else None
