"""What visitors typed into a registration that is not finished."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped

from models.base import Base, Code, Moment, column
from models.login import HASH
from models.types import EncryptedJson


class RegistrationDraft(Base):
    """A registration under way, found by the random token in the visitor's cookie; the table has the token's hash.

    ``data`` holds what was typed, never the password; it may hold a citizen id, hence encrypted. ``files`` are the media
    keys of every scan uploaded on the way: those no organisation refers to go with the draft.
    """

    __tablename__ = "registration_draft"
    __label__ = "注册草稿"

    token_hash: Mapped[str] = column("标识摘要", HASH, unique=True, info={"internal": True})
    kind: Mapped[Code] = column("用户类型")
    data: Mapped[dict[str, Any]] = column("已填内容", EncryptedJson, default=dict, info={"internal": True})
    files: Mapped[list[str]] = column("已上传的扫描件", JSON, default=list, info={"internal": True})
    expires_at: Mapped[Moment] = column("失效时间", index=True)
