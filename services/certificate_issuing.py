"""Issuing certificates, set-based: judged in two statements, numbered, sealed and stored in a few more, however many they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from sqlalchemy import insert, select

from models import Certificate, CertificateSerial, Organization, Person, YearSummary
from models.base import now, today
from models.enums import CertificateOrder, CertificateStatus, Labelled, OrganizationKind
from models.identifiers import mask_citizen_id
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import certificate_templates, journal
from services.certificate_fields import LABELS, CertificateFields
from services.certificate_layout import lacking
from services.certificate_number import make_number
from services.certificate_seal import seal
from services.certificate_stamping import NEW_FONT
from services.years import shortfall
from workflow.postings import upsert
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.certificate_layout import Layout


class Verdict(Labelled):
    """What can be done for a person-year, and what a preview calls those of whom it holds."""

    ISSUABLE = "issuable", "学时齐全，可以制发"
    ISSUED = "issued", "已有有效证书"
    LACKING = "lacking", "学时未齐"
    ELSEWHERE = "elsewhere", "已由调入前的单位制发"
    UNPRINTABLE = "unprintable", "证书字体没有其中的字"


PASSING: Mapping[CertificateOrder, frozenset[Verdict]] = {
    CertificateOrder.ISSUE: frozenset({Verdict.ISSUABLE}),
    CertificateOrder.PRINT: frozenset({Verdict.ISSUED}),
    CertificateOrder.BOTH: frozenset({Verdict.ISSUABLE, Verdict.ISSUED}),
}
"""What an order is carried out for."""
WRONG_ORDER = {
    Verdict.ISSUABLE: "学时齐全，还没有制发证书，请选“办理并打印”",
    Verdict.ISSUED: "已制发证书，请直接打印",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A person-year and what can be done for it.

    Attributes:
        row: its figures and names.
        verdict: see there.
        reason: why an order is refused for it, in words for the user; empty where it is not.
        certificate_id: the valid certificate.
    """

    row: Any
    verdict: Verdict
    reason: str = ""
    certificate_id: int | None = None

    @property
    def label(self) -> str:
        """Return whom and which year it is about."""
        return f"{self.row.person_name} {self.row.credit_year} 年度"


@dataclass(frozen=True, slots=True)
class IssueReport:
    """What became of a request to issue.

    Attributes:
        issued: key of the new certificate by key of the year summary.
        numbers: numbers of the new certificates.
        refused: (who and year, why not) of the others.
    """

    issued: dict[int, int]
    numbers: list[str]
    refused: list[tuple[str, str]]


def judge(
    session: Session, actor: Actor, ids: Sequence[int], order: CertificateOrder, *, lock: bool = False
) -> list[Judged]:
    """Tell for each person-year of the actor's scope what an order would do, in person and year order.

    Args:
        session: any session.
        actor: an employer's administrator.
        ids: keys of year summaries; those out of scope are not mentioned.
        order: what is asked for.
        lock: whether the years are held until the commit.
    """
    with unscoped(session, "certificates are one per person and year, whoever issued them"):
        found = _years(session, actor, ids)
        if lock:
            # The order in which hours are posted to summaries; two administrators at once queue up behind each other.
            found = found.with_for_update(of=YearSummary)
        rows = session.execute(found).all()
        # Asked after the lock: what somebody else issued meanwhile is seen.
        valid = _valid(session, ids)
        [layout] = certificate_templates.layouts_of(session, [certificate_templates.current_id(session)])
    return [_judged(row, valid.get((row.person_id, row.credit_year)), order, layout) for row in rows]


def issue(
    session: Session,
    actor: Actor,
    summary_ids: Sequence[int],
    *,
    public_url: str,
    request_id: str | None = None,
) -> IssueReport:
    """Issue certificates for complete person-years that have none. The caller commits.

    Args:
        session: any session.
        actor: an employer's administrator.
        summary_ids: keys of year summaries; those out of the actor's scope are not mentioned.
        public_url: address of the system, without a slash at the end, for the QR code.
        request_id: for the journal.

    Raises:
        sqlalchemy.exc.IntegrityError: somebody stored one of them in the same moment; the caller rolls back.
    """
    judged = judge(session, actor, summary_ids, CertificateOrder.ISSUE, lock=True)
    refused = [(one.label, one.reason) for one in judged if one.reason]
    issued = store(session, actor, [one.row for one in judged if not one.reason], public_url, request_id)
    return IssueReport(
        {key: row.id for key, row in issued.items()}, [row.number for row in issued.values()], refused
    )


def store(
    session: Session, actor: Actor, rows: Sequence[Any], public_url: str, request_id: str | None
) -> dict[int, Any]:
    """Number, seal and store the certificates of judged rows; return (id, number) by key of the summary."""
    if not rows:
        return {}
    with unscoped(session, "numbering is over everybody; the rows carry the actor's own expression"):
        office = session.scalar(
            select(Organization.name).where(Organization.kind == OrganizationKind.PROVINCE)
        )
        values = _values(session, actor, rows, office or "", public_url)
        table = Certificate.__table__
        stored = session.execute(
            insert(table).returning(table.c.id, table.c.number, table.c.person_id, table.c.credit_year),
            values,
        ).all()
        journal.record_each(
            session,
            actor,
            "certificate",
            ((row.id, row.person_id, "issue", {"number": row.number}) for row in stored),
            request_id=request_id,
        )
    by_year = {(row.person_id, row.credit_year): row for row in stored}
    return {row.summary_id: by_year[row.person_id, row.credit_year] for row in rows}


def _years(session: Session, actor: Actor, ids: Sequence[int]) -> Select[Any]:
    summary = YearSummary
    found: Any = (
        select(
            summary.id.label("summary_id"), summary.person_id, summary.credit_year, summary.employer_id,
            summary.region_code, summary.authority_id, summary.public_hours, summary.specialty_hours,
            summary.specialty_completions, summary.required_public, summary.required_specialty,
            summary.required_total, summary.complete, Person.name.label("person_name"), Person.sex,
            Person.citizen_id, Organization.name.label("employer_name"),
        )
        .join(Person, Person.id == summary.person_id)
        .join(Organization, Organization.id == summary.employer_id)
        .where(summary.id.in_(keys(session, ids)), permissions.rows(actor, Verb.ISSUE, summary))
        .order_by(summary.person_id, summary.credit_year)
    )  # fmt: skip
    return cast("Select[Any]", found)


def _valid(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], Any]:
    """Return the valid certificates of the people concerned, by person and year."""
    people = select(YearSummary.person_id).where(YearSummary.id.in_(keys(session, ids)))
    found = session.execute(
        select(Certificate.id, Certificate.person_id, Certificate.credit_year, Certificate.employer_id).where(
            Certificate.person_id.in_(people), Certificate.status == CertificateStatus.VALID
        )
    )
    return {(row.person_id, row.credit_year): row for row in found}


def _judged(row: Any, certificate: Any, order: CertificateOrder, layout: Layout) -> Judged:
    if certificate is not None and certificate.employer_id != row.employer_id:
        return Judged(row, Verdict.ELSEWHERE, "已由调入前的单位制发证书，可由该单位或本人打印")
    if certificate is not None:
        verdict, key, reason = Verdict.ISSUED, certificate.id, ""
    elif not row.complete:
        verdict, key, reason = Verdict.LACKING, None, "；".join(shortfall(row)) or "该年度没有学时要求"
    else:
        verdict, key = Verdict.ISSUABLE, None
        if reason := _unprintable(row, layout):
            verdict = Verdict.UNPRINTABLE
    if not reason and verdict not in PASSING[order]:
        reason = WRONG_ORDER[verdict]
    return Judged(row, verdict, reason, key)


def _unprintable(row: Any, layout: Layout) -> str:
    """Return what the fonts of the template it would be issued with do not have."""
    for field, text in (("name", row.person_name), ("employer_name", row.employer_name)):
        if unknown := lacking(layout, field, text):
            return f"{LABELS[field]}中的“{unknown}”无法打印：现行证书模板的字体没有这个字，{NEW_FONT}"
    return ""


def _values(
    session: Session, actor: Actor, rows: Sequence[Any], office: str, public_url: str
) -> list[dict[str, Any]]:
    """Return what is stored, numbered without a gap within year and region."""
    counts = Counter((row.credit_year, row.region_code) for row in rows)
    # In one order for everybody: who needs two counters waits for the first before he takes the second.
    serials = {group: _take_serials(session, *group, count) for group, count in sorted(counts.items())}
    template_id = certificate_templates.current_id(session)
    moment, day, values = now(), today(), []
    for row in rows:
        group = row.credit_year, row.region_code
        number = make_number(*group, serials[group])
        serials[group] += 1
        snapshot = CertificateFields(
            number=number,
            name=row.person_name,
            sex=row.sex.label,
            masked_citizen_id=mask_citizen_id(row.citizen_id),
            employer_name=row.employer_name,
            credit_year=row.credit_year,
            public_hours=row.public_hours,
            specialty_hours=row.specialty_hours,
            total_hours=row.public_hours + row.specialty_hours,
            issuing_office=office,
            issued_on=day,
            verify_url=f"{public_url}/verify/{quote(number)}",
        ).as_snapshot()
        values.append(
            {
                "number": number,
                "person_id": row.person_id,
                "employer_id": row.employer_id,
                "region_code": row.region_code,
                "authority_id": row.authority_id,
                "credit_year": row.credit_year,
                "template_id": template_id,
                "snapshot": snapshot,
                "seal": seal(snapshot),
                "issued_by_id": actor.account_id,
                "issued_at": moment,
            }
        )
    return values


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
