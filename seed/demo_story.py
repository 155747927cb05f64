"""Plays what happened at one employer of the demo world, step by step, each by the one whose step it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from models import Claim, YearSummary
from models.enums import DECLARED_OR_LATER, ApproverRoute, ClaimStatus, Subject
from seed.demo_claims import COMPLETE_YEARS, UNCERTIFIED_EVERY, claims_of
from seed.demo_stage import proof
from services import certificate_issuing, claims
from workflow.claim import CLAIM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from seed.demo_claims import Planned
    from seed.demo_people import Citizen, Employer
    from seed.demo_stage import Stage

DRAFT, SUBMITTED, RETURNED, ACCEPTED, DECLARED, APPROVED, REJECTED, REVOKED = ClaimStatus
RETURNED_BECAUSE = "附件不清晰或缺页，请重新扫描后上传。"
REJECTED_BECAUSE = "填报内容与证明材料不一致，刊物级别无法核实。"
REVOKED_BECAUSE = "经复核，证明材料与事实不符，撤销认定。"
TO_THE_BUREAU = 3
"""One specialty claim of so many goes to the bureau although the employer has an authority: the employer chooses."""
STRAIGHT = 5
"""One claim of so many is declared without having been accepted first, as the workflow allows."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A stored claim and what was planned for it."""

    claim_id: int
    planned: Planned

    @property
    def straight(self) -> bool:
        """Whether the employer declares it without accepting it first."""
        return self.planned.end in DECLARED_OR_LATER and self.claim_id % STRAIGHT == 0


def play(stage: Stage, employer: Employer, people: Sequence[tuple[Citizen, int]], *, public_url: str) -> None:
    """Let people file, the employer review and declare, the offices decide, and the employer issue certificates.

    Args:
        stage: where.
        employer: whose people they are.
        people: citizens and the keys of their active logins.
        public_url: for the QR codes.

    Raises:
        seed.demo_stage.DemoError: the workflow did not let a step through.
        services.errors.InputError: a form was filled in wrongly.
    """
    filed: list[Filed] = []
    for position, (citizen, account_id) in enumerate(people):
        planned = claims_of(citizen, employer, position)
        filed += file_claims(stage, account_id, citizen.name, [one for one in planned if not one.registered])
        for_him = [one for one in planned if one.registered]
        if for_him:
            filed += _register(stage, employer, _person_of(stage, account_id), citizen.name, for_him)
    _review(stage, employer, filed)
    _declare(stage, employer, filed)
    _decide(stage, "approve", _keys(filed, APPROVED, REVOKED))
    _decide(stage, "reject", _keys(filed, REJECTED), REJECTED_BECAUSE)
    waiting = [
        _person_of(stage, account_id) for _, account_id in people[UNCERTIFIED_EVERY - 1 :: UNCERTIFIED_EVERY]
    ]
    for_now = or_(YearSummary.credit_year < COMPLETE_YEARS[-1], YearSummary.person_id.not_in(waiting))
    issue(stage, stage.accounts[employer.name], for_now, public_url=public_url)
    _decide(stage, "revoke", _keys(filed, REVOKED), REVOKED_BECAUSE)


def file_claims(stage: Stage, account_id: int, name: str, planned: Iterable[Planned]) -> list[Filed]:
    """Let a professional fill in forms and submit those that are not meant to stay drafts.

    Args:
        stage: where.
        account_id: his login.
        name: his name, for the proofs.
        planned: what he claims.
    """
    with stage.acting(account_id) as (session, actor):
        filed = [Filed(_save(stage, session, actor, name, one), one) for one in planned]
    stage.fire(account_id, CLAIM, "submit", [one.claim_id for one in filed if one.planned.end is not DRAFT])
    return filed


def _register(
    stage: Stage, employer: Employer, person_id: int, name: str, planned: Iterable[Planned]
) -> list[Filed]:
    administrator = stage.accounts[employer.name]
    with stage.acting(administrator) as (session, actor):
        filed = [Filed(_save(stage, session, actor, name, one, person_id), one) for one in planned]
    stage.fire(administrator, CLAIM, "register", [one.claim_id for one in filed])
    return filed


def _save(
    stage: Stage, session: Session, actor: Actor, name: str, planned: Planned, person_id: int | None = None
) -> int:
    paper = proof("继续教育证明材料", f"姓名：{name[:20]}", f"项目：{planned.title}", f"年度：{planned.year}")
    file = claims.upload(session, actor, stage.store, f"{planned.title}.pdf", paper)
    typed = planned.typed(stage.today, waiting=[file.id], person_id=person_id)
    return claims.save(session, actor, typed, finished=planned.end is not DRAFT).id


def _person_of(stage: Stage, account_id: int) -> int:
    with stage.acting(account_id) as (_, actor):
        return actor.person_id or 0


def _keys(filed: Iterable[Filed], *ends: ClaimStatus) -> list[int]:
    return [one.claim_id for one in filed if one.planned.end in ends]


def _review(stage: Stage, employer: Employer, filed: Sequence[Filed]) -> None:
    """Accept what is in order, one batch a year, and return the rest."""
    administrator = stage.accounts[employer.name]
    waiting = [one for one in filed if not one.planned.registered]
    for year in sorted({one.planned.year for one in waiting}):
        this_year = [one for one in waiting if one.planned.year == year and not one.straight]
        stage.fire(administrator, CLAIM, "accept", _keys(this_year, ACCEPTED, *DECLARED_OR_LATER))
    stage.fire(administrator, CLAIM, "return", _keys(waiting, RETURNED), reason=RETURNED_BECAUSE)


def _declare(stage: Stage, employer: Employer, filed: Sequence[Filed]) -> None:
    """Send up, one batch a year and subject: public to the bureau, specialty mostly to the authority if there is one."""
    batches: dict[tuple[int, Subject, ApproverRoute], list[int]] = {}
    for one in filed:
        if one.planned.end not in DECLARED_OR_LATER:
            continue
        chosen = (
            employer.authority and one.planned.subject is Subject.SPECIALTY and one.claim_id % TO_THE_BUREAU
        )
        route = ApproverRoute.AUTHORITY if chosen else ApproverRoute.BUREAU
        batches.setdefault((one.planned.year, one.planned.subject, route), []).append(one.claim_id)
    for (_, _, route), ids in sorted(batches.items()):
        stage.fire(stage.accounts[employer.name], CLAIM, "declare", ids, parameters={"route": route.value})


def _decide(stage: Stage, transition: str, ids: Sequence[int], reason: str | None = None) -> None:
    """Let the office each claim was declared to decide it, one batch an office and year."""
    with stage.watching() as session:
        rows = session.execute(
            select(Claim.id, Claim.approver_id, Claim.credit_year).where(Claim.id.in_(ids)).order_by(Claim.id)
        ).all()
    names = {key: name for name, key in stage.offices.items()}
    batches: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        batches.setdefault((row.credit_year, row.approver_id or 0), []).append(row.id)
    for (_, office), batch in sorted(batches.items()):
        stage.fire(stage.accounts[names[office]], CLAIM, transition, batch, reason=reason)


def issue(stage: Stage, account_id: int, *among: ColumnElement[bool], public_url: str) -> list[str]:
    """Let an employer issue the certificates of its complete person-years.

    Args:
        stage: where.
        account_id: login of the employer's administrator.
        *among: conditions on year summaries, where only some are meant.
        public_url: for the QR codes.

    Returns:
        Numbers of the new certificates.
    """
    with stage.acting(account_id) as (session, actor):
        complete = select(YearSummary.id).where(YearSummary.complete.is_(True), *among)
        return certificate_issuing.issue(
            session, actor, session.scalars(complete).all(), public_url=public_url
        ).numbers
