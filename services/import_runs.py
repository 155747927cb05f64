"""导入 of what was checked: the good rows are stored, and the bad ones go back to their author.

Rows are stored in portions, each in a transaction of its own together with its marks: a worker killed in the middle
leaves whole portions behind, and whoever goes on doubles nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

import xlsxwriter
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from models import ImportRow, ImportRun
from models.base import now
from models.enums import ImportState, RowOutcome
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import exporting, journal
from services.errors import InputError
from services.importing import Line, places_of
from services.spreadsheets import letter_of
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.importing import Importer

AT_ONCE = 200
"""Rows imported while one waits; more are the worker's."""
PORTION = 500
LEFT_ALONE = timedelta(minutes=2)
UNUSED, KEPT = timedelta(days=7), timedelta(days=30)
STARTED = "imports_started"
"""In ``session.info``: keys of runs the worker has to take up after the commit."""
ERRORS = "错误说明"


def start(session: Session, actor: Actor, run: ImportRun) -> None:
    """Let a checked run begin; twice is once. The caller commits, and then stores the rows or has the worker do it.

    Raises:
        InputError: there is nothing to import.
    """
    if not run.good_count:
        raise InputError({"": "没有可以导入的行，请按错误说明修改后重新上传"})
    if not permissions.allows(session, actor, Verb.EDIT, run):
        raise InputError({"": "您没有导入的权限，请联系本单位管理员"})
    with unscoped(session, "the permission was checked"):
        begun = session.execute(
            update(ImportRun)
            .where(ImportRun.id == run.id, ImportRun.state == ImportState.CHECKED)
            .values(state=ImportState.RUNNING, touched_at=now())
            .returning(ImportRun.id)
        ).all()
    if begun and run.good_count > AT_ONCE:
        session.info.setdefault(STARTED, []).append(run.id)
    session.expire(run)


def advance(session: Session, importers: Mapping[str, Importer], run_id: int) -> bool:
    """Store the next portion of a run's good rows; return whether there may be more. The caller commits after each.

    Args:
        session: any session; the run's own administrator is whom the rows are checked for.
        importers: by kind.
        run_id: the run; one that is not running is left alone.
    """
    with unscoped(session, "a run belongs to its administrator, whoever carries it out"):
        run = session.scalars(
            select(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.state == ImportState.RUNNING)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if run is None:
            return False
        importer = importers[run.kind].of(run)
        actor = load_actor(session, run.account_id)
        if (
            actor is None
            or actor.organization_id != run.organization_id
            or not permissions.may(actor, Verb.CREATE, importer.model)
        ):
            _end(
                session, run, ImportState.STOPPED, "导入人的账户已停用或不再是本单位管理员，其余的行没有导入"
            )
            return False
        rows = session.scalars(
            select(ImportRow)
            .where(ImportRow.run_id == run.id, ImportRow.outcome == RowOutcome.GOOD)
            .order_by(ImportRow.number)
            .limit(PORTION)
        ).all()
        if rows:
            _store(session, actor, importer, run, rows)
        if len(rows) < PORTION:
            _end(session, run, ImportState.DONE)
            journal.record(
                session,
                actor,
                "import_run",
                run.id,
                "import",
                details={"kind": run.kind, "rows": run.done_count},
            )
            return False
        run.touched_at = now()
        return True


def _store(
    session: Session, actor: Actor, importer: Importer, run: ImportRun, rows: Sequence[ImportRow]
) -> None:
    _number, places = places_of(importer.columns, [[label for _letter, label in run.columns]])
    letters = {name: letter_of(place) for name, place in places.items()}
    lines = [
        Line(row.number, {name: row.cells[place] for name, place in places.items()}, letters) for row in rows
    ]
    importer.check(session, actor, lines)  # the world went on since
    good = [line for line in lines if line.outcome is RowOutcome.GOOD]
    stored = importer.store(session, actor, run, good) if good else {}
    allowed = select(func.count(importer.model.id)).where(
        importer.model.id.in_(keys(session, list(stored.values()))),
        or_(*(permissions.rows(actor, verb, importer.model) for verb in importer.verbs)),
    )
    if session.scalar(allowed) != len(stored):
        raise PermissionError("an import stored rows its administrator may not create")
    for line, row in zip(lines, rows, strict=True):
        row.object_id = stored.get(line.number)
        row.errors = line.errors
        # A good line that was not stored was stored by somebody else in this very moment.
        row.outcome = (
            RowOutcome.DONE
            if row.object_id
            else RowOutcome.KNOWN
            if line.outcome is RowOutcome.GOOD
            else line.outcome
        )
    session.flush()
    counts = _counts(session, run.id)
    run.done_count = counts.get(RowOutcome.DONE, 0)
    run.bad_count = counts.get(RowOutcome.BAD, 0)
    run.known_count = counts.get(RowOutcome.KNOWN, 0)


def _counts(session: Session, run_id: int) -> dict[RowOutcome, int]:
    rows = session.execute(
        select(ImportRow.outcome, func.count().label("rows"))
        .where(ImportRow.run_id == run_id)
        .group_by(ImportRow.outcome)
    )
    return {row.outcome: row.rows for row in rows}


def _end(session: Session, run: ImportRun, state: ImportState, reason: str | None = None) -> None:
    run.state, run.reason = state, reason
    run.finished_at = run.touched_at = now()
    session.flush()


def progress(run: ImportRun) -> int:
    """Return how far a run is, in whole percent."""
    settled = run.done_count + run.bad_count + run.known_count
    before = run.row_count - run.good_count
    return 100 * (settled - before) // run.good_count if run.good_count else 100


def left_alone(session: Session, moment: datetime) -> list[int]:
    """Return the keys of running imports that nobody has touched for a while: their worker is gone."""
    return list(
        session.scalars(
            select(ImportRun.id)
            .where(ImportRun.state == ImportState.RUNNING, ImportRun.touched_at < moment - LEFT_ALONE)
            .order_by(ImportRun.id)
        )
    )


def problems(session: Session, run: ImportRun, limit: int) -> list[ImportRow]:
    """Return the first bad rows of a run, in the order of the file."""
    return list(
        session.scalars(
            select(ImportRow)
            .where(ImportRow.run_id == run.id, ImportRow.outcome == RowOutcome.BAD)
            .order_by(ImportRow.number)
            .limit(limit)
        )
    )


def write_problems(session: Session, run: ImportRun, target: IO[bytes]) -> None:
    """Write the bad rows of a run as a workbook like the one that came, with what is wrong in a last column.

    Put right, it can be uploaded as it is.
    """
    book = xlsxwriter.Workbook(target, {"constant_memory": True, **exporting.SAFE})
    try:
        _write_rows(book, run, problems(session, run, run.row_count))
    finally:
        book.close()  # whatever happened: until then rows lie in files of their own


def _write_rows(book: Any, run: ImportRun, rows: Sequence[ImportRow]) -> None:
    text = book.add_format({"num_format": "@"})
    wrong = book.add_format({"num_format": "@", "bg_color": "#FFE0E0", "font_color": "#9C0006"})
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF6", "border": 1})
    sheet = book.add_worksheet(exporting.sheet_name(run.filename.rpartition(".")[0]))
    sheet.freeze_panes(1, 0)
    kept = [place for place, (_letter, label) in enumerate(run.columns) if label != ERRORS]
    for column, label in enumerate([*(run.columns[place][1] for place in kept), ERRORS]):
        sheet.write_string(0, column, exporting.clean(label), bold)
        sheet.set_column(column, column, 60 if label == ERRORS else 16, text)
    for number, row in enumerate(rows, 1):
        marked = {error["column"] for error in row.errors}
        for column, place in enumerate(kept):
            look = wrong if run.columns[place][0] in marked else text
            sheet.write_string(number, column, exporting.clean(row.cells[place]), look)
        said = "；".join(f"{error['label']}：{error['sentence']}" for error in row.errors)
        sheet.write_string(number, len(kept), exporting.clean(said), wrong)


def recent(session: Session, kind: str, class_id: int | None, limit: int) -> list[ImportRun]:
    """Return the last imports of one's scope, of one class where it is about one, the latest first."""
    about = ImportRun.class_id == class_id if class_id else ImportRun.class_id.is_(None)
    statement = select(ImportRun).where(ImportRun.kind == kind, about).order_by(ImportRun.id.desc())
    return list(session.scalars(statement.limit(limit)))


def discard(session: Session, actor: Actor, run: ImportRun) -> None:
    """Forget a checked run that is not wanted.

    Raises:
        InputError: it has begun.
    """
    if not permissions.allows(session, actor, Verb.DELETE, run) or run.state is not ImportState.CHECKED:
        raise InputError({"": "导入已经开始，不能放弃"})
    with unscoped(session, "the permission was checked"):
        _forget(session, ImportRun.id == run.id)


def clean_up(session: Session, moment: datetime) -> None:
    """Drop checked runs nobody imported, and what was typed in runs that ended a while ago; their figures stay."""
    _forget(session, and_(ImportRun.state == ImportState.CHECKED, ImportRun.created_at < moment - UNUSED))
    ended = select(ImportRun.id).where(
        or_(ImportRun.state == ImportState.DONE, ImportRun.state == ImportState.STOPPED),
        ImportRun.finished_at < moment - KEPT,
    )
    session.execute(
        delete(ImportRow).where(ImportRow.run_id.in_(ended)).execution_options(synchronize_session=False)
    )


def _forget(session: Session, condition: ColumnElement[bool]) -> None:
    chosen = select(ImportRun.id).where(condition)
    options = {"synchronize_session": False}
    session.execute(delete(ImportRow).where(ImportRow.run_id.in_(chosen)), execution_options=options)
    session.execute(delete(ImportRun).where(condition), execution_options=options)
