"""Builds the demo world through the services and the workflow; no status is assigned anywhere.

All logins share one password (``DEMO_PASSWORD``) and, because hashing it is slow on purpose, one hash of it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import Announcement, Certificate, Claim, Department, Organization, Person
from models.enums import CertificateStatus, OrganizationKind, OrganizationStatus, PersonState
from permissions.actor import VISITOR
from seed import demo_requests, demo_story, demo_training
from seed.demo_people import EMPLOYERS, LIBRARY, OFFICES, PROVINCE, SYSTEM
from seed.demo_stage import DemoError, Stage, credentials, proof
from services import journal, reading, statistics_keeping, year_rows
from services.offices import appoint, create_office, create_system_administrator
from services.registration_organizations import OrganizationInput, register_organization
from services.registration_people import PersonInput, register_person
from workflow.account import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from models import Base
    from seed.demo_people import Citizen, Employer
    from services.media import MediaStore

STILL_PENDING = 1
"""How many of an employer's people still wait for its administrator."""
SCHOOLS = "郑州大学", "河南大学", "河南科技大学", "河南师范大学"
EDUCATIONS = ("21", "4"), ("14", "3"), ("31", None), ("11", "2")
"""学历 and 学位 codes that go together."""
TITLE_LEVELS = "full_senior", "associate_senior", "middle", "middle", "junior"
ANNOUNCEMENTS = (
    ("继续教育合格证书可以在线查验", "证书上印有二维码，也可在首页“证书查验”中输入证书编号，核对证书是否真实有效。"),
    ("关于补报 2024、2025 年度学时的说明", "系统上线期间延长 2024、2025 年度的申报和审批时间，请尚未完成的人员尽快补报。"),
    ("关于开展 2026 年度专业技术人员继续教育申报工作的通知",
     ("2026 年度继续教育学时申报已经开始。每年公需科目不少于 30 学时，专业科目不少于 60 学时，总学时不少于 90 学时。"
      "请各单位及时审核本单位人员提交的材料，并按科目类型批量申报。")),
)  # fmt: skip
"""Title and text, the newest last."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What stands in the database after a run.

    Attributes:
        built: whether this run built it; otherwise it was there already and nothing was changed.
        employers: employers that were approved.
        people: professionals in service.
        claims: claims in any state.
        certificates: certificates that are valid.
    """

    built: bool
    employers: int
    people: int
    claims: int
    certificates: int


def is_built(session: Session) -> bool:
    """Tell whether the demo world stands in this database, by its province office.

    Args:
        session: a session that may see every row.
    """
    return session.scalar(select(Organization.id).where(Organization.code == PROVINCE.code)) is not None


def build_demo(
    engine: Engine, store: MediaStore, hash_password: Callable[[str], str], *, public_url: str
) -> DemoReport:
    """Build the demo world in one transaction; where it stands already, change nothing.

    Args:
        engine: the database, with schema and reference data.
        store: keeps the attachments.
        hash_password: turns a password into its hash; called once per distinct password.
        public_url: address of the system without a slash at the end, for the QR codes of certificates.

    Raises:
        DemoError: the database has organisations of its own.
    """
    with engine.connect() as connection, connection.begin():
        stage = Stage(connection, store, functools.cache(hash_password))
        with stage.watching() as session:
            if is_built(session):
                return _report(session, built=False)
            if session.scalar(select(Organization.id).where(Organization.kind != OrganizationKind.SYSTEM)):
                raise DemoError(
                    "数据库里已有其他机构，演示数据只能建在还没有机构的数据库里，请换一个空数据库"
                )
        _offices(stage)
        for employer in (*EMPLOYERS, LIBRARY):
            _register_employer(stage, employer)
        for employer in EMPLOYERS:
            _open_employer(stage, employer)
            demo_story.play(stage, employer, _people(stage, employer), public_url=public_url)
        demo_training.play(stage)
        demo_requests.play(stage)
        with stage.watching() as session:
            # Nobody's first look finds them empty, with or without a worker.
            year_rows.begin(session, day=stage.today)
            statistics_keeping.rebuild(session)
            return _report(session, built=True)


def _report(session: Session, *, built: bool) -> DemoReport:
    def count(model: type[Base], *conditions: object) -> int:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]

    employers = Organization.kind == OrganizationKind.EMPLOYER
    return DemoReport(
        built,
        count(Organization, employers, Organization.status == OrganizationStatus.ACTIVE),
        count(Person, Person.state == PersonState.IN_SERVICE),
        count(Claim),
        count(Certificate, Certificate.status == CertificateStatus.VALID),
    )


def _offices(stage: Stage) -> None:
    """Found what an installation begins with and put up the announcements."""
    with stage.watching() as session:
        system = create_system_administrator(session, credentials(SYSTEM.administrator), stage.hash_password)
        stage.accounts[SYSTEM.name] = system.id
        for place in (PROVINCE, *OFFICES):
            office = create_office(
                session, place.kind, place.name, place.code, region_code=place.region, industry_code=place.industry,
                bureau_id=stage.offices[place.superior] if place.superior else None,
            )  # fmt: skip
            administrator = appoint(session, office, credentials(place.administrator), stage.hash_password)
            stage.offices[place.name], stage.accounts[place.name] = office.id, administrator.id
        for title, body in ANNOUNCEMENTS:
            announcement = Announcement(title=title, body=body, valid_from=stage.today)
            session.add(announcement)
            session.flush()
            journal.record(
                session, VISITOR, "announcement", announcement.id, "create", details={"title": title}
            )


def _register_employer(stage: Stage, employer: Employer) -> None:
    scan = proof(
        "统一社会信用代码证书", employer.name, f"组织机构代码：{employer.code}", f"地址：{employer.address}"
    )
    typed = OrganizationInput(
        kind=OrganizationKind.EMPLOYER,
        code=employer.code,
        name=employer.name,
        region_code=employer.region,
        bureau_id=stage.offices[employer.bureau],
        authority_id=stage.offices[employer.authority] if employer.authority else None,
        nature_code=employer.nature,
        affiliation_code=employer.affiliation,
        level_code="07",
        industry_code=employer.industry,
        address=employer.address,
        phone="0371-60000000",
        certificate_key=stage.store.put(scan),
        certificate_mime="application/pdf",
    )
    with stage.visiting() as session:
        account = register_organization(
            session, credentials(employer.administrator), typed, stage.hash_password
        )
        stage.accounts[employer.name], stage.offices[employer.name] = account.id, account.organization_id or 0


def _open_employer(stage: Stage, employer: Employer) -> None:
    """Let the bureau approve an employer, and its administrator write down the departments."""
    administrator = stage.accounts[employer.name]
    stage.fire(stage.accounts[employer.bureau], ACCOUNT, "approve", [administrator])
    with stage.acting(administrator) as (session, actor):
        for position, name in enumerate(employer.departments, start=1):
            department = Department(organization_id=actor.organization_id, name=name, position=position)
            session.add(department)
            session.flush()
            journal.record(session, actor, "department", department.id, "create", details={"name": name})


def _people(stage: Stage, employer: Employer) -> list[tuple[Citizen, int]]:
    """Register the people of an employer and decide on all but the last; return those who may now log in."""
    registered = [(citizen, register_citizen(stage, employer, citizen)) for citizen in employer.people]
    approved = registered[:-STILL_PENDING]
    administrator = stage.accounts[employer.name]
    stage.fire(administrator, ACCOUNT, "approve", [account for _, account in approved])
    if employer.rejected:
        stranger = register_citizen(stage, employer, employer.rejected)
        reason = "不是本单位在职职工，请核对所属单位后重新注册"
        stage.fire(administrator, ACCOUNT, "reject", [stranger], reason=reason)
    return approved


def register_citizen(stage: Stage, employer: Employer, citizen: Citizen) -> int:
    """Register a citizen as a professional of an employer and return the key of the login, which still waits.

    Raises:
        services.errors.InputError: the citizen is registered already.
    """
    employer_id, number = stage.offices[employer.name], citizen.number
    education, degree = EDUCATIONS[number % len(EDUCATIONS)]
    with stage.visiting() as session:
        departments = reading.departments_of(session, employer_id)
        typed = PersonInput(
            employer_id=employer_id,
            department_id=int(departments[number % len(departments)][0]),
            sex="1" if citizen.male else "2",
            birth_date=citizen.birth_date,
            ethnicity_code="05" if "·" in citizen.name else "01",
            native_place="河南洛阳" if citizen.area.startswith("4103") else "河南郑州",
            school=SCHOOLS[number % len(SCHOOLS)],
            major_code=employer.major,
            education_code=education,
            degree_code=degree,
            title_series_code=employer.series,
            title_level_code=TITLE_LEVELS[number % len(TITLE_LEVELS)],
        )
        return register_person(session, credentials(citizen), typed, stage.hash_password).id
