"""Files of training plans, such as the notice and the timetable: kept when uploaded, attached when the plan is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import TrainingAttachment
from permissions.wall import unscoped
from services import attachments, images
from services.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from models import TrainingPlan
    from permissions.actor import Actor
    from services.media import MediaStore

MAXIMUM_FILES = 20


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A stored file that no plan has yet; the columns of :class:`models.TrainingAttachment` of the same names."""

    filename: str
    mime: str
    size: int
    sha256: str
    media_key: str
    preview_key: str | None


def keep(store: MediaStore, filename: str, data: bytes) -> KeptFile:
    """Store an uploaded file until its form is saved; what never is, is cleaned up after two days.

    Raises:
        services.attachments.AttachmentError: the file cannot be accepted.
    """
    kind = attachments.sniff(data, filename)
    return KeptFile(
        filename=attachments.clean_filename(filename),
        mime=kind.mime,
        size=len(data),
        sha256=attachments.sha256(data),
        media_key=store.put(data),
        preview_key=store.put(images.preview(data)) if kind.is_picture else None,
    )


def too_many(plan: TrainingPlan | None, files: Sequence[KeptFile], removed: Collection[int]) -> bool:
    """Tell whether a plan would have more than :data:`MAXIMUM_FILES`."""
    kept = [file for file in plan.attachments if file.id not in removed] if plan else []
    return len(kept) + len(files) > MAXIMUM_FILES


def attach(
    session: Session, actor: Actor, plan: TrainingPlan, files: Sequence[KeptFile], removed: Collection[int]
) -> None:
    """Take files off a plan and add others; one it has already is not added a second time.

    Raises:
        InputError: a file was saved with another plan meanwhile.
    """
    for attachment in plan.attachments:
        if attachment.id in removed:
            session.delete(attachment)
    session.flush()
    session.expire(plan, ["attachments"])
    known = {attachment.sha256 for attachment in plan.attachments}
    new = {file.sha256: file for file in files if file.sha256 not in known}
    with unscoped(session, "a stored file belongs to one plan, whoever's it is"):
        taken = session.scalar(
            select(TrainingAttachment.filename).where(
                TrainingAttachment.media_key.in_([file.media_key for file in new.values()])
            )
        )
    if taken is not None:
        raise InputError({"attachments": f"文件“{taken}”已随另一份计划保存，请重新选择该文件上传"})
    for file in new.values():
        plan.attachments.append(
            TrainingAttachment(
                uploaded_by_id=actor.account_id,
                filename=file.filename,
                mime=file.mime,
                size=file.size,
                sha256=file.sha256,
                media_key=file.media_key,
                preview_key=file.preview_key,
            )
        )
    session.flush()
