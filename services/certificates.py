"""Issuing, printing and verifying certificates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import insert, select, update

from models import Certificate, CertificateSerial, Organization, Person, YearSummary, crypto
from models.base import now, today
from models.enums import CertificateStatus, OrganizationKind
from models.identifiers import mask_citizen_id
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.certificate_number import make_number, parse_number
from services.certificate_pdf import CertificateFields, missing_characters, render_many
from services.years import shortfall
from workflow.postings import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

SEAL = "certificate"


@dataclass(frozen=True, slots=True)
class IssueReport:
    """What became of a request to issue.

    Attributes:
        numbers: numbers of new certificates.
        refused: (who and year, why not) of the others.
    """

    numbers: list[str]
    refused: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verifier is told. ``status`` is ``None`` for 无效: unknown, forged or altered."""

    status: CertificateStatus | None
    fields: list[tuple[str, str]]
    reason: str | None = None
    moment: datetime | None = None


def issue(
    session: Session,
    actor: Actor,
    summary_ids: Sequence[int],
    *,
    public_url: str,
    request_id: str | None = None,
) -> IssueReport:
    """Issue certificates for complete person-years that have none.

    Args:
        session: any session.
        actor: an employer's administrator.
        summary_ids: keys of year summaries.
        public_url: address of the system, without a slash at the end, for the QR code.
        request_id: for the journal.

    Returns:
        New numbers, and who was refused why; ids out of the actor's scope are not mentioned.
    """
    numbers: list[str] = []
    refused: list[tuple[str, str]] = []
    with unscoped(session, "numbering is over everybody; the rows carry the actor's own expression"):
        rows = _candidates(session, actor, summary_ids)
        valid = _already_issued(session, rows)
        office = (
            session.scalar(select(Organization.name).where(Organization.kind == OrganizationKind.PROVINCE))
            or ""
        )
        fit: list[Any] = []
        for row in rows:
            why = _refusal(row, valid)
            if why:
                refused.append((f"{row.Person.name} {row.YearSummary.credit_year} 年度", why))
            else:
                fit.append(row)
        for (year, region), group in _grouped(fit).items():
            first = _take_serials(session, year, region, len(group))
            for offset, row in enumerate(group):
                number = make_number(year, region, first + offset)
                _insert(session, actor, row, number, office, public_url)
                numbers.append(number)
        session.flush()
        for certificate in session.scalars(select(Certificate).where(Certificate.number.in_(numbers))):
            journal.record(
                session, actor, "certificate", certificate.id, "issue", details={"number": certificate.number},
                on_behalf_of_id=certificate.person_id, request_id=request_id,
            )  # fmt: skip
    return IssueReport(numbers, refused)


def _candidates(session: Session, actor: Actor, ids: Sequence[int]) -> Sequence[Any]:
    statement = (
        select(YearSummary, Person, Organization)
        .join(Person, Person.id == YearSummary.person_id)
        .join(Organization, Organization.id == YearSummary.employer_id)
        .where(YearSummary.id.in_(ids), permissions.rows(actor, Verb.ISSUE, YearSummary))
        .order_by(YearSummary.id)
        .with_for_update(of=YearSummary)  # two administrators at once: the second waits, then finds it issued
    )
    return session.execute(statement).all()


def _already_issued(session: Session, rows: Sequence[Any]) -> set[tuple[int, int]]:
    people = {row.YearSummary.person_id for row in rows}
    found = session.execute(
        select(Certificate.person_id, Certificate.credit_year).where(
            Certificate.person_id.in_(people), Certificate.status == CertificateStatus.VALID
        )
    )
    return {(row.person_id, row.credit_year) for row in found}


def _refusal(row: Any, valid: set[tuple[int, int]]) -> str | None:
    summary, person, employer = row.YearSummary, row.Person, row.Organization
    if not summary.complete:
        return "；".join(shortfall(summary)) or "该年度没有学时要求"
    if (summary.person_id, summary.credit_year) in valid:
        return "已制发证书，请直接打印"
    for label, text in (("姓名", person.name), ("单位名称", employer.name)):
        unknown = missing_characters(text)
        if unknown:
            return f"{label}中的“{unknown}”无法打印，请联系系统管理员补充字库"
    return None


def _grouped(rows: Sequence[Any]) -> dict[tuple[int, str], list[Any]]:
    groups: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        groups.setdefault((row.YearSummary.credit_year, row.YearSummary.region_code), []).append(row)
    return dict(sorted(groups.items()))


def _take_serials(session: Session, year: int, region: str, count: int) -> int:
    """Reserve serials in the running transaction and return the first; a rollback gives them back."""
    table: Any = CertificateSerial.__table__
    statement = upsert(session, table).values(credit_year=year, region_code=region, last=count)
    last = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["credit_year", "region_code"], set_={"last": table.c.last + count}
        ).returning(table.c.last)
    )
    return int(last or count) - count + 1


def _insert(session: Session, actor: Actor, row: Any, number: str, office: str, public_url: str) -> None:
    summary, person, employer = row.YearSummary, row.Person, row.Organization
    fields = CertificateFields(
        number=number,
        name=person.name,
        sex=person.sex.label,
        masked_citizen_id=mask_citizen_id(person.citizen_id),
        employer_name=employer.name,
        credit_year=summary.credit_year,
        public_hours=summary.public_hours,
        specialty_hours=summary.specialty_hours,
        total_hours=summary.public_hours + summary.specialty_hours,
        issuing_office=office,
        issued_on=today(),
        verify_url=f"{public_url}/verify/{quote(number)}",
    )
    snapshot = fields.as_snapshot()
    session.execute(
        insert(Certificate).values(
            number=number,
            person_id=person.id,
            employer_id=employer.id,
            region_code=summary.region_code,
            authority_id=summary.authority_id,
            credit_year=summary.credit_year,
            snapshot=snapshot,
            seal=crypto.sign(SEAL, _canonical(snapshot)),
            issued_by_id=actor.account_id,
            issued_at=now(),
        )
    )


def _canonical(snapshot: dict[str, Any]) -> bytes:
    return json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def pdf(
    session: Session, actor: Actor, certificate_ids: Sequence[int], *, request_id: str | None = None
) -> tuple[bytes, list[str]]:
    """Return one PDF of the valid certificates the actor may see, and their numbers; each print is counted.

    Raises:
        LookupError: none of them may be printed.
        services.certificate_pdf.CertificateRenderError: the layout failed.
    """
    with unscoped(session, "printing counts on rows that carry the actor's own expression"):
        rows = session.scalars(
            select(Certificate)
            .where(
                Certificate.id.in_(certificate_ids),
                Certificate.status == CertificateStatus.VALID,
                permissions.rows(actor, Verb.VIEW, Certificate),
            )
            .order_by(Certificate.id)
        ).all()
        if not rows:
            raise LookupError("no certificate to print")
        document = render_many([CertificateFields.from_snapshot(row.snapshot) for row in rows])
        keys = [row.id for row in rows]
        numbers = [row.number for row in rows]
        session.execute(
            update(Certificate)
            .where(Certificate.id.in_(keys))
            .values(print_count=Certificate.print_count + 1)
        )
        for row in rows:
            journal.record(
                session, actor, "certificate", row.id, "print", details={"number": row.number},
                on_behalf_of_id=row.person_id, request_id=request_id,
            )  # fmt: skip
    return document, numbers


def verify(session: Session, text: str) -> Verification:
    """Tell anybody whether a certificate number is genuine. A changed snapshot or number is 无效."""
    parts = parse_number(text)
    if parts is None:
        return Verification(None, [])
    normalised = make_number(*parts)
    with unscoped(session, "anybody may verify a number he holds"):
        found = session.scalars(select(Certificate).where(Certificate.number == normalised)).first()
        if found is None or not crypto.verify(SEAL, _canonical(found.snapshot), found.seal):
            return Verification(None, [])
        snapshot = found.snapshot
        if snapshot["number"] != found.number or snapshot["credit_year"] != found.credit_year:
            return Verification(None, [])
        return Verification(found.status, _shown(snapshot), found.revoked_reason, found.revoked_at)


def _shown(snapshot: dict[str, Any]) -> list[tuple[str, str]]:
    hours = {"public_hours": "公需科目", "specialty_hours": "专业科目", "total_hours": "合计"}
    return [
        ("证书编号", snapshot["number"]),
        ("姓名", snapshot["name"]),
        ("性别", snapshot["sex"]),
        ("身份证号", snapshot["masked_citizen_id"]),
        ("工作单位", snapshot["employer_name"]),
        ("年度", f"{snapshot['credit_year']} 年度"),
        *((label, f"{snapshot[key]} 学时") for key, label in hours.items()),
        ("发证机关", snapshot["issuing_office"]),
        ("发证日期", snapshot["issued_on"]),
    ]
