"""The journal's hash chain: sealing rows in blocks, and naming the first row that was changed afterwards.

What the chain cannot tell: whoever can write to the database may alter or remove rows that are not sealed yet, and may
cut off the newest seals together with their rows, or alter those rows before the next sealing seals them again. Against
this, seal often (few rows are open), and keep :attr:`AuditReport.head` outside the database: a later :func:`verify`
that is given it as ``anchor`` tells whether everything sealed then is still there. Whoever also has the keys of the
system can forge all of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from models import JournalEntry, JournalSeal, crypto
from models.base import now
from permissions.wall import unscoped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import RowMapping
    from sqlalchemy.orm import Session

START = -(2**62)
"""Below every key, of forged rows too."""
BLOCK = 1000
"""Rows of a seal at most: 32 KB of digests."""
DIGEST_BYTES = 32
UNREADABLE = bytes(DIGEST_BYTES)
"""Stands for a row somebody made unreadable; no seal makes it good."""
PURPOSE = "journal"

journal: Any = JournalEntry.__table__
Digests = list[tuple[int, bytes]]
"""(key, digest) of journal rows in key order."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was found.

    Attributes:
        sealed: rows whose seal was confirmed, up to the first problem.
        unsealed: rows written after the last seal.
        problem: a Chinese sentence about the first row that is not as it was sealed, or None.
        head: the last confirmed chain value, to be kept elsewhere and given to a later :func:`verify`; empty before
            the first seal.
    """

    sealed: int
    unsealed: int
    problem: str | None
    head: str = ""


def seal(session: Session, *, wait: bool = True) -> int:
    """Seal every row of the journal that is not sealed yet; the caller commits.

    No row may turn up later among sealed ones. SQLite has one writer at a time. On PostgreSQL a transaction may hold
    a lower key than one already committed: the journal is locked for a moment, until all of them have ended, and let
    go again; whatever is written afterwards has a higher key. A second sealing waits for the first to commit.

    Args:
        session: any session in its default isolation level; the work runs unscoped.
        wait: whether to wait for running transactions; without it, nothing is sealed while there are any.

    Returns:
        Number of rows sealed.
    """
    with unscoped(session, "the journal is sealed as a whole"):
        last = _last_settled(session, wait=wait)
        newest = session.scalars(select(JournalSeal).order_by(JournalSeal.last_id.desc()).limit(1)).first()
        after, chain, count = (newest.last_id, newest.chain, 0) if newest else (START, "", 0)
        while rows := _digests(session, after, last, BLOCK):
            block = JournalSeal(
                first_id=rows[0][0],
                last_id=rows[-1][0],
                digests=b"".join(digest for _, digest in rows),
                sealed_at=now(),
            )
            block.chain = crypto.sign(PURPOSE, _payload(chain, block))
            session.add(block)
            after, chain, count = block.last_id, block.chain, count + len(rows)
        session.flush()
    return count


def verify(session: Session, *, anchor: str | None = None) -> AuditReport:
    """Compare the journal with its seals, block by block.

    Args:
        session: any session; the work runs unscoped.
        anchor: the ``head`` of an earlier report.
    """
    with unscoped(session, "the journal is verified as a whole"):
        after, chain, count = START, "", 0
        seen = anchor is None or anchor == ""
        for block in _seals(session):
            problem = _broken_link(chain, block) or _first_difference(session, after, block)
            if problem:
                return AuditReport(count, 0, problem, chain)
            after, chain, count = block.last_id, block.chain, count + len(block.digests) // DIGEST_BYTES
            seen = seen or chain == anchor
        unsealed = session.scalar(select(func.count()).where(journal.c.id > after)) or 0
        problem = None if seen else f"末尾的封存记录被删除：找不到链值 {anchor}"
        return AuditReport(count, unsealed, problem, chain)


def verify_block(session: Session, key: int) -> tuple[JournalSeal | None, str | None]:
    """Compare the block a journal row lies in with its seal; return the block and what is wrong with it.

    Whether the blocks before it are whole is what :func:`verify` tells.

    Args:
        session: any session; the work runs unscoped.
        key: of the row.

    Returns:
        The block, ``None`` where the row is not sealed yet; and a Chinese sentence, ``None`` where all is well.
    """
    with unscoped(session, "a block is verified as a whole"):
        block = session.scalars(
            select(JournalSeal).where(JournalSeal.last_id >= key).order_by(JournalSeal.last_id).limit(1)
        ).first()
        if block is None:
            return None, None
        before = session.scalars(
            select(JournalSeal)
            .where(JournalSeal.last_id < block.last_id)
            .order_by(JournalSeal.last_id.desc())
            .limit(1)
        ).first()
        chain, after = (before.chain, before.last_id) if before else ("", START)
        return block, _broken_link(chain, block) or _first_difference(session, after, block)


def _last_settled(session: Session, *, wait: bool) -> int:
    """Return the key up to which the journal is complete; ``START`` where that cannot be told without waiting."""
    newest = select(func.coalesce(func.max(journal.c.id), 0))
    if session.get_bind().dialect.name != "postgresql":
        return session.scalar(newest) or 0
    nowait = "" if wait else " NOWAIT"
    last = START
    try:
        with session.begin_nested():
            session.execute(text(f"LOCK TABLE journal_seal IN SHARE ROW EXCLUSIVE MODE{nowait}"))
        with session.begin_nested() as savepoint:
            session.execute(text(f"LOCK TABLE journal_entry IN SHARE ROW EXCLUSIVE MODE{nowait}"))
            last = session.scalar(newest) or 0
            savepoint.rollback()  # gives the lock back: nobody waits while the rows are hashed
    except OperationalError as error:
        if wait or getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
            raise
    return last


def _seals(session: Session) -> Iterator[JournalSeal]:
    wanted = select(JournalSeal).order_by(JournalSeal.last_id).limit(20)
    blocks = session.scalars(wanted).all()
    while blocks:
        for block in blocks:
            yield block
            session.expunge(block)
        blocks = session.scalars(wanted.where(JournalSeal.last_id > blocks[-1].last_id)).all()


def _payload(previous: str, block: JournalSeal) -> bytes:
    head = f"{previous}|{block.first_id}|{block.last_id}|{_plain(block.sealed_at)}|"
    return head.encode() + block.digests


def _broken_link(chain: str, block: JournalSeal) -> str | None:
    if crypto.verify(PURPOSE, _payload(chain, block), block.chain):
        return None
    return f"封存第 {block.first_id} 至 {block.last_id} 号日志的记录被修改，或它前面的封存记录被删除"


def _first_difference(session: Session, after: int, block: JournalSeal) -> str | None:
    """Name the first row between the end of the last block and the end of this one that is not as it was sealed."""
    sealed = [
        block.digests[start : start + DIGEST_BYTES] for start in range(0, len(block.digests), DIGEST_BYTES)
    ]
    rows = _digests(session, after, block.last_id, len(sealed) + BLOCK)
    if [digest for _, digest in rows] == sealed and UNREADABLE not in sealed:
        return None
    pairs = enumerate(zip(rows, sealed, strict=False))
    position = next(
        (place for place, (row, digest) in pairs if row[1] == UNREADABLE or row[1] != digest),
        min(len(rows), len(sealed)),
    )
    before = rows[position - 1][0] if position else after
    if position == len(rows):
        return _removed(before, block.last_id, sealed[position:], block)
    key, found = rows[position]
    rest = sealed[position:]
    if found != UNREADABLE and found in rest:
        return _removed(before, key - 1, rest[: rest.index(found)], block)
    others = {digest for _, digest in rows[position + 1 :]}
    if key < block.first_id or not rest or rest[0] in others:
        return f"第 {key} 号日志不在链中：它是封存后插入的，或编号被改动"
    return f"第 {key} 号日志被修改"


def _removed(before: int, until: int, missing: list[bytes], block: JournalSeal) -> str:
    """Name a missing row: by its key where that is certain, else by the keys it lay between."""
    if missing[0] == block.digests[:DIGEST_BYTES]:
        return f"第 {block.first_id} 号日志被删除"
    if missing[0] == block.digests[-DIGEST_BYTES:]:
        return f"第 {block.last_id} 号日志被删除"
    if until - before == len(missing):
        return f"第 {before + 1} 号日志被删除"
    return f"第 {before + 1} 至 {until} 号之间有日志被删除"


def _digests(session: Session, after: int, last: int, limit: int) -> Digests:
    """Return key and digest of the rows with a key beyond ``after`` and up to ``last``, at most ``limit``."""
    within = journal.c.id > after, journal.c.id <= last
    statement = select(journal).where(*within).order_by(journal.c.id).limit(limit)
    try:
        return [(row["id"], _digest(row)) for row in session.execute(statement).mappings()]
    except (TypeError, ValueError):  # SQLite keeps anything in any column
        keys = session.scalars(select(journal.c.id).where(*within).order_by(journal.c.id).limit(limit)).all()
        return [(key, _digest_of(session, key)) for key in keys]


def _digest_of(session: Session, key: int) -> bytes:
    try:
        return _digest(session.execute(select(journal).where(journal.c.id == key)).mappings().one())
    except (TypeError, ValueError):
        return UNREADABLE


def _digest(row: RowMapping) -> bytes:
    """Return the SHA-256 of a row as JSON with sorted names.

    Empty columns are left out, so that a column added to the table later does not change the digests of older rows.
    """
    filled = {name: value for name, value in row.items() if value is not None}
    canonical = json.dumps(filled, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hashlib.sha256(canonical.encode()).digest()


def _plain(value: object) -> str:
    """Write a moment in UTC to the microsecond, whatever zone the connection speaks."""
    if not isinstance(value, datetime):
        raise TypeError(f"the journal holds no {type(value).__name__}")
    return value.astimezone(UTC).isoformat(timespec="microseconds")
