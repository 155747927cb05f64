"""行政区划 as a workbook: taken along, changed, and compared with what is stored before anything is written.

A row belongs to the division of its code (GB/T 2260). Divisions the file leaves out stay as they are: abolishing is said by
a date, as in ``services.dictionary_sheet``, merging by a code beside it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import Region
from models.enums import RegionLevel
from services import comparing, region_editing, region_merging
from services.base_history import text
from services.comparing import Change
from services.importing import Column
from services.region_editing import LABELS
from services.typed_text import visible
from services.validity import begins_later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.comparing import Places

CODE = Column("code", LABELS["code"], required=True)
NAME = Column("name", LABELS["name"], required=True)
VALID_FROM = Column("valid_from", LABELS["valid_from"], required=True)
VALID_TO = Column("valid_to", LABELS["valid_to"], required=True)
MERGED = Column("merged_into", LABELS["merged_into"])
COLUMNS = (CODE, NAME, VALID_FROM, VALID_TO, MERGED)
HEADER = (
    CODE.label, NAME.label, LABELS["level"], LABELS["parent_code"], VALID_FROM.label, VALID_TO.label, MERGED.label,
)  # fmt: skip
NOTES = (
    "每一行是一个区划，以“区划代码”识别；代码不能在这里修改。新设区划：在最后加一行，填代码和名称，级别和上级由代码得出。",
    "撤销：在“有效期至”填最后有效的日期（如 2026-12-31）；恢复：清空该格。不要删行：文件中没有的区划保持不变。",
    "并入：除“有效期至”外，在“并入”填并入的区划的代码，它在次日须是现行区划；恢复的，连同“并入”一起清空。",
    "“级别”和“上级区划”两列只供查看。撤销和并入都不会移动单位和人员，请各单位申请变更“所属区域”。",
)
AGAIN = "请先导出行政区划，在导出的文件上修改"
MOST_ROWS = 5_000
NEW, RENAMED, BEGINS, ABOLISHED, INTO, RESTORED = "新增", "改名", "修改启用日期", "撤销", "并入", "恢复"
KINDS = (NEW, RENAMED, BEGINS, ABOLISHED, INTO, RESTORED)


@dataclass(frozen=True, slots=True)
class Row(comparing.Row):
    """A row of the file as read.

    A file without the column 并入 leaves ``merged_into`` as it is, except where a division is brought back.
    """

    valid_from: date | None
    valid_to: date | None
    merged_into: str | None


Comparison = comparing.Comparison[Row]


def lines(session: Session, keys: Sequence[int]) -> Iterator[list[str | None]]:
    """Yield the cells of these divisions, in their order, under :data:`HEADER`."""
    known = {row.id: row for row in region_editing.every(session).values()}
    for row in (known[key] for key in keys if key in known):
        days = [day.isoformat() if day else None for day in (row.valid_from, row.valid_to)]
        yield [row.code, row.name, row.level.label, row.parent_code, *days, row.merged_into]


def compare(session: Session, filename: str, data: bytes) -> Comparison:
    """Read a workbook and say what it would change; nothing is written.

    Raises:
        InputError: ``file``: it cannot be read, its headers are not those of the export, or it has no or too many rows.
    """
    places, filled = comparing.opened(
        data, filename, COLUMNS, sheet=Region.__label__, what="区划", again=AGAIN, most=MOST_ROWS
    )
    found = Comparison(KINDS)
    known = region_editing.every(session)
    read = [_read(found, number, cells, places, known) for number, cells in filled]
    rows = [row for row in read if row is not None]
    _compare(found, known, rows, places)
    found.missing = len(known.keys() - {row.code for row in rows})
    return found


def _read(
    found: Comparison, number: int, cells: Mapping[str, str], places: Places, known: Mapping[str, Region]
) -> Row | None:
    days: dict[str, date | None] = {}
    for part in (VALID_FROM, VALID_TO):
        try:
            days[part.name] = comparing.day_of(cells, part)
        except ValueError as error:
            found.wrong(number, part, places, str(error))
    if len(days) < 2:  # noqa: PLR2004
        return None
    into, before = cells.get(MERGED.name) or None, known.get(cells[CODE.name])
    if MERGED.name not in places and before is not None and days[VALID_TO.name] is not None:
        into = before.merged_into
    return Row(number, cells[CODE.name], visible(cells[NAME.name]), **days, merged_into=into)


def _compare(
    found: Comparison, known: Mapping[str, Region], rows: Sequence[Row], places: Places
) -> dict[str, Region]:
    """Put changes and problems of rows on ``found``; return the divisions as the file would leave them, by code.

    Every row is checked against what the file leaves: a city goes together with its counties, and comes back with them.
    """
    found.state = comparing.state_of(known.values(), region_editing.FIELDS)
    first, after = comparing.first_numbers(rows), _as_left(known, rows)
    below: dict[str | None, list[Region]] = defaultdict(list)
    for one in after.values():
        below[one.parent_code].append(one)
    for row in rows:
        before, mine = known.get(row.code), after[row.code]
        if first[row.code] != row.number:
            errors: Iterable[tuple[Column, str]] = [(CODE, comparing.twice(first[row.code]))]
        else:
            errors = [
                *_errors(row, before, mine, after.get(mine.parent_code or ""), below[row.code]),
                *_merging_errors(row, before, mine, after),
            ]
        found.judge(row, _change(mine, row, before), errors, places)
    return after


def _as_left(known: Mapping[str, Region], rows: Sequence[Row]) -> dict[str, Region]:
    """Return the divisions by code as the file would leave them, on objects no session knows."""
    codes = known.keys() | {row.code for row in rows}
    after = {
        one.code: Region(**{name: getattr(one, name) for name in region_editing.FIELDS})
        for one in known.values()
    }
    for row in rows:
        parent_code, level = region_editing.place_of(row.code, codes)
        mine = after.setdefault(row.code, Region(code=row.code, level=level, parent_code=parent_code))
        mine.name, mine.valid_from, mine.valid_to = row.label, row.valid_from, row.valid_to
        mine.merged_into = row.merged_into
    return after


def _errors(
    row: Row, before: Region | None, mine: Region, above: Region | None, below: Sequence[Region]
) -> Iterator[tuple[Column, str]]:
    """Yield what is wrong with a row, given what stands above and below it once the file is written."""
    if wrong := "" if before else region_editing.check_code(row.code, mine.parent_code):
        yield CODE, wrong
    yield from ((NAME, sentence) for sentence in region_editing.check_name(row.label).values())
    if before is not None and (before.valid_from, before.valid_to) == (row.valid_from, row.valid_to):
        return
    if mine.level is RegionLevel.PROVINCE:
        yield VALID_TO, "省级区划不在这里撤销，也不改启用日期"
        return
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        yield VALID_TO, f"不能早于启用日期 {row.valid_from}"
    longer = [one for one in below if _ends_before(mine, one)]
    if longer:
        yield (
            VALID_TO,
            f"下面还有 {len(longer)} 个区划没有撤销（如“{longer[0].name}”），请一并填写它们的“有效期至”",
        )
    if above is not None and _ends_before(above, mine):
        yield VALID_TO, f"上级“{above.name}”的有效期至 {above.valid_to}，请一并修改上级，或填不晚于该日的日期"
    if begins_later(mine) and any(not begins_later(one, mine.valid_from) for one in below):
        yield VALID_FROM, "下面的区划启用得更早，请先核对它们的“启用日期”"


def _merging_errors(
    row: Row, before: Region | None, mine: Region, after: Mapping[str, Region]
) -> Iterator[tuple[Column, str]]:
    """Yield what is wrong with the division a row names to stand for its own."""
    stored = (before.merged_into, before.valid_to) if before else (None, None)
    if row.merged_into is None or stored == (row.merged_into, row.valid_to):
        return
    if row.valid_to is None:
        yield MERGED, "并入别的区划的，请在“有效期至”填最后有效的日期；恢复的，请把两格都清空"
    elif wrong := region_merging.refusal(mine, after.get(row.merged_into), row.valid_to):
        yield MERGED, wrong


def _ends_before(one: Region, other: Region) -> bool:
    """Tell whether a division ends while another goes on."""
    return one.valid_to is not None and (other.valid_to is None or other.valid_to > one.valid_to)


def _change(mine: Region, row: Row, before: Region | None) -> Change[Row]:
    names = region_editing.FIELDS if before is None else region_editing.KEPT
    differing = [name for name in names if getattr(before, name, None) != getattr(mine, name)]
    told = tuple(
        (LABELS[name], text(getattr(before, name, None)), text(getattr(mine, name))) for name in differing
    )
    if before is None:
        return Change(row, (NEW,), told)
    ends = RESTORED if mine.valid_to is None else ABOLISHED if mine.merged_into is None else INTO
    said = {"name": RENAMED, "valid_from": BEGINS, "valid_to": ends, "merged_into": ends}
    return Change(row, tuple(dict.fromkeys(said[name] for name in differing)), told)


def apply(session: Session, actor: Actor, code: str, *, request_id: str | None = None) -> int:
    """Write the changes that were shown and confirmed; return how many divisions changed.

    Args:
        session: the actor's; the caller checks the permission and commits.
        actor: who imports.
        code: :attr:`Comparison.code` of what was shown.
        request_id: for the journal.

    Raises:
        ValueError: ``code`` is nothing of the kind.
        InputError: the divisions changed since, or a row is no longer possible.
    """
    state, rows = comparing.decoded(code, _row)
    known, found = region_editing.every(session, lock=True), Comparison(KINDS)
    after = _compare(found, known, rows, {})
    comparing.refuse_changed(found, state, Region.__label__)
    wanted = [after[change.row.code] for change in found.changes]
    region_editing.write_many(session, actor, known, wanted, request_id=request_id)
    return len(wanted)


def _row(number: int, code: str, name: str, begins: str | None, ends: str | None, into: str | None) -> Row:
    return Row(
        int(number), str(code), visible(str(name)), comparing.read_day(begins), comparing.read_day(ends),
        into and str(into),
    )  # fmt: skip
