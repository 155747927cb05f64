"""A certificate's life along with its hours: issued, revoked when they fall, issued anew when they are there again."""

from __future__ import annotations

from decimal import Decimal

from factories import YEAR, make_claim, make_person
from sqlalchemy import select
from stage import REASON

from models import Certificate, JournalEntry, Organization, YearSummary
from models.enums import CertificateStatus, YearState
from services import certificate_issuing, certificate_years, verification

URL = "http://localhost"


def issue(stage, summary):
    with stage.acting("hospital_admin") as (session, actor):
        return certificate_issuing.issue(session, actor, [summary.id], public_url=URL)


def state(stage, summary):
    """Return the state as a row shows it; the condition of the list must say the same, and no other."""
    latest = certificate_years.latest_certificates(stage.system, [summary])[summary.id]
    listed = [
        one
        for one in YearState
        if stage.system.scalar(
            select(YearSummary.id).where(YearSummary.id == summary.id, certificate_years.condition(one))
        )
    ]
    shown = certificate_years.state_of(summary, latest)
    assert listed == [shown]
    return shown


def test_a_certificate_falls_with_its_hours_and_a_new_one_is_issued_when_they_are_there_again(stage):
    hospital = stage.row(Organization, "hospital")
    person = make_person(stage.system, "新人", hospital)
    public, specialty, again = (
        make_claim(stage.system, person, status="declared", subject=subject, computed_hours=Decimal(hours))
        for subject, hours in (("public", 30), ("specialty", 60), ("specialty", 60))
    )
    stage.fire("jinshui_admin", "approve", public)
    summary = stage.summary(person, YEAR)
    assert state(stage, summary) is YearState.LACKING
    assert issue(stage, summary).refused == [("新人 2026 年度", "专业 差 60 学时")]
    stage.fire("jinshui_admin", "approve", specialty)
    assert state(stage, summary) is YearState.READY
    (first,) = issue(stage, summary).numbers
    assert state(stage, summary) is YearState.ISSUED
    assert issue(stage, summary).refused == [("新人 2026 年度", "已制发证书，请直接打印")]

    stage.fire("jinshui_admin", "revoke", specialty, reason=REASON)
    assert state(stage, summary) is YearState.REVOKED
    revoked = stage.system.scalars(select(Certificate).where(Certificate.number == first)).one()
    (entry,) = stage.system.scalars(
        select(JournalEntry).where(
            JournalEntry.object_type == "certificate",
            JournalEntry.object_id == revoked.id,
            JournalEntry.action == "revoke",
        )
    )
    assert (entry.from_status, entry.to_status, entry.on_behalf_of_id) == ("valid", "revoked", person.id)
    assert REASON in entry.reason
    assert entry.actor_id == stage.actor("jinshui_admin").account_id
    assert issue(stage, summary).refused == [("新人 2026 年度", "专业 差 60 学时")]

    stage.fire("jinshui_admin", "approve", again)
    assert state(stage, summary) is YearState.READY
    (second,) = issue(stage, summary).numbers
    assert second != first
    assert state(stage, summary) is YearState.ISSUED
    verified = [verification.verify(stage.system, number).status for number in (first, second)]
    assert verified == [CertificateStatus.REVOKED, CertificateStatus.VALID]
