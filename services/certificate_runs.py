"""Orders of certificates (证书办理): issued and printed portion by portion, whatever happens to who carries them out.

The state stands in the database (``certificate_run``, ``certificate_run_item``). Person-years are judged and issued in portions,
each one transaction; then printed in portions, each a stored file; at the end the files are joined, and only then is each
print counted: in the transaction that hands the file over. Whoever goes on with an order whose worker was killed finds
what is left. The actor is looked up anew for every portion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, literal, select, update

from models import Certificate, CertificateRun, CertificateRunItem, Notice, Person, YearSummary
from models.base import now
from models.enums import BatchState, CertificateForm, CertificateOrder, CertificateStatus, CertificateStep
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

AT_ONCE = 50
"""Certificates one waits for; more are the worker's."""
LEFT_ALONE = timedelta(minutes=2)
KEPT = timedelta(days=7)
"""How long a finished file can be fetched."""
STARTED = "certificate_runs_started"
"""In ``session.info``: keys of orders the worker has to take up after the commit."""
NO_LONGER = "办理人的账户已停用或不再有办理的权限，其余的没有办理"
UNDER_WAY = (CertificateStep.WAITING, CertificateStep.READY)

item = CertificateRunItem.__table__.c
_REVOKED = and_(
    item.step == CertificateStep.DONE,
    Certificate.id.is_not(None),
    Certificate.status == CertificateStatus.REVOKED,
)
"""Done, and fallen since; never unknown, so that it can be sorted by on both databases."""


# ---------------------------------------------------------------- beginning, cancelling
def start(
    session: Session,
    actor: Actor,
    summary_ids: Sequence[int],
    wanted: CertificateOrder,
    form: CertificateForm | None,
    *,
    key: str,
    request_id: str | None = None,
) -> CertificateRun:
    """Store an order; the caller commits, and then has it carried out (``services.certificate_work``).

    Args:
        session: the actor's session.
        actor: an employer's administrator.
        summary_ids: keys of year summaries; those out of scope are left out.
        wanted: what is asked for.
        form: of the file; ``None`` where nothing is printed.
        key: of this order: the same again, as by a double click, returns the order that was stored.
        request_id: for the journal.

    Raises:
        LookupError: none of them is in the actor's scope.
    """
    known = session.scalars(select(CertificateRun).where(CertificateRun.key == key)).one_or_none()
    if known is not None:
        return known
    run = CertificateRun(
        key=key,
        organization_id=actor.organization_id,
        account_id=actor.account_id,
        wanted=wanted,
        form=None if wanted is CertificateOrder.ISSUE else form or CertificateForm.PDF,
        request_id=request_id,
    )
    session.add(run)
    session.flush()
    if not permissions.allows(session, actor, Verb.CREATE, run):
        raise PermissionError("certificates were ordered by somebody who may not")
    with unscoped(session, "the rows carry the actor's own expression"):
        chosen = (
            select(
                literal(run.id), YearSummary.id, literal(CertificateStep.WAITING.value), literal(value=False)
            )
            .join(Person, Person.id == YearSummary.person_id)
            .where(
                YearSummary.id.in_(keys(session, summary_ids)),
                permissions.rows(actor, Verb.ISSUE, YearSummary),
            )
            .order_by(YearSummary.credit_year, Person.department_id, Person.name, YearSummary.id)
        )
        session.execute(
            insert(CertificateRunItem.__table__).from_select(
                ["run_id", "summary_id", "step", "issued"], chosen
            )
        )
        run.row_count = session.scalar(select(func.count(item.id)).where(item.run_id == run.id)) or 0
    if not run.row_count:
        raise LookupError("no person-year of the actor's scope")
    details = {"wanted": wanted.value, "form": run.form and run.form.value, "rows": run.row_count}
    journal.record(session, actor, "certificate_run", run.id, "start", details=details, request_id=request_id)
    if in_background(run):
        session.info.setdefault(STARTED, []).append(run.id)
    return run


def in_background(run: CertificateRun) -> bool:
    """Tell whether an order is the worker's."""
    return run.row_count > AT_ONCE


def cancel(
    session: Session, actor: Actor, run: CertificateRun, *, request_id: str | None = None
) -> list[str]:
    """End a running order: certificates issued stay, the rest is not done. The caller commits.

    Returns:
        Keys of stored portions nobody needs any more, to be deleted after the commit.

    Raises:
        InputError: it is not running any more.
        PermissionError: it is not the actor's.
    """
    if not permissions.allows(session, actor, Verb.CANCEL, run):
        raise PermissionError("an order was cancelled by somebody who may not")
    with unscoped(session, "the permission was checked"):
        running = held(session, run.id)
        if running is None:
            raise InputError({"": "这一批已经办完，不用取消"})
        parts = end(session, running, BatchState.CANCELLED)
        journal.record(session, actor, "certificate_run", running.id, "cancel", request_id=request_id)
    return parts


# ---------------------------------------------------------------- looking
@dataclass(frozen=True, slots=True)
class RunRow:
    """One person-year of an order, as its page lists it."""

    label: str
    step: CertificateStep
    number: str
    issued: bool
    reason: str
    revoked: bool


def rows(session: Session, run: CertificateRun, limit: int) -> list[RunRow]:
    """Return the person-years of an order the actor sees, in the file's order, but first what asks for attention.

    That is: whose certificate was revoked after it was printed, then those that were refused.
    """
    with unscoped(session, "the order is in sight; its people may have moved on since"):
        found = session.execute(
            select(
                Person.name, YearSummary.credit_year, item.step, item.issued, item.reason, Certificate.number,
                _REVOKED.label("revoked"),
            )
            .select_from(CertificateRunItem.__table__)
            .join(YearSummary, YearSummary.id == item.summary_id)
            .join(Person, Person.id == YearSummary.person_id)
            .outerjoin(Certificate, Certificate.id == item.certificate_id)
            .where(item.run_id == run.id)
            .order_by(_REVOKED.desc(), item.step != CertificateStep.REFUSED, item.id)
            .limit(limit)
        ).all()  # fmt: skip
    return [
        RunRow(
            f"{row.name} {row.credit_year} 年度",
            row.step,
            row.number or "",
            row.issued,
            row.reason or "",
            row.revoked,
        )
        for row in found
    ]


def progress(run: CertificateRun) -> int:
    """Return how far an order is, in whole percent; printing takes nearly all of the time."""
    if run.state is not BatchState.RUNNING:
        return 100
    if run.form is None:
        return 100 * run.settled_count // max(1, run.row_count)
    printing = 90 * (run.printed_count + run.refused_count) // max(1, run.row_count)
    return 10 * run.settled_count // max(1, run.row_count) + printing


def file_of(run: CertificateRun) -> str | None:
    """Return the key of the finished file while it is kept."""
    return run.media_key if run.expires_at is not None and run.expires_at > now() else None


def revoked_since(session: Session, run: CertificateRun) -> int:
    """Return how many certificates of the file were revoked after they were printed."""
    with unscoped(session, "the order is in sight"):
        count = session.scalar(
            select(func.count(item.id))
            .join(Certificate, Certificate.id == item.certificate_id)
            .where(item.run_id == run.id, _REVOKED)
        )
    return count or 0


# ---------------------------------------------------------------- between the two
def left_alone(session: Session, moment: datetime) -> list[int]:
    """Return the keys of running orders that nobody has touched for a while: their worker is gone."""
    return list(
        session.scalars(
            select(CertificateRun.id)
            .where(
                CertificateRun.state == BatchState.RUNNING, CertificateRun.touched_at < moment - LEFT_ALONE
            )
            .order_by(CertificateRun.id)
        )
    )


def clean_up(session: Session, moment: datetime) -> list[str]:
    """Forget finished files that were kept long enough and return their keys, to be deleted after the commit."""
    table: Any = CertificateRun.__table__
    over = and_(table.c.media_key.is_not(None), table.c.expires_at < moment)
    gone = list(session.scalars(select(table.c.media_key).where(over)))
    session.execute(update(table).where(over).values(media_key=None))
    return gone


def held(session: Session, run_id: int) -> CertificateRun | None:
    """Return a running order, held until the commit."""
    return session.scalars(
        select(CertificateRun)
        .where(CertificateRun.id == run_id, CertificateRun.state == BatchState.RUNNING)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def actor_of(session: Session, run: CertificateRun) -> Actor | None:
    """Return who ordered, as he is now; ``None`` where he may not any more."""
    actor = load_actor(session, run.account_id)
    if actor is None or not permissions.may(actor, Verb.ISSUE, YearSummary):
        return None
    return actor if actor.organization_id == run.organization_id else None


def end(session: Session, run: CertificateRun, state: BatchState, reason: str | None = None) -> list[str]:
    """End an order, tell its actor where he did not wait for it, and return its portions' keys."""
    table: Any = CertificateRunItem.__table__
    session.execute(
        update(table)
        .where(table.c.run_id == run.id, table.c.step.in_(UNDER_WAY))
        .values(step=CertificateStep.LEFT)
    )
    parts, run.parts = list(run.parts), []
    run.state, run.reason, run.finished_at, run.touched_at = state, reason, now(), now()
    if in_background(run) and state is not BatchState.CANCELLED:
        session.add(
            Notice(
                account_id=run.account_id,
                title=_title(run),
                body=reason or _body(run),
                link=f"/admin/certificate-run/details/?id={run.id}",
            )
        )
    session.flush()
    return parts


def _title(run: CertificateRun) -> str:
    if run.state is BatchState.STOPPED:
        return f"证书{run.wanted.label}已中止"
    if run.form is None:
        return f"证书已制发：{run.issued_count} 份"
    return f"证书文件已生成：{run.printed_count} 份" if run.printed_count else "没有可以打印的证书"


def _body(run: CertificateRun) -> str:
    kept = f"文件保留 {KEPT.days} 天，请及时下载。" if run.printed_count else ""
    return kept + (f"{run.refused_count} 个人员年度没有办理，原因见办理记录。" if run.refused_count else "")
