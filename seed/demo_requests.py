"""What waits in the demo world besides claims: a registration, a change of an organisation, a transfer, a correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Account, Claim, Organization, Person
from models.enums import OrganizationKind, PersonState, UserType
from seed.demo_people import COLLEGE, HOSPITAL, INSTITUTE, SCHOOL
from seed.demo_stage import credentials, proof
from services import corrections, organization_changes, transfers
from services.registration_organizations import OrganizationInput, register_organization
from workflow.transfer import OPEN_CLAIMS

if TYPE_CHECKING:
    from seed.demo_stage import Stage


def play(stage: Stage) -> None:
    """Let somebody ask for each of them; nobody decides."""
    _register_college(stage)
    _rename_school(stage)
    _leave_for_hospital(stage)
    _correct_name(stage)


def _register_college(stage: Stage) -> None:
    """A training institution registers at its bureau."""
    scan = proof("统一社会信用代码证书", COLLEGE.name, f"组织机构代码：{COLLEGE.code}")
    typed = OrganizationInput(
        kind=OrganizationKind.INSTITUTION,
        code=COLLEGE.code,
        name=COLLEGE.name,
        region_code=COLLEGE.region,
        bureau_id=stage.offices[COLLEGE.superior or ""],
        authority_id=None,
        level_code="municipal",
        industry_code=COLLEGE.industry,
        address="郑州市高新区科学大道 100 号",
        phone="0371-60000001",
        certificate_key=stage.store.put(scan),
        certificate_mime="application/pdf",
    )
    with stage.visiting() as session:
        register_organization(session, credentials(COLLEGE.administrator), typed, stage.hash_password)


def _rename_school(stage: Stage) -> None:
    """A school asks its bureau for another name."""
    name = "郑州市中原实验中学"
    scan = stage.store.put(proof("统一社会信用代码证书", name, f"组织机构代码：{SCHOOL.code}"))
    with stage.acting(stage.accounts[SCHOOL.name]) as (session, actor):
        school = session.get_one(Organization, actor.organization_id)
        typed = organization_changes.ChangeInput(
            name, school.code, school.region_code, school.bureau_id, school.authority_id,
            note="经市编办批准更名，批准文件见扫描件第二页", scan=(scan, "application/pdf"),
        )  # fmt: skip
        organization_changes.file(session, actor, typed)


def _leave_for_hospital(stage: Stage) -> None:
    """An employer transfers somebody of whom nothing is open."""
    with stage.acting(stage.accounts[INSTITUTE.name]) as (session, actor):
        busy = select(Claim.person_id).where(Claim.status.in_(OPEN_CLAIMS))
        person = session.scalars(
            select(Person)
            .where(Person.state == PersonState.IN_SERVICE, Person.id.not_in(busy))
            .order_by(Person.id)
            .limit(1)
        ).one()
        typed = transfers.TransferInput(
            person.id, stage.offices[HOSPITAL.name], None, stage.today, "到医院从事医疗设备管理工作"
        )
        transfers.start(session, actor, typed)


def _correct_name(stage: Stage) -> None:
    """A professional of the hospital asks for the right character of the name."""
    with stage.watching() as session:
        account = session.scalars(
            select(Account)
            .join(Person, Person.id == Account.person_id)
            .where(Account.user_type == UserType.PERSON, Person.employer_id == stage.offices[HOSPITAL.name])
            .where(Person.name == "黄海涛")
        ).one()
        key, citizen_id = account.id, account.citizen_id
    right = "黄海焘"
    scan = corrections.keep_scan(stage.store, "身份证.pdf", proof("居民身份证", f"姓名：{right}"))
    with stage.acting(key) as (session, actor):
        typed = corrections.CorrectionInput(None, right, citizen_id, "注册时姓名用字填错", scan)
        corrections.start(session, actor, typed)
