"""The steps of an order of certificates, each one transaction: judged and issued, printed in portions, handed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from models import Certificate, CertificateRun, CertificateRunItem
from models.base import now
from models.enums import BatchState, CertificateForm, CertificateOrder, CertificateStep
from permissions.wall import unscoped
from services import certificate_issuing, certificate_printing
from services import certificate_runs as runs
from services.certificate_issuing import Verdict
from workflow.postings import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.certificate_files import Printable
    from services.certificate_issuing import Judged

PORTION = 500
"""Person-years judged and issued in one transaction."""
PAGES = 100
"""Certificates in one stored portion of the file."""
OUT_OF_SCOPE = "已不在本单位的管理范围内"
REVOKED_SINCE = "证书已被撤销，不能打印"

item = CertificateRunItem.__table__.c


# ---------------------------------------------------------------- issuing
def settle(session: Session, run_id: int, public_url: str, limit: int) -> bool:
    """Judge and issue the next portion of an order; return whether there may be more. The caller commits after each.

    Args:
        session: any session.
        run_id: the order; one that is not running is left alone.
        public_url: address of the system, without a slash at the end, for QR codes.
        limit: person-years at most.

    Raises:
        sqlalchemy.exc.IntegrityError: somebody stored one of them in the same moment; the caller rolls back and tries again.
    """
    with unscoped(session, "an order belongs to its actor, whoever carries it out"):
        run = runs.held(session, run_id)
        if run is None:
            return False
        actor = runs.actor_of(session, run)
        if actor is None:
            runs.end(session, run, BatchState.STOPPED, runs.NO_LONGER)
            return False
        ids = list(
            session.scalars(
                select(item.summary_id)
                .where(item.run_id == run_id, item.step == CertificateStep.WAITING)
                .order_by(item.id)
                .limit(limit)
            )
        )
        if ids:
            _settle(session, actor, run, ids, public_url)
        if len(ids) < limit and run.wanted is CertificateOrder.ISSUE:
            runs.end(session, run, BatchState.DONE)
        session.flush()
        return len(ids) == limit


def _settle(session: Session, actor: Actor, run: CertificateRun, ids: Sequence[int], public_url: str) -> None:
    judged = certificate_issuing.judge(session, actor, ids, run.wanted, lock=True)
    fresh = [one.row for one in judged if one.verdict is Verdict.ISSUABLE and not one.reason]
    issued = certificate_issuing.store(session, actor, fresh, public_url, run.request_id)
    found = {one.row.summary_id: one for one in judged}
    outcomes = [_outcome(run, key, found.get(key), issued) for key in ids]
    table: Any = CertificateRunItem.__table__
    statement = upsert(session, table)  # the rows are there: one statement gives each of them its own values
    new = {name: statement.excluded[name] for name in ("step", "certificate_id", "issued", "reason")}
    session.execute(
        statement.on_conflict_do_update(index_elements=["run_id", "summary_id"], set_=new).returning(
            table.c.id
        ),
        outcomes,
    )
    run.settled_count += len(ids)
    run.issued_count += len(issued)
    run.refused_count += sum(one["step"] is CertificateStep.REFUSED for one in outcomes)
    run.touched_at = now()


def _outcome(run: CertificateRun, key: int, one: Judged | None, issued: Mapping[int, Any]) -> dict[str, Any]:
    reason = OUT_OF_SCOPE if one is None else one.reason
    passed = CertificateStep.DONE if run.wanted is CertificateOrder.ISSUE else CertificateStep.READY
    certificate_id = issued[key].id if key in issued else None if one is None else one.certificate_id
    return {
        "run_id": run.id,
        "summary_id": key,
        "step": CertificateStep.REFUSED if reason else passed,
        "certificate_id": None if reason else certificate_id,
        "issued": key in issued,
        "reason": reason or None,
    }


# ---------------------------------------------------------------- printing
@dataclass(frozen=True, slots=True)
class Part:
    """The next portion to be printed.

    Attributes:
        run_id: the order.
        form: of the file.
        number: how many portions are stored already.
        fields: what stands on each certificate and how it is laid out, by key, in the order of the file.
        gone: keys of certificates that were revoked meanwhile.
    """

    run_id: int
    form: CertificateForm
    number: int
    fields: dict[int, Printable]
    gone: tuple[int, ...]


def next_part(session: Session, run_id: int, limit: int) -> Part | None:
    """Return the next portion to be printed; ``None`` where nothing is left or the order ended.

    An order whose actor lost his right is stopped.
    """
    with unscoped(session, "an order belongs to its actor, whoever carries it out"):
        run = runs.held(session, run_id)
        if run is None or run.form is None:
            return None
        ids = list(
            session.scalars(
                select(item.certificate_id)
                .where(item.run_id == run_id, item.step == CertificateStep.READY)
                .order_by(item.id)
                .limit(limit)
            )
        )
        actor = runs.actor_of(session, run)
        if actor is None:
            runs.end(session, run, BatchState.STOPPED, runs.NO_LONGER)
            return None
        if not ids:
            return None
        found = certificate_printing.printable(session, actor, ids)
        return Part(
            run_id,
            run.form,
            len(run.parts),
            {key: found[key] for key in ids if key in found},
            tuple(key for key in ids if key not in found),
        )


def store_part(session: Session, part: Part, media_key: str | None, refused: Mapping[int, str]) -> bool:
    """Note a printed portion; ``False`` where the order ended meanwhile or another worker was quicker. The caller commits.

    Args:
        session: any session.
        part: as it was asked for.
        media_key: of its file; ``None`` where nothing of it could be printed.
        refused: why not, by key of the certificate, of those that could not.
    """
    with unscoped(session, "an order belongs to its actor, whoever carries it out"):
        run = runs.held(session, part.run_id)
        left = run and session.scalar(
            select(func.count(item.id)).where(
                item.run_id == part.run_id,
                item.step == CertificateStep.READY,
                item.certificate_id.in_([*part.fields, *part.gone]),
            )
        )
        if run is None or len(run.parts) != part.number or left != len(part.fields) + len(part.gone):
            return False
        why = dict.fromkeys(part.gone, REVOKED_SINCE) | dict(refused)
        for reason in set(why.values()):
            _step(session, run, [key for key in why if why[key] == reason], CertificateStep.REFUSED, reason)
        printed = [key for key in part.fields if key not in why]
        _step(session, run, printed, CertificateStep.DONE)
        if media_key is not None:
            run.parts = [*run.parts, media_key]
        run.printed_count += len(printed)
        run.refused_count += len(why)
        run.touched_at = now()
        session.flush()
        return True


def _step(
    session: Session,
    run: CertificateRun,
    ids: Sequence[int],
    step: CertificateStep,
    reason: str | None = None,
) -> None:
    table: Any = CertificateRunItem.__table__
    session.execute(
        update(table)
        .where(table.c.run_id == run.id, table.c.certificate_id.in_(ids))
        .values(step=step, reason=reason)
    )


def printed_parts(session: Session, run_id: int) -> tuple[list[str], CertificateForm] | None:
    """Return the stored portions of an order whose printing is complete, and their form; ``None`` for any other."""
    with unscoped(session, "an order belongs to its actor, whoever carries it out"):
        run = runs.held(session, run_id)
        if run is None or run.form is None:
            return None
        left = session.scalar(
            select(func.count(item.id)).where(item.run_id == run_id, item.step.in_(runs.UNDER_WAY))
        )
        return None if left else (list(run.parts), run.form)


def finish(session: Session, run_id: int, media_key: str | None, size: int, sha256: str) -> list[str] | None:
    """Hand the finished file over: each print is counted, and the actor is told. The caller commits.

    Args:
        session: any session.
        run_id: the order.
        media_key: of the file; ``None`` where nothing could be printed.
        size: of the file, in bytes.
        sha256: of the file, for the journal.

    Returns:
        Keys of the portions, to be deleted after the commit; ``None`` where the order ended meanwhile.
    """
    with unscoped(session, "an order belongs to its actor, whoever carries it out"):
        run = runs.held(session, run_id)
        if run is None:
            return None
        actor = runs.actor_of(session, run)
        if actor is None:
            return runs.end(session, run, BatchState.STOPPED, runs.NO_LONGER)
        printed = select(item.certificate_id).where(item.run_id == run_id, item.step == CertificateStep.DONE)
        certificate_printing.count_prints(
            session, actor, Certificate.__table__.c.id.in_(printed), sha256, request_id=run.request_id
        )
        parts = runs.end(session, run, BatchState.DONE)
        if media_key is not None:
            run.media_key, run.file_size, run.expires_at = media_key, size, now() + runs.KEPT
        session.flush()
        return parts
