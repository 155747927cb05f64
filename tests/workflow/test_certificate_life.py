"""A certificate's life along with its hours: issued, revoked when they fall, issued anew when they are there again."""

from __future__ import annotations

import hashlib
import io
from decimal import Decimal

from factories import YEAR, make_account, make_claim, make_correction, make_person, make_summary
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from pypdf import PdfReader
from sqlalchemy import func, select
from stage import CORRECTION, REASON

from models import Account, Certificate, CertificateTemplate, JournalEntry, Notice, Organization, YearSummary
from models.base import now
from models.enums import CertificateOrder, CertificateStatus, Revocation, YearState
from services import (
    certificate_issuing,
    certificate_printing,
    certificate_years,
    certificates_at_stake,
    verification,
)
from services.certificate_archive import packed, starter, unpacked
from services.certificate_stamping import NEW_FONT
from services.certificate_text import FONT_FOLDER
from workflow.crediting import CLAIMS

URL = "http://localhost"
RARE = "\U0002a6d6"


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
    falling = [
        certificates_at_stake.with_hours(stage.system, CLAIMS, [row.id for row in rows])
        for rows in ((), (again,), (public,), (specialty, public))
    ]
    assert falling == [0, 0, 1, 1]

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
    assert entry.reason == f"{Revocation.HOURS.label}：{REASON}"
    assert entry.actor_id == stage.actor("jinshui_admin").account_id
    assert issue(stage, summary).refused == [("新人 2026 年度", "专业 差 60 学时")]

    stage.fire("jinshui_admin", "approve", again)
    assert state(stage, summary) is YearState.READY
    (second,) = issue(stage, summary).numbers
    assert second != first
    assert state(stage, summary) is YearState.ISSUED
    verified = [verification.verify(stage.system, number).status for number in (first, second)]
    assert verified == [CertificateStatus.REVOKED, CertificateStatus.VALID]


def test_who_holds_a_certificate_that_falls_is_told(stage):
    hospital = stage.row(Organization, "hospital")
    person = make_person(stage.system, "新人", hospital)
    own = make_account(stage.system, person=person)
    claims = [
        make_claim(stage.system, person, status="declared", subject=subject, computed_hours=Decimal(hours))
        for subject, hours in (("public", 30), ("specialty", 60), ("specialty", 60))
    ]
    for claim in claims:
        stage.fire("jinshui_admin", "approve", claim)
    (number,) = issue(stage, stage.summary(person, YEAR)).numbers
    about = select(Notice.account_id).where(Notice.title.contains(number))
    stage.fire("jinshui_admin", "revoke", claims[1], reason=REASON)
    assert stage.system.scalars(about).all() == []  # the hours are still there
    assert certificates_at_stake.with_hours(stage.system, CLAIMS, [claims[2].id]) == 1
    stage.fire("jinshui_admin", "revoke", claims[2], reason=f"{REASON}。")
    administrators = stage.system.scalars(
        select(Account.id).where(Account.organization_id == hospital.id, Account.status == "active")
    )
    assert set(stage.system.scalars(about)) == {own.id, *administrators}
    told = stage.system.scalars(
        select(Notice).where(Notice.account_id == own.id, Notice.title.contains(number))
    ).one()
    revoked = stage.system.scalars(select(Certificate).where(Certificate.number == number)).one()
    assert told.title == f"证书已被撤销：{number}"
    assert told.body.endswith(f"{REASON}。已打印的不要再使用或发放")
    assert told.link == f"/admin/certificate/details/?id={revoked.id}"


def test_a_corrected_name_revokes_the_certificate_and_the_year_is_issued_anew_under_it(stage):
    hospital = stage.row(Organization, "hospital")
    person, other = (make_person(stage.system, name, hospital) for name in ("赵明", "钱亮"))
    own = make_account(stage.system, person=person)
    for whose in (person, other):
        for subject, hours in (("public", 30), ("specialty", 60)):
            claim = make_claim(
                stage.system, whose, status="declared", subject=subject, computed_hours=Decimal(hours)
            )
            stage.fire("jinshui_admin", "approve", claim)
    (first,), (others,) = (issue(stage, stage.summary(whose, YEAR)).numbers for whose in (person, other))
    rejected = make_correction(stage.system, person, stage.row(Account, "doctor"), new_name="赵朋")
    stage.fire("hospital_admin", "reject", rejected, table=CORRECTION, reason=REASON)
    assert verification.verify(stage.system, first).status is CertificateStatus.VALID
    row = make_correction(stage.system, person, stage.row(Account, "doctor"), new_name="赵铭")
    assert certificates_at_stake.with_corrections(stage.system, [row.id]) == 1
    stage.fire("hospital_admin", "approve", row, table=CORRECTION)
    answer = verification.verify(stage.system, first, "赵明")
    assert (answer.status, answer.reason) == (CertificateStatus.REVOKED, Revocation.IDENTITY.label)
    assert verification.verify(stage.system, others).status is CertificateStatus.VALID
    assert stage.count(Notice, Notice.account_id == own.id, Notice.title.contains(first)) == 1
    stage.system.expire_all()
    summary = stage.summary(person, YEAR)
    assert state(stage, summary) is YearState.READY
    (second,) = issue(stage, summary).numbers
    answer = verification.verify(stage.system, second, "赵铭")
    assert (answer.status, answer.named) == (CertificateStatus.VALID, True)
    assert certificates_at_stake.of_person(stage.system, person.id) == 1


def own_font(*added):
    """Return a small font of our own: what the template says, marks and names, and ``added`` in the shape of 王."""
    font = TTFont(FONT_FOLDER / "NotoSerifSC_400Regular.ttf")
    subsetter = Subsetter(Options(notdef_outline=True))
    texts = "".join(
        data.decode() for path, data in unpacked(starter()).items() if path.endswith(("html", "json"))
    )
    subsetter.populate(
        unicodes=[
            *range(0x20, 0x7F),
            *range(0x4E00, 0x4F00),
            *map(ord, texts + "男女王年月日豫继教金水医院河南省人社厅"),
        ]
    )
    subsetter.subset(font)
    reaching = CmapSubtable.newSubtable(12)  # beyond U+FFFF
    reaching.platformID, reaching.platEncID, reaching.language = 3, 10, 0
    known = font.getBestCmap()
    reaching.cmap = known | {ord(letter): known[ord("王")] for letter in added}
    font["cmap"].tables = [table for table in font["cmap"].tables if table.format == 4] + [reaching]
    for record in font["name"].names:
        if record.nameID == 6:
            record.string = "OwnSerif"
    target = io.BytesIO()
    font.save(target)
    return target.getvalue()


def put_in_force(stage, *added):
    """Publish the system's template in a font of its own."""
    stage.system.execute(
        CertificateTemplate.__table__.update()
        .where(CertificateTemplate.published_at.is_not(None), CertificateTemplate.retired_at.is_(None))
        .values(retired_at=now())
    )
    files = unpacked(starter())
    css = files["theme.css"].decode().replace("font-family: certificate-serif", "font-family: own")
    files |= {"theme.css": f"@font-face {{ font-family: own; src: url(own.ttf); }}\n{css}".encode(),
              "own.ttf": own_font(*added)}  # fmt: skip
    content, admin = packed(files), stage.row(Account, "system_admin")
    version = stage.system.scalar(select(func.max(CertificateTemplate.version))) or 0
    stage.system.add(
        CertificateTemplate(
            filename="own.zip", content=content, sha256=hashlib.sha256(content).hexdigest(), version=version + 1,
            organization_id=admin.organization_id, account_id=admin.id, published_at=now(), published_by_id=admin.id,
        )
    )  # fmt: skip
    stage.system.flush()


def test_a_rare_character_is_judged_by_the_fonts_of_the_template_in_force(stage):
    hospital = stage.row(Organization, "hospital")
    rare, plain = (make_person(stage.system, name, hospital) for name in (f"王{RARE}", "王珺"))
    full = {"complete": True, "public_hours": 30, "specialty_hours": 60}
    years = [make_summary(stage.system, person, **full) for person in (rare, plain)]

    def refused():
        with stage.acting("hospital_admin") as (session, actor):
            found = certificate_issuing.judge(
                session, actor, [row.id for row in years], CertificateOrder.ISSUE
            )
            return [one.reason for one in found]

    assert refused() == [f"姓名中的“{RARE}”无法打印：现行证书模板的字体没有这个字，{NEW_FONT}", ""]
    put_in_force(stage, RARE)  # has the rare one, and of the others only a few
    assert refused() == ["", f"姓名中的“珺”无法打印：现行证书模板的字体没有这个字，{NEW_FONT}"]
    (number,) = issue(stage, years[0]).numbers
    with stage.acting("hospital_admin") as (session, actor):
        key = session.scalar(select(Certificate.id).where(Certificate.number == number))
        document, printed = certificate_printing.print_now(session, actor, [key])
    assert printed == [number]
    assert RARE in PdfReader(io.BytesIO(document)).pages[0].extract_text()
