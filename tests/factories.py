"""Rows for tests, one function each; whatever a test does not name is filled in sensibly.

All people are invented. A status is put by a Core UPDATE together with the columns that status asks for: fixtures are
states, not stories, and the workflow refuses assignment.
"""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

from sqlalchemy import func, select

from models import (
    Account,
    Certificate,
    Claim,
    ClaimAttachment,
    ClaimKindVersion,
    LedgerEntry,
    LoginSession,
    Organization,
    OrganizationChange,
    Person,
    PersonCorrection,
    Transfer,
    YearSummary,
)
from models.enums import DECIDED, DECLARED_OR_LATER, ClaimStatus
from models.identifiers import birth_date_of, make_citizen_id, make_organization_code, sex_of
from services.sessions import hash_of

YEAR = 2026
TODAY = dt.date(2026, 11, 24)
MOMENT = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def number():
    """Return a number no other row of this run has."""
    return next(_numbers)


def citizen_id():
    """Return the citizen id of a new invented person."""
    serial = number()
    birth = dt.date(1970, 1, 1) + dt.timedelta(days=serial // 1000)
    return make_citizen_id("410101", birth, serial % 1000)


def put_status(session, row, status, **columns):
    """Put a stored row into a state, past the workflow (see above)."""
    table = type(row).__table__
    session.flush()
    values = {row.__status__: status, **columns}
    session.execute(table.update().where(table.c.id == row.id).values(values))
    session.expire(row)
    return row


def make_organization(
    session, name, kind, region=None, *, bureau=None, authority=None, status="active", **columns
):
    row = Organization(
        name=name,
        kind=kind,
        code=make_organization_code(number()),
        region_code=region,
        bureau_id=bureau.id if bureau else None,
        authority_id=authority.id if authority else None,
        **columns,
    )
    session.add(row)
    session.flush()
    return row if status == "pending" else put_status(session, row, status)


def make_person(session, name, employer, *, state="in_service", **columns):
    identifier = columns.pop("citizen_id", None) or citizen_id()
    row = Person(
        citizen_id=identifier,
        name=name,
        sex=sex_of(identifier),
        birth_date=dt.date(1980, 1, 1),
        employer_id=employer.id,
        region_code=employer.region_code,
        authority_id=employer.authority_id,
        **columns,
    )
    session.add(row)
    session.flush()
    if state == "pending":
        return row
    return put_status(session, row, state, left_on=TODAY if state in ("left", "retired") else None)


def make_account(session, *, person=None, organization=None, status="active", **columns):
    """Make the login of a professional (``person``) or of an administrator (``organization``)."""
    owner = person or organization
    row = Account(
        user_type="person" if person else str(organization.kind),
        person_id=person.id if person else None,
        organization_id=None if person else organization.id,
        citizen_id=columns.pop("citizen_id", None) or (person.citizen_id if person else citizen_id()),
        real_name=columns.pop("real_name", None) or (owner.name if person else f"{owner.name}管理员"),
        approver_id=columns.pop("approver_id", person.employer_id if person else organization.bureau_id),
        password="!",
        fs_uniquifier=f"session-{number()}",
        **columns,
    )
    session.add(row)
    session.flush()
    if status == "pending":
        return row
    decided = {"decided_at": MOMENT, "decided_by_id": row.id} if status != "withdrawn" else {}
    return put_status(
        session,
        row,
        status,
        reason="材料不全" if status in ("rejected", "disabled", "removed") else None,
        **decided,
    )


def make_session(account, **columns):
    """Make a login that goes on, unused since :data:`MOMENT`; its key is :func:`session_key`'s."""
    return LoginSession(
        account_id=account.id,
        key_hash=hash_of(session_key(account.id)),
        address="192.0.2.1",
        device="Chrome · Windows",
        **{"created_at": MOMENT, "last_seen_at": MOMENT, **columns},
    )


def session_key(account_id):
    """Return the key of the login :func:`make_session` makes, as a cookie has it."""
    return f"session-of-{account_id}"


def make_attachment(session, claim, account, **columns):
    serial = number()
    row = ClaimAttachment(
        claim_id=claim.id if claim else None,
        uploaded_by_id=account.id,
        filename=columns.pop("filename", f"证明{serial}.pdf"),
        mime="application/pdf",
        size=1024,
        sha256=f"{serial:064x}",
        media_key=f"media-{serial}",
        **columns,
    )
    session.add(row)
    session.flush()
    return row


def make_claim(
    session, person, *, status=ClaimStatus.DRAFT, proof=True, approver=None, registered_by=None, **columns
):
    """Make a claim of ``person`` in any state.

    Args:
        session: where.
        person: whose.
        status: its state; the columns the state asks for are filled in.
        proof: whether it gets an attachment.
        approver: the office it is or will be declared to; the employer's bureau when left out.
        registered_by: the administrator's account that registered it for the person.
        **columns: anything else.
    """
    version = session.scalars(select(ClaimKindVersion).order_by(ClaimKindVersion.id)).first()
    somebody = session.scalar(select(func.min(Account.id)))
    status = ClaimStatus(status)
    state = {
        name: columns.pop(name)
        for name in ("awarded_hours", "decided_by_id", "declared_by_id", "reason")
        if name in columns
    }
    values = {
        "credit_year": YEAR,
        "subject": "specialty",
        "title": f"申报{number()}",
        "start_date": dt.date(2026, 3, 1),
        "end_date": dt.date(2026, 3, 2),
        "complete": True,
        "evidence_key": f"evidence-{number()}",
        "computed_hours": Decimal(20),
        "rule_code": "test.rule",
        "rule_version": 1,
        **columns,
    }
    claim = Claim(
        person_id=person.id,
        employer_id=person.employer_id,
        region_code=person.region_code,
        authority_id=person.authority_id,
        kind_id=version.kind_id,
        kind_version_id=version.id,
        registered_by_id=registered_by.id if registered_by else None,
        approver_id=approver.id if approver else None,
        **values,
    )
    session.add(claim)
    session.flush()
    if proof:
        uploader = session.scalar(select(Account).where(Account.person_id == person.id))
        make_attachment(session, claim, registered_by or uploader or session.get(Account, somebody))
    if status in DECLARED_OR_LATER:
        state = {
            "declared_by_id": somebody,
            "declared_at": MOMENT,
            "approver_id": approver.id
            if approver
            else session.get(Organization, person.employer_id).bureau_id,
            **state,
        }
    if status in DECIDED:
        state = {"decided_by_id": somebody, "decided_at": MOMENT, **state}
    if status in (ClaimStatus.RETURNED, ClaimStatus.REJECTED):
        state.setdefault("reason", "材料不全")
    if status in (ClaimStatus.APPROVED, ClaimStatus.REVOKED):
        state.setdefault("awarded_hours", values["computed_hours"])
    if status is ClaimStatus.REVOKED:
        state |= {"revoked_by_id": somebody, "revoked_at": MOMENT, "revoked_reason": "材料不实"}
    return claim if status is ClaimStatus.DRAFT and not state else put_status(session, claim, status, **state)


def _of_person(person, year):
    return {
        "person_id": person.id,
        "employer_id": person.employer_id,
        "region_code": person.region_code,
        "authority_id": person.authority_id,
        "credit_year": year,
    }


def make_entry(session, person, source, account, *, reversal_of=None, year=YEAR):
    """Make the ledger entry of an approved claim or grade, or the reversal of one."""
    of_claim = isinstance(source, Claim)
    hours = source.awarded_hours if of_claim else source.hours
    row = LedgerEntry(
        **_of_person(person, year),
        subject=source.subject,
        kind="reversal" if reversal_of else "posting",
        hours=-hours if reversal_of else hours,
        source_type="claim" if of_claim else "grade",
        source_id=source.id,
        reversal_of_id=reversal_of.id if reversal_of else None,
        posted_by_id=account.id,
    )
    session.add(row)
    session.flush()
    return row


def make_summary(session, person, *, year=YEAR, **columns):
    row = YearSummary(**_of_person(person, year), **columns)
    session.add(row)
    session.flush()
    return row


def make_certificate(session, person, account, *, year=YEAR, revoked=False):
    serial = number()
    row = Certificate(
        **_of_person(person, year),
        number=f"测试证书{serial}",
        snapshot={"name": person.name},
        seal="0" * 64,
        issued_by_id=account.id,
        status="revoked" if revoked else "valid",
        revoked_at=MOMENT if revoked else None,
        revoked_reason="重复发证" if revoked else None,
    )
    session.add(row)
    session.flush()
    return row


def make_change(session, organization, *, status="pending", filed_by=None, **columns):
    """Make a request to change an organisation, by default its name, at the office that decides it."""
    asks = {
        "code",
        "credit_code",
        "region_code",
        "bureau_id",
        "authority_id",
        "no_authority",
    } & columns.keys()
    if not asks:
        columns.setdefault("name", f"新名称{number()}")
    if "name" in columns:
        columns.setdefault("name_initials", "xmc")
    somebody = session.scalar(select(Account.id).where(Account.organization_id == organization.id).limit(1))
    row = OrganizationChange(
        organization_id=organization.id,
        approver_id=columns.pop("approver_id", None) or columns.get("bureau_id") or organization.bureau_id,
        filed_by_id=filed_by.id if filed_by else somebody,
        changes={"name": ["名称", organization.name, columns.get("name", "")]},
        **columns,
    )
    session.add(row)
    session.flush()
    return _decided(session, row, status, filed_by or session.get(Account, row.filed_by_id))


def _decided(session, row, status, account):
    if status in ("approved", "rejected"):
        reason = "材料不全" if status == "rejected" else None
        return put_status(session, row, status, decided_by_id=account.id, decided_at=MOMENT, reason=reason)
    return row if status == "pending" else put_status(session, row, status)


def make_transfer(
    session, person, employer, account, *, old=None, status="pending", by_employer=False, **columns
):
    """Make a transfer of ``person`` to ``employer`` started by ``account``, who also decides it where it is decided."""
    old = old or session.get(Organization, person.employer_id)
    row = Transfer(
        person_id=person.id,
        person_name=person.name,
        citizen_id=person.citizen_id,
        from_employer_id=old.id,
        from_name=old.name,
        from_region_code=old.region_code,
        from_authority_id=old.authority_id,
        to_employer_id=employer.id,
        to_name=employer.name,
        to_region_code=employer.region_code,
        to_authority_id=employer.authority_id,
        start_date=columns.pop("start_date", TODAY),
        explanation=columns.pop("explanation", "工作需要"),
        started_by_id=account.id,
        started_by_organization_id=old.id if by_employer else None,
        **columns,
    )
    session.add(row)
    session.flush()
    return _decided(session, row, status, account)


def make_correction(session, person, account, *, status="pending", by_employer=False, **columns):
    """Make a correction of ``person`` started by ``account``; of the name where nothing else is named."""
    number = columns.pop("new_citizen_id", person.citizen_id)
    row = PersonCorrection(
        person_id=person.id,
        employer_id=person.employer_id,
        old_name=person.name,
        new_name=columns.pop("new_name", f"{person.name}改"),
        old_citizen_id=person.citizen_id,
        new_citizen_id=number,
        new_sex=sex_of(number),
        new_birth_date=birth_date_of(number),
        explanation=columns.pop("explanation", "登记有误"),
        scan_key=columns.pop("scan_key", "0" * 32),
        scan_mime="image/png",
        scan_name="身份证.png",
        started_by_id=account.id,
        started_by_organization_id=person.employer_id if by_employer else None,
        **columns,
    )
    session.add(row)
    session.flush()
    return _decided(session, row, status, account)
