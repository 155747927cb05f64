"""Carrying an order of certificates out: its portions one after the other, pages outside of every transaction.

An order may be taken up again at any point, and by two workers at once: each step asks what is left.
"""

from __future__ import annotations

import io
import tempfile
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from services import certificate_files
from services import certificate_run_steps as steps
from services.certificate_pdf import CertificateRenderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

    from services.certificate_run_steps import Part
    from services.media import MediaStore

    Opened = Callable[[], AbstractContextManager[Session]]

ATTEMPTS = 3


def carry_out(opened: Opened, store: MediaStore, run_id: int, public_url: str) -> None:
    """Issue, print and hand over what is left of an order.

    Args:
        opened: opens a transaction that sees everything, and commits it.
        store: where files lie.
        run_id: the order; one that is not running is left alone.
        public_url: address of the system, without a slash at the end, for QR codes.
    """
    while _settled(opened, run_id, public_url):
        pass
    while (part := _next_part(opened, run_id)) is not None:
        if not _printed(opened, store, part):
            return  # it ended, or somebody else is at it
    _hand_over(opened, store, run_id)


def _settled(opened: Opened, run_id: int, public_url: str) -> bool:
    for attempt in range(ATTEMPTS):
        try:
            with opened() as session:
                return steps.settle(session, run_id, public_url, steps.PORTION)
        except IntegrityError:  # a certificate was stored in the same moment; asked again, it is found
            if attempt == ATTEMPTS - 1:
                raise
    return False


def _next_part(opened: Opened, run_id: int) -> Part | None:
    with opened() as session:
        return steps.next_part(session, run_id, steps.PAGES)


def _printed(opened: Opened, store: MediaStore, part: Part) -> bool:
    data, refused = _pages(part)
    key = store.put(data) if data else None
    with opened() as session:
        kept = steps.store_part(session, part, key, refused)
    if not kept and key is not None:
        store.delete(key)
    return kept


def _pages(part: Part) -> tuple[bytes, dict[int, str]]:
    """Return the file of a portion, and why some of it cannot be printed: one bad name does not stop the others."""
    fields = part.fields
    try:
        return (certificate_files.portion(list(fields.values()), part.form) if fields else b""), {}
    except CertificateRenderError:
        refused = {key: why for key, one in fields.items() if (why := certificate_files.complaint(one))}
        if not refused:
            raise
        good = [one for key, one in fields.items() if key not in refused]
        return (certificate_files.portion(good, part.form) if good else b""), refused


def _hand_over(opened: Opened, store: MediaStore, run_id: int) -> None:
    with opened() as session:
        printed = steps.printed_parts(session, run_id)
    if printed is None:
        return
    parts, form = printed
    key, size, digest = None, 0, ""
    if parts:
        with tempfile.TemporaryFile() as file:
            digest = certificate_files.join([partial(store.open, part) for part in parts], form, file)
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            key = store.put_from(file)
    with opened() as session:
        old = steps.finish(session, run_id, key, size, digest)
    if old is None:
        if key is not None:
            store.delete(key)
        return
    for part in old:
        store.delete(part)
