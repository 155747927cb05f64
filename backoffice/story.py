"""The main job without a browser: one professional's year, from the registration to the verified certificate.

Everybody acts in a session of his own with his own scope, exactly as over HTTP; each step prints one line.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import click
from flask_security import hash_password
from sqlalchemy import func, select

from backoffice.demo import build_world
from models import Account, Certificate, Claim, LedgerEntry, Organization, YearSummary
from models.enums import AccountStatus, ApproverRoute, CertificateStatus, Subject
from models.identifiers import mask_citizen_id
from seed.demo import register_citizen
from seed.demo_claims import CURRENT_YEAR, Author, course, exchange, paper, project
from seed.demo_people import HOSPITAL, Citizen, codes
from seed.demo_stage import DemoError, Stage
from seed.demo_story import file_claims, issue
from seed.load_names import FEMALE, MALE, SURNAMES
from services import audit, certificate_printing, ledger, verification
from services.certificate_pdf import hours_text
from services.errors import InputError
from views.extensions import db
from workflow.account import ACCOUNT
from workflow.claim import CLAIM
from workflow.engine import preview
from workflow.outcomes import DONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from flask import Flask

FIRST_NUMBER, LAST_NUMBER = 1000, 9999
"""Serials of the people these stories are about; those of the demo world are lower."""
TRIES = 100
EMPLOYER = HOSPITAL


def tell(app: Flask) -> None:
    """Play the story in the database of the application, with somebody new each time, and print each step.

    The demo world is built first where it is missing. The certificate lands in ``demo/certificate.pdf`` below the
    system's own folder.

    Args:
        app: the application; the schema is up to date.

    Raises:
        seed.demo_stage.DemoError: a step did not do what it should; the text is a Chinese sentence.
    """
    click.echo(build_world(app))
    settings = app.settings  # type: ignore[attr-defined]
    with app.app_context():
        stage = _stage(app)
        citizen, account_id = _register(stage)
        _file_and_declare(stage, citizen, account_id)
        _decide(stage, account_id)
        _show_year(stage, account_id)
        number = _print_certificate(
            stage, account_id, settings.public_url, settings.var / "demo" / "certificate.pdf"
        )
        _verify(stage, number, citizen.name)


def _say(step: str, sentence: str) -> None:
    click.echo(f"【{step}】{sentence}")


def _stage(app: Flask) -> Stage:
    """Return the stage with the administrators who may act today."""
    stage = Stage(db.engine, app.media, hash_password)  # type: ignore[attr-defined]
    with stage.watching() as session:
        rows = session.execute(
            select(Organization.id, Organization.name, func.min(Account.id).label("account_id"))
            .join(Account, Account.organization_id == Organization.id)
            .where(Organization.code.in_(codes()), Account.status == AccountStatus.ACTIVE)
            .group_by(Organization.id, Organization.name)
        ).all()
    stage.offices = {row.name: row.id for row in rows}
    stage.accounts = {row.name: row.account_id for row in rows}
    for name in (EMPLOYER.name, EMPLOYER.bureau, EMPLOYER.authority or EMPLOYER.bureau):
        if name not in stage.accounts:
            raise DemoError(f"“{name}”没有可用的演示账户，请在新的数据库里重新建立演示数据")
    return stage


def _register(stage: Stage) -> tuple[Citizen, int]:
    """Register somebody who is not registered yet and let the employer approve."""
    for _ in range(TRIES):
        male = secrets.randbelow(2) == 1
        given = secrets.choice(MALE if male else FEMALE) + secrets.choice(MALE if male else FEMALE)
        number = FIRST_NUMBER + secrets.randbelow(LAST_NUMBER - FIRST_NUMBER + 1)
        citizen = Citizen(number, secrets.choice(SURNAMES) + given, male)
        try:
            account_id = register_citizen(stage, EMPLOYER, citizen)
            break
        except InputError as error:
            if set(error.errors) != {"citizen_id"}:
                raise DemoError(f"注册未成功：{error}") from error
    else:
        raise DemoError("演示用的身份证号已用尽，请在新的数据库里重新建立演示数据")
    who = f"{citizen.name}（{mask_citizen_id(citizen.citizen_id)}）"
    _say("个人注册", f"{who}注册到{EMPLOYER.name}，账户待审核")
    done = stage.fire(stage.accounts[EMPLOYER.name], ACCOUNT, "approve", [account_id])
    _say("单位审核账户", f"{EMPLOYER.name}通过 {done} 个账户")
    return citizen, account_id


def _file_and_declare(stage: Stage, citizen: Citizen, account_id: int) -> None:
    author = Author(citizen, EMPLOYER, CURRENT_YEAR, citizen.number)
    planned = [activity(author) for activity in (exchange, project, paper)]
    planned.append(course(author, Subject.PUBLIC))
    ids = [filed.claim_id for filed in file_claims(stage, account_id, citizen.name, planned)]
    with stage.acting(account_id) as (session, _):
        for claim in session.scalars(select(Claim).where(Claim.id.in_(ids)).order_by(Claim.id)):
            _say(
                "个人申报",
                f"{claim.kind.name}“{claim.title}”，{claim.subject.label}，核算 {hours_text(claim.computed_hours)} 学时，"
                f"证明材料 {len(claim.attachments)} 个，{claim.status.label}",
            )
    administrator = stage.accounts[EMPLOYER.name]
    done = stage.fire(administrator, CLAIM, "accept", ids)
    _say("单位审核", f"{EMPLOYER.name}审核通过 {done} 条")
    route = {"route": (ApproverRoute.AUTHORITY if EMPLOYER.authority else ApproverRoute.BUREAU).value}
    sentence = _preview(stage, administrator, "declare", ids, route)
    done = stage.fire(administrator, CLAIM, "declare", ids, parameters=route)
    _say(
        "单位批量申报",
        f"{sentence}；已申报 {done} 条：公需报{EMPLOYER.bureau}，专业报{EMPLOYER.authority or EMPLOYER.bureau}",
    )


def _decide(stage: Stage, account_id: int) -> None:
    """Let each office approve what waits for it of this professional, after a look at the preview."""
    for office in dict.fromkeys((EMPLOYER.bureau, EMPLOYER.authority or EMPLOYER.bureau)):
        decider = stage.accounts[office]
        with stage.watching() as session:
            waiting = session.scalars(
                select(Claim.id)
                .join(Account, Account.person_id == Claim.person_id)
                .where(Account.id == account_id, Claim.approver_id == stage.offices[office])
            ).all()
        sentence = _preview(stage, decider, "approve", waiting)
        done = stage.fire(decider, CLAIM, "approve", waiting)
        _say("批量审批", f"{office}：{sentence}；已通过 {done} 条")


def _preview(
    stage: Stage,
    account_id: int,
    transition: str,
    ids: Sequence[int],
    parameters: Mapping[str, str] | None = None,
) -> str:
    with stage.acting(account_id) as (session, actor):
        outcomes = preview(session, actor, CLAIM, transition, ids, today=stage.today, parameters=parameters)
    passing = sum(outcome == DONE for outcome in outcomes.values())
    return f"预览 {len(outcomes)} 条，可处理 {passing} 条，不能处理 {len(outcomes) - passing} 条"


def _show_year(stage: Stage, account_id: int) -> None:
    with stage.acting(account_id) as (session, _):
        entries = session.scalars(select(LedgerEntry)).all()
        total = (
            hours_text(sum((entry.hours for entry in entries), start=entries[0].hours * 0))
            if entries
            else "0"
        )
        _say("学时台账", f"入账 {len(entries)} 笔，合计 {total} 学时")
        summary = session.scalars(select(YearSummary).where(YearSummary.credit_year == CURRENT_YEAR)).one()
        figures = (
            ("公需", summary.public_hours, summary.required_public),
            ("专业", summary.specialty_hours, summary.required_specialty),
            ("合计", summary.public_hours + summary.specialty_hours, summary.required_total),
        )
        text = "，".join(f"{label} {hours_text(has)}/{hours_text(needs)}" for label, has, needs in figures)
        if not summary.complete:
            raise DemoError(f"{CURRENT_YEAR} 年度学时没有完成：{text}")
        _say("年度完成情况", f"{CURRENT_YEAR} 年度{text}，已完成")


def _print_certificate(stage: Stage, account_id: int, public_url: str, path: Path) -> str:
    """Let the employer issue and print the certificate; return its number."""
    with stage.acting(account_id) as (_, actor):
        person_id = actor.person_id
    administrator = stage.accounts[EMPLOYER.name]
    own = YearSummary.person_id == person_id
    numbers = issue(stage, administrator, own, public_url=public_url)
    with stage.acting(administrator) as (session, actor):
        ids = session.scalars(select(Certificate.id).where(Certificate.number.in_(numbers))).all()
        document, printed = certificate_printing.print_now(session, actor, ids)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document)
    _say(
        "证书打印",
        f"{EMPLOYER.name}制发 {len(printed)} 份证书 {printed[0]}，{len(document) // 1024} KB，存于 {path}",
    )
    return printed[0]


def _verify(stage: Stage, number: str, name: str) -> None:
    with stage.visiting() as session:
        found = verification.verify(session, number, name)
    if found.status is not CertificateStatus.VALID:
        raise DemoError(f"证书 {number} 查验未通过")
    _say(
        "证书查验",
        f"{number}：{found.status.label}（{dict(found.fields)['姓名']}，{dict(found.fields)['合计']}）",
    )
    with stage.watching() as session:
        problems = ledger.verify(session)
        entries = session.scalar(select(func.count()).select_from(LedgerEntry))
    if problems:
        raise DemoError("\n".join(problems))
    _say("台账核对", f"{entries} 笔分录与申报、年度汇总一致")
    with stage.watching() as session:
        sealed = audit.seal(session)
        report = audit.verify(session)
    if report.problem:
        raise DemoError(report.problem)
    _say("日志核对", f"新封存 {sealed} 条；已核对 {report.sealed} 条封存日志，未发现改动")
