"""Stored files that nothing refers to any more, and their removal."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from models import (
    CertificateRun,
    ClaimAttachment,
    Organization,
    OrganizationChange,
    PersonCorrection,
    RegistrationDraft,
    TrainingAttachment,
)
from models.enums import BatchState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from services.media import MediaStore

ORPHAN_AGE = timedelta(days=2)
"""Since it was stored: a form may be left open, and a transaction that names a file may still be under way."""
PORTION = 1_000
NAMES = (
    ClaimAttachment.media_key,
    ClaimAttachment.preview_key,
    Organization.certificate_key,
    OrganizationChange.certificate_key,
    PersonCorrection.scan_key,
    CertificateRun.media_key,
    TrainingAttachment.media_key,
    TrainingAttachment.preview_key,
)
"""Every column that names a stored file; registrations and orders of certificates under way name theirs in lists."""


def forget_unsaved(session: Session, moment: datetime) -> list[str]:
    """Drop attachments of forms nobody saved and return the keys of their files, to be deleted after the commit."""
    gone = session.execute(
        delete(ClaimAttachment)
        .where(ClaimAttachment.claim_id.is_(None), ClaimAttachment.uploaded_at < moment - ORPHAN_AGE)
        .returning(ClaimAttachment.media_key, ClaimAttachment.preview_key)
    )
    return [key for keys in gone for key in keys if key]


def unnamed(session: Session, store: MediaStore, moment: datetime) -> Iterator[str]:
    """Yield the keys of files older than two days that no row names.

    Args:
        session: an unscoped session.
        store: where the files lie.
        moment: now.
    """
    old = (key for key, stored_at in store.stored() if stored_at < moment - ORPHAN_AGE)
    while portion := list(islice(old, PORTION)):
        under_way = select(CertificateRun.parts).where(CertificateRun.state == BatchState.RUNNING)
        lists = (*session.scalars(select(RegistrationDraft.files)), *session.scalars(under_way))
        named = {key for files in lists for key in files}
        for column in NAMES:
            named.update(session.scalars(select(column).where(column.in_(portion))))
        yield from (key for key in portion if key not in named)


def clean_up(session: Session, store: MediaStore, moment: datetime) -> int:
    """Delete the files no row names and return how many there were."""
    number = 0
    for key in unnamed(session, store, moment):
        store.delete(key)
        number += 1
    return number
