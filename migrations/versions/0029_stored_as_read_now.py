"""What was stored under earlier rules becomes what is read now: views without citizen ids, one key for one piece of evidence.

Views saved before may hold a citizen id in a parameter, which no address takes any more; such parameters go. Claims filed before
numbers were written in one way have keys of their own, by which guards and checks take the same patent, book or paper for two;
they get the key they would get today. Both ask the very functions the system reads by, once, before the first request after
the upgrade: a job or a command would leave a time in which old keys and new ones stand side by side. A second run changes nothing.

Revises: 0028
Written: 2026-11-27
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from services.evidence_numbers import WRITTEN
from services.listing import citizen_ids_in
from services.reuse import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

PORTION = 5000
WAITING = ("submitted", "accepted", "declared")


def upgrade() -> None:
    _clean_views()
    _write_keys_anew()


def downgrade() -> None:
    """Leave them: what stood there before is not known any more."""


def _clean_views() -> None:
    view = sa.table("saved_view", sa.column("id"), sa.column("arguments", sa.JSON())).c

    def cleaned(row: Any) -> dict[str, Any] | None:
        kept = {name: value for name, value in row.arguments.items() if not citizen_ids_in(str(value))}
        return {"kept": kept} if kept != row.arguments else None

    change = sa.update(view.id.table).values(arguments=sa.bindparam("kept"))
    _rewrite(sa.select(view.id, view.arguments), view.id, change, cleaned)


def _write_keys_anew() -> None:
    claim = sa.table(
        "claim", sa.column("id"), sa.column("kind_version_id"), sa.column("title"), sa.column("start_date", sa.Date()),
        sa.column("credit_year"), sa.column("items", sa.JSON()), sa.column("status"), sa.column("evidence_key"),
        sa.column("check_result"),
    ).c  # fmt: skip
    kinds = {version: (code, recurring, numbers) for version, code, recurring, numbers in _numbered_kinds()}

    def anew(row: Any) -> dict[str, Any] | None:
        code, recurring, numbers = kinds[row.kind_version_id]
        year = row.credit_year if recurring else None
        key = key_of(code, numbers, row.items, title=row.title, first_day=row.start_date, year=year)
        return {"new": key} if key != row.evidence_key else None

    rows = sa.select(*(claim[name] for name in ("id", "kind_version_id", "title", "start_date", "credit_year", "items",
                                                "evidence_key")))  # fmt: skip
    numbered = claim.kind_version_id.in_(list(kinds))
    change = sa.update(claim.id.table).values(evidence_key=sa.bindparam("new"))
    if _rewrite(rows.where(numbered), claim.id, change, anew):
        # Who looks at one that waits shall be told what is the same now, also of one whose own key stayed: the worker checks
        # them within minutes.
        waits = sa.or_(*(claim.status == state for state in WAITING))
        op.execute(sa.update(claim.id.table).where(numbered, waits).values(check_result="unchecked"))


def _numbered_kinds() -> Iterator[tuple[int, str, bool, list[str]]]:
    """Yield version, code of the kind, whether it recurs, and its numbers, where one of these can be written in several ways."""
    kind = sa.table("claim_kind", sa.column("id"), sa.column("code")).c
    version = sa.table(
        "claim_kind_version", sa.column("id"), sa.column("kind_id"), sa.column("recurring", sa.Boolean())
    ).c
    item = sa.table(
        "claim_item", sa.column("kind_version_id"), sa.column("code"), sa.column("evidence", sa.Boolean()),
        sa.column("position"),
    ).c  # fmt: skip
    rows = (
        sa.select(version.id, kind.code, version.recurring, item.code.label("number"))
        .join_from(version.id.table, kind.id.table, kind.id == version.kind_id)
        .join(item.code.table, item.kind_version_id == version.id)
        .where(item.evidence.is_(True))
        .order_by(version.id, item.position)
    )
    found: dict[tuple[int, str, bool], list[str]] = {}
    for row in op.get_bind().execute(rows):
        found.setdefault((row.id, row.code, row.recurring), []).append(row.number)
    yield from ((*key, numbers) for key, numbers in found.items() if WRITTEN.keys() & set(numbers))


def _rewrite(rows: Any, key: Any, change: Any, anew: Callable[[Any], dict[str, Any] | None]) -> int:
    """Change the rows that are to be changed, portion by portion in the order of their keys; return how many.

    Args:
        rows: SELECT of what ``anew`` looks at.
        key: the column of the primary key.
        change: UPDATE whose parameters ``anew`` returns.
        anew: row → parameters, or ``None`` where it stays.
    """
    connection, last, changed = op.get_bind(), 0, 0
    change = change.where(key == sa.bindparam("key"))
    while part := connection.execute(rows.where(key > last).order_by(key).limit(PORTION)).all():
        if values := [{"key": row.id, **new} for row in part if (new := anew(row)) is not None]:
            connection.execute(change, values)
            changed += len(values)
        last = part[-1].id
    return changed
