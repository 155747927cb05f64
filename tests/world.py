"""One named, invented world for tests of scopes: every kind of organisation, and rows of every kind and state.

    省人社厅 ─┬─ 郑州市局 ─┬─ 金水区局 ── hospital (卫健委)
             │            └─ company (no authority), academy (institution)
             ├─ 洛阳市局 ──── school (教育厅)
             ├─ 济源示范区局 ─ mill (a county directly under the province)
             └─ 卫健委, 教育厅 (authorities)

The world is a fixture of states, not a story: statuses are put, not reached. Tests look at it or change it inside a
transaction that is rolled back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from factories import (
    MOMENT,
    YEAR,
    citizen_id,
    make_account,
    make_attachment,
    make_certificate,
    make_claim,
    make_correction,
    make_entry,
    make_organization,
    make_person,
    make_session,
    make_summary,
    make_transfer,
)
from sqlalchemy import select
from training_rows import make_class, make_grade, make_plan, make_plan_file, make_sheet, make_student

from models import (
    Announcement,
    AnnouncementRead,
    Base,
    Batch,
    BatchItem,
    CalendarDay,
    CaptchaChallenge,
    CertificateRun,
    CertificateRunItem,
    CertificateSerial,
    CertificateTemplate,
    ClaimFinding,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    Course,
    CreditYear,
    Delegation,
    Department,
    Dictionary,
    DictionaryItem,
    GridSetting,
    HourRule,
    HoursCount,
    ImportRow,
    ImportRun,
    JournalEntry,
    JournalSeal,
    LoginThrottle,
    MailDigest,
    MailPreference,
    Notice,
    OrganizationChange,
    OutgoingMail,
    PeopleCount,
    RecoveryCode,
    RecoveryLink,
    Region,
    RegionPeriod,
    RegistrationDraft,
    Rehearsal,
    RehearsalLine,
    Reminder,
    Requirement,
    RuleDraft,
    SavedView,
    SecondFactor,
    Setting,
    StatisticMark,
    WaitingCount,
    YearSummary,
)
from models.enums import (
    DECLARED_OR_LATER,
    ClaimStatus,
    ClassStatus,
    Duty,
    GradeStatus,
    PlanStatus,
    SheetStatus,
    UserType,
)
from permissions import engine as permissions
from permissions.actor import VISITOR, Actor, load_actor
from permissions.wall import ALL, set_scope
from services import statistics_keeping

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from permissions.verbs import Verb
    from permissions.wall import ScopedSession

EMPLOYERS = {"hospital": ("doctor", "nurse"), "school": ("teacher", "lecturer"),
             "company": ("engineer", "manager"), "mill": ("miller", "fitter")}  # fmt: skip


@dataclass
class World:
    """Names of everything.

    Attributes:
        actors: actor by name: people by their own name, administrators as ``<organisation>_admin``, and ``visitor``.
        ids: primary key by model and name.
        names: name by model and primary key.
    """

    actors: dict[str, Actor] = field(default_factory=dict)
    ids: dict[type[Base], dict[str, int]] = field(default_factory=dict)
    names: dict[type[Base], dict[int, str]] = field(default_factory=dict)

    def put(self, name: str, row: Base) -> None:
        """Give a stored row its name."""
        assert name not in self.ids.setdefault(type(row), {}), name
        self.ids[type(row)][name] = row.id
        self.names.setdefault(type(row), {})[row.id] = name

    def id(self, model: type[Base], name: str) -> int:
        """Return the key of the row called ``name``."""
        return self.ids[model][name]


def build_world(session: ScopedSession) -> World:
    """Store the world and return its names. Nothing is committed here."""
    set_scope(session, ALL)
    builder = _Builder(session)
    builder.reference()
    builder.organizations()
    builder.people()
    for employer in EMPLOYERS:
        builder.claims(employer)
        builder.records(employer)
    builder.requests()
    builder.training()
    builder.leftovers()
    builder.counts()
    return builder.finish()


def separated(world: World) -> dict[str, Actor]:
    """Return the system administrator as he is where the three duties are separated: with each of them, and with none."""
    one = world.actors["system_admin"]
    alone = {f"system_admin as {duty}": replace(one, duties=frozenset({duty})) for duty in Duty}
    return alone | {"system_admin without duty": replace(one, duties=frozenset())}


def listed(connection: Connection, actor: Actor, verb: Verb, model: type[Base]) -> set[int]:
    """Return the keys of the rows the permission table lets an actor do ``verb`` to, asked without the wall."""
    key = model.__table__.c.id
    return set(connection.scalars(select(key).where(permissions.rows(actor, verb, model))))


class _Builder:
    def __init__(self, session: ScopedSession) -> None:
        self.session = session
        self.world = World()
        self.rows: dict[str, Base] = {}
        self.accounts: dict[str, Base] = {}

    def add(self, name: str, row: Base) -> Base:
        self.session.add(row)
        self.session.flush()
        self.world.put(name, row)
        return row

    def reference(self) -> None:
        add = self.add
        for code, name, level, parent in (
            ("410000", "河南省", "province", None),
            ("410100", "郑州市", "city", "410000"),
            ("410105", "金水区", "county", "410100"),
            ("410300", "洛阳市", "city", "410000"),
            ("419001", "济源市", "county", "410000"),
        ):
            add(name, Region(code=code, name=name, level=level, parent_code=parent))
        for year, closes in ((YEAR - 1, dt.date(YEAR, 2, 1)), (YEAR, dt.date(YEAR + 1, 3, 31))):
            opens = dt.date(year, 1, 1)
            add(str(year), CreditYear(year=year, claims_open=opens, claims_close=closes,
                                      approvals_open=opens, approvals_close=closes))  # fmt: skip
            add(str(year), Requirement(year=year, title_level_group="any", public_hours=30, specialty_hours=60,
                                       total_hours=90, legal_basis="测试"))  # fmt: skip
        # Luoyang may claim for last year half a month longer.
        add("luoyang-last", RegionPeriod(
            year=YEAR - 1, region_code="410300", claims_open=dt.date(YEAR - 1, 1, 1), claims_close=dt.date(YEAR, 2, 15),
            approvals_open=dt.date(YEAR - 1, 1, 1), approvals_close=dt.date(YEAR, 2, 15)))  # fmt: skip
        add(
            "national_day",
            CalendarDay(day=dt.date(YEAR, 10, 1), working=False, name="国庆节", legal_basis="测试"),
        )
        add("digest_hour", Setting(key="digest_hour", value="9"))
        add("levels", Dictionary(code="level", label="级别", source="测试"))
        add("level-1", DictionaryItem(dictionary_code="level", code="1", label="一级"))
        kind = add("paper", ClaimKind(code="paper", name="发表论文", position=1))
        version = add("paper-1", ClaimKindVersion(
            kind_id=kind.id, number=1, published_at=MOMENT, subjects=["public", "specialty"], title_label="题目",
            proof="首页", help=""))  # fmt: skip
        add(
            "journal",
            ClaimItem(kind_version_id=version.id, code="journal", label="期刊", type="text", position=1),
        )
        add("rule", HourRule(code="test.rule", kind_code="paper", name="论文", priority=1, definition={},
                             effective_from=1998, legal_basis="测试", confirmed=True))  # fmt: skip
        add("welcome", Announcement(title="开通", body="欢迎", valid_from=dt.date(2026, 1, 1)))
        add("for-people", Announcement(title="致专业技术人员", body="请按时申报", valid_from=dt.date(2026, 1, 1), everyone=False,
                                       audience=frozenset({UserType.PERSON})))  # fmt: skip
        add("for-zhengzhou", Announcement(title="致郑州单位", body="请按时审核", valid_from=dt.date(2026, 1, 1), everyone=False,
                                          audience=frozenset({UserType.EMPLOYER, UserType.BUREAU}),
                                          region_code="410100"))  # fmt: skip
        add("captcha", CaptchaChallenge(token="token", answer="1234", expires_at=MOMENT))
        add("serial", CertificateSerial(credit_year=YEAR, region_code="410100", last=4))
        add("mail", OutgoingMail(key="0" * 32, template="account_approved", recipient="a@example.com", subject="通过",
                                 body="", state="sent", sent_at=MOMENT))  # fmt: skip
        add("seal", JournalSeal(first_id=1, last_id=1, digests=b"\0" * 32, chain="0" * 64, sealed_at=MOMENT))

    def organizations(self) -> None:
        def organization(key, name, kind, region=None, bureau=None, authority=None, **columns):
            row = make_organization(
                self.session, name, kind, region, bureau=self.rows.get(bureau), authority=self.rows.get(authority),
                **columns)  # fmt: skip
            self.rows[key] = row
            self.world.put(key, row)

        organization("province", "河南省人社厅", "province", "410000")
        organization("zhengzhou", "郑州市人社局", "bureau", "410100", "province")
        organization("luoyang", "洛阳市人社局", "bureau", "410300", "province")
        organization("jinshui", "金水区人社局", "bureau", "410105", "zhengzhou")
        organization("jiyuan", "济源市人社局", "bureau", "419001", "province")
        organization("health", "省卫健委", "authority", None, "province", industry_code="Q")
        organization("education", "省教育厅", "authority", None, "province", industry_code="P")
        organization("hospital", "金水医院", "employer", "410105", "jinshui", "health")
        organization("school", "洛阳学校", "employer", "410300", "luoyang", "education")
        organization("company", "郑州公司", "employer", "410100", "zhengzhou")
        organization("mill", "济源工厂", "employer", "419001", "jiyuan")
        organization("academy", "郑州培训学院", "institution", "410100", "zhengzhou")
        organization("system", "系统办公室", "system")
        organization("clinic", "金水诊所", "employer", "410105", "jinshui", status="pending")
        for employer in EMPLOYERS:
            row = self.rows[employer]
            head = self.add(f"{employer}-office", Department(organization_id=row.id, name="办公室"))
            self.add(f"{employer}-desk", Department(organization_id=row.id, name="前台", parent_id=head.id))

    def people(self) -> None:
        for employer, people in EMPLOYERS.items():
            office = self.world.id(Department, f"{employer}-office")
            for name in people:
                row = make_person(self.session, name, self.rows[employer], department_id=office)
                self.rows[name] = row
                self.world.put(name, row)
                self._account(name, person=row)
        retired = make_person(self.session, "veteran", self.rows["hospital"], state="retired")
        self.world.put("veteran", retired)
        applicant = make_person(self.session, "applicant", self.rows["hospital"], state="pending")
        self.world.put("applicant", applicant)
        self._account("applicant", person=applicant, status="pending")
        for key in list(self.world.ids[type(self.rows["province"])]):
            # The same citizen administers the company and is one of its professionals.
            same = {"citizen_id": self.rows["manager"].citizen_id} if key == "company" else {}
            status = "pending" if key == "clinic" else "active"
            self._account(f"{key}_admin", organization=self.rows[key], status=status, **same)
        self._account("nurse_rejected", organization=self.rows["clinic"], status="rejected")

    def _account(self, name: str, **columns) -> None:
        self.accounts[name] = make_account(self.session, **columns)
        self.world.put(name, self.accounts[name])

    def claims(self, employer: str) -> None:
        first, second = EMPLOYERS[employer]
        admin = self.accounts[f"{employer}_admin"]
        for status in ClaimStatus:
            self._claim(f"{first}-{status}", first, status=status, subject="public")
        authority = {"hospital": "health", "school": "education"}.get(employer)
        for status in DECLARED_OR_LATER if authority else ():
            self._claim(f"{first}-{status}-{authority}", first, status=status, approver=self.rows[authority])
        self._claim(f"{second}-draft", second)
        self._claim(f"{second}-registered", second, registered_by=admin)
        self._claim(f"{second}-submitted", second, status="submitted", subject="public")
        for name in (f"{first}-declared", f"{second}-submitted"):
            claim = self.rows[name]
            claim.check_result = "attention"
            self.add(name, ClaimFinding(claim_id=claim.id, check_name="no_proof", found_at=MOMENT))
        self.world.put(f"{first}-waiting", make_attachment(self.session, None, self.accounts[first]))
        self.world.put(f"{employer}_admin-waiting", make_attachment(self.session, None, admin))

    def _claim(self, name: str, person: str, **columns) -> None:
        claim = make_claim(self.session, self.rows[person], title=name, **columns)
        self.rows[name] = claim
        self.world.put(name, claim)
        self.world.put(name, claim.attachments[0])

    def records(self, employer: str) -> None:
        first, second = EMPLOYERS[employer]
        person, admin = self.rows[first], self.accounts[f"{employer}_admin"]
        bureau = {"hospital": "jinshui", "school": "luoyang", "company": "zhengzhou", "mill": "jiyuan"}[
            employer
        ]
        decider = self.accounts[f"{bureau}_admin"]
        put = self.world.put
        approved, revoked = self.rows[f"{first}-approved"], self.rows[f"{first}-revoked"]
        put(f"{first}-posted", make_entry(self.session, person, approved, decider))
        taken = make_entry(self.session, person, revoked, decider)
        put(f"{first}-taken", taken)
        put(f"{first}-taken-back", make_entry(self.session, person, revoked, decider, reversal_of=taken))
        put(f"{first}-{YEAR}", make_summary(self.session, person, public_hours=20))
        put(
            f"{second}-{YEAR - 1}",
            make_summary(self.session, self.rows[second], year=YEAR - 1, complete=True),
        )
        put(f"{second}-valid", make_certificate(self.session, self.rows[second], admin, year=YEAR - 1))
        put(f"{first}-void", make_certificate(self.session, person, admin, year=YEAR - 1, revoked=True))
        order = CertificateRun(key=f"{employer:0<32}", account_id=admin.id, organization_id=admin.organization_id,
                               wanted="print", form="pdf", state="done", finished_at=MOMENT, row_count=1)  # fmt: skip
        self.add(employer, order)
        self.add(employer, CertificateRunItem(
            run_id=order.id, summary_id=self.world.id(YearSummary, f"{second}-{YEAR - 1}"), step="done"))  # fmt: skip
        run = ImportRun(kind="staff", account_id=admin.id, organization_id=admin.organization_id, filename="人员.xlsx",
                        columns=[["A", "姓名"]], row_count=1, bad_count=1)  # fmt: skip
        self.add(employer, run)
        self.add(
            employer, ImportRow(run_id=run.id, number=2, outcome="bad", cells=[f"{employer} 新人"], errors=[])
        )
        for action, actor, status in (("declare", admin, "declared"), ("approve", decider, "approved")):
            claim = self.rows[f"{first}-{status}"]
            key = f"{employer}-{action}"
            self.add(
                key, Batch(key=key, workflow="claim", transition=action, actor_id=actor.id, done_count=1)
            )
            self.add(key, BatchItem(batch_key=key, object_id=claim.id, outcome="done"))
            self.add(key, JournalEntry(actor_id=actor.id, actor_organization_id=actor.organization_id,
                                       object_type="claim", object_id=claim.id, action=action, to_status=status,
                                       batch_id=key))  # fmt: skip

    def requests(self) -> None:
        """Transfers that wait and one that was approved; corrections of one who asked and one his employer asked for."""
        rows, accounts, put, session = self.rows, self.accounts, self.world.put, self.session
        put(
            "lecturer-to-hospital",
            make_transfer(session, rows["lecturer"], rows["hospital"], accounts["lecturer"]),
        )
        put("fitter-to-company", make_transfer(session, rows["fitter"], rows["company"], accounts["mill_admin"],
                                               by_employer=True))  # fmt: skip
        put("manager-to-company", make_transfer(session, rows["manager"], rows["company"], accounts["company_admin"],
                                                old=rows["hospital"], status="approved"))  # fmt: skip
        put("nurse-name", make_correction(session, rows["nurse"], accounts["nurse"]))
        put("teacher-id", make_correction(session, rows["teacher"], accounts["school_admin"], by_employer=True,
                                          new_citizen_id=citizen_id(), new_name="teacher"))  # fmt: skip

    def training(self) -> None:
        """The academy's plans, classes and sheets in every state; its students come from three employers.

        Most goes to its bureau; one approved plan to 卫健委.
        """
        rows, put, session, academy = self.rows, self.world.put, self.session, self.rows["academy"]

        def plan(name, status, **columns):
            row = make_plan(session, academy, status=status, name=name, **columns)
            put(name, row)
            course = session.scalars(select(Course).where(Course.plan_id == row.id)).one()
            put(name, course)
            put(name, make_plan_file(session, row, self.accounts["academy_admin"]))
            rows[name] = row
            return row

        for status in PlanStatus:
            plan(f"plan-{status}", status)
        nursing = plan("plan-nursing", "approved", approver=rows["health"], subject="specialty")
        for status in ClassStatus:
            row = make_class(session, rows["plan-approved"], status=status, name=f"class-{status}")
            put(row.name, row)
            rows[row.name] = row
        finished, running = rows["class-finished"], rows["class-running"]
        for status in SheetStatus:
            put(f"sheet-{status}", make_sheet(session, finished, status=status))
        for person, status in zip(
            ("doctor", "nurse", "engineer", "manager", "teacher"), GradeStatus, strict=True
        ):
            grade = make_grade(session, finished, rows[person], status=status)
            put(f"{person}-{status}", grade)
            put(f"{person}-finished", grade.enrollment)
            if status is not GradeStatus.DRAFT:
                put(f"sheet-of-{person}", grade.sheet)
        put("miller-left", make_student(session, running, rows["miller"], status="withdrawn"))
        grade = make_grade(session, running, rows["lecturer"], result=None)
        put("lecturer-draft", grade)
        put("lecturer-running", grade.enrollment)
        nurses = make_class(session, nursing, name="class-nursing")
        put("class-nursing", nurses)
        grade = make_grade(session, nurses, rows["nurse"], status="submitted")
        put("nurse-submitted-health", grade)
        put("nurse-nursing", grade.enrollment)
        put("sheet-nursing", grade.sheet)

    def leftovers(self) -> None:
        self.add("doctor", MailDigest(account_id=self.accounts["doctor"].id, day=dt.date(2026, 11, 1)))
        for name in ("lecturer", "school_admin"):
            self.add(name, MailPreference(account_id=self.accounts[name].id, choice="never"))
        for name, read in (("doctor", "welcome"), ("hospital_admin", "for-zhengzhou")):
            reader = self.accounts[name]
            key = self.world.id(Announcement, read)
            self.add(
                name, AnnouncementRead(announcement_id=key, account_id=reader.id, user_type=reader.user_type)
            )
        for name, account in self.accounts.items():
            self.add(name, Notice(account_id=account.id, title=f"致{name}"))
            self.add(name, make_session(account))
            self.add(f"{name}-login", JournalEntry(actor_id=account.id, object_type="login", object_id=account.id,
                                                   action="login"))  # fmt: skip
            self.add(name, GridSetting(account_id=account.id, endpoint="claim", page_size=20))
            office = account.organization_id
            audiences = {"private": None} | ({"organization": office} if office else {})
            audiences |= {"system": None} if name == "province_admin" else {}
            for audience, shared_by in audiences.items():
                view = SavedView(account_id=account.id, organization_id=shared_by, audience=audience,
                                 endpoint="claim", name=f"{name}-{audience}", arguments={"subject": "public"})  # fmt: skip
                self.add(view.name, view)

        school, academy = self.rows["school"], self.rows["academy"]
        self.add("school", OrganizationChange(
            organization_id=school.id, approver_id=school.bureau_id, filed_by_id=self.accounts["school_admin"].id,
            name="洛阳新校", name_initials="lyxx", changes={"name": ["名称", school.name, "洛阳新校"]}))  # fmt: skip
        self.add("academy", OrganizationChange(
            organization_id=academy.id, approver_id=academy.bureau_id, filed_by_id=self.accounts["academy_admin"].id,
            region_code="410105", changes={"region_code": ["所属区域", "郑州市", "金水区"]}))  # fmt: skip
        for key, keeper, group in (
            ("draft", "system_admin", "senior_middle"),
            ("foreign-draft", "province_admin", "junior"),
        ):
            account = self.accounts[keeper]
            office = {"organization_id": account.organization_id, "account_id": account.id}
            draft = RuleDraft(target="requirement", target_key=f"{YEAR}:{group}", title=f"{YEAR} {keeper}", **office,
                              content={"year": YEAR, "title_level_group": group, "public_hours": "30", "specialty_hours": "60",
                                       "total_hours": "95", "legal_basis": "测试"})  # fmt: skip
            self.add(key, draft)
            run = self.add(key, Rehearsal(credit_year=YEAR, title=f"{keeper} 试算", state="done", finished_at=MOMENT, **office,
                                          content={"rules": [], "requirements": [draft.content], "drafts": []}))  # fmt: skip
            self.add(
                key, CertificateTemplate(filename=f"{keeper}.zip", content=b"PK", sha256="0" * 64, **office)
            )
            self.add(key, RehearsalLine(rehearsal_id=run.id, employer_id=self.rows["hospital"].id, employer_name="金水医院",
                                        region_code="410105", people=2, lost=1))  # fmt: skip
        applicant = self.accounts["applicant"]  # who cannot log in yet: nobody's login asks for a code
        self.add("throttle", LoginThrottle(key="0" * 64, failures=3, counted_since=MOMENT))
        self.add("link", RecoveryLink(account_id=applicant.id, token_hash="0" * 64, expires_at=MOMENT))
        self.add("factor", SecondFactor(account_id=applicant.id, secret="A" * 32))
        self.add(
            "draft",
            RegistrationDraft(token_hash="0" * 64, kind="employer", data={"code": "1"}, expires_at=MOMENT),
        )
        self.add("code", RecoveryCode(account_id=applicant.id, code_hash="0" * 64))

    def counts(self) -> None:
        """The maintained figures of everything above, and a mark that waits."""
        statistics_keeping.rebuild(self.session)
        employers = {self.rows[name].id: name for name in EMPLOYERS}
        for model in (PeopleCount, HoursCount):
            for row in self.session.scalars(select(model)):  # one of each employer and year
                self.world.put(f"{employers[row.employer_id]}-{row.credit_year or 'all'}", row)
        offices = self.world.names[type(self.rows["hospital"])]
        for row in self.session.scalars(select(WaitingCount)):  # one of each office, region and state
            self.world.put(f"{offices[row.office_id]}-{row.region_code}-{row.status}", row)
        giver, delegate = self.accounts["jiyuan_admin"], self.accounts["luoyang_admin"]
        self.add("jiyuan-to-luoyang", Delegation(
            giver_id=giver.id, office_id=giver.organization_id, delegate_id=delegate.id,
            delegate_office_id=delegate.organization_id, works=["claims"], first_day=dt.date(YEAR, 1, 5),
            last_day=dt.date(YEAR, 1, 9), reason="年休假"))  # fmt: skip
        self.add("reminded", Reminder(queue="claim-public", office_id=self.rows["hospital"].id, level="remind",
                                      day=dt.date(YEAR, 3, 2), count=1, oldest_since=MOMENT))  # fmt: skip
        self.add("marked", StatisticMark(organization_id=self.rows["hospital"].id))

    def finish(self) -> World:
        for name, account in self.accounts.items():
            actor = load_actor(self.session, account.id)
            if actor is not None:
                self.world.actors[name] = actor
        self.world.actors["visitor"] = VISITOR
        return self.world
