"""Printing certificates that were issued: which of them, what stands on them, and that each print is counted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, update

from models import Certificate
from models.enums import CertificateStatus
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import certificate_files, certificate_templates, journal
from services.certificate_fields import CertificateFields
from services.certificate_files import Printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor


def printable(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, Printable]:
    """Return the certificates the actor may print, by key; must run inside ``unscoped``."""
    found = session.execute(
        select(Certificate.id, Certificate.snapshot, Certificate.template_id)
        .where(_may_be_printed(actor, ids))
        .order_by(Certificate.id)
    ).all()
    layouts = certificate_templates.layouts_of(session, [row.template_id for row in found])
    return {
        row.id: Printable(CertificateFields.from_snapshot(row.snapshot), layout)
        for row, layout in zip(found, layouts, strict=True)
    }


def any_printable(session: Session, actor: Actor, ids: Sequence[int]) -> bool:
    """Tell whether the actor may print one of some certificates."""
    return session.scalar(select(Certificate.id).where(_may_be_printed(actor, ids)).limit(1)) is not None


def _may_be_printed(actor: Actor, ids: Sequence[int]) -> ColumnElement[bool]:
    return and_(
        Certificate.id.in_(ids),
        Certificate.status == CertificateStatus.VALID,
        permissions.rows(actor, Verb.PRINT, Certificate),
    )


def count_prints(
    session: Session, actor: Actor, chosen: ColumnElement[bool], sha256: str, *, request_id: str | None = None
) -> None:
    """Count a print of each chosen certificate and journal it, the first as ``print``, later ones as ``reprint``.

    Must run inside ``unscoped``.

    Args:
        session: the transaction the file is handed over in.
        actor: who prints.
        chosen: the condition on certificates.
        sha256: of the file they are handed over in.
        request_id: for the journal.
    """
    table: Any = Certificate.__table__
    counted = session.execute(
        update(table)
        .where(chosen)
        .values(print_count=table.c.print_count + 1)
        .returning(table.c.id, table.c.person_id, table.c.number, table.c.print_count)
    ).all()
    journal.record_each(
        session,
        actor,
        "certificate",
        (
            (
                row.id,
                row.person_id,
                "print" if row.print_count == 1 else "reprint",
                {"number": row.number, "print": row.print_count, "sha256": sha256},
            )
            for row in sorted(counted)
        ),
        request_id=request_id,
    )


def print_now(
    session: Session, actor: Actor, certificate_ids: Sequence[int], *, request_id: str | None = None
) -> tuple[bytes, list[str]]:
    """Return one PDF of the valid certificates the actor may print, and their numbers. The caller commits.

    Raises:
        LookupError: none of them may be printed.
        services.certificate_pdf.CertificateRenderError: the layout failed.
    """
    with unscoped(session, "printing counts on rows that carry the actor's own expression"):
        found = printable(session, actor, certificate_ids)
        if not found:
            raise LookupError("no certificate to print")
        document = certificate_files.document(list(found.values()))
        digest = hashlib.sha256(document).hexdigest()
        count_prints(session, actor, Certificate.__table__.c.id.in_(found), digest, request_id=request_id)
    return document, [one.fields.number for one in found.values()]
