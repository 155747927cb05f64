"""Settings the system administrator keeps in the browser: each declared once, with its type, bounds and help.

Where the system finds its database, its keys and its mail server is the operator's (``backoffice.config``). A setting is read
with :func:`value` where it is used, so that a change holds from the next request on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from sqlalchemy import select

from models import Setting
from services.remembered import remembered
from services.typed_numbers import whole

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

T = TypeVar("T")


class Kind(Protocol[T]):
    """A type of setting: how its value is written, read and shown."""

    def read(self, text: str) -> T:
        """Return the value a stored or typed text means; raises ``ValueError`` with a sentence."""

    def written(self, value: T) -> str:
        """Return the text that is stored."""

    def shown(self, value: T) -> str:
        """Return the words it is shown in."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two others, both included.

    Attributes:
        lowest: of them.
        highest: of them.
        unit: the word behind the number.
    """

    lowest: int
    highest: int
    unit: str

    def read(self, text: str) -> int:
        """Return the number."""
        number = whole(text, self.lowest, self.highest)
        if number is None:
            raise ValueError(f"请填写 {self.lowest} 到 {self.highest} 之间的整数（{self.unit}）")
        return number

    def written(self, value: int) -> str:
        """Return its digits."""
        return str(value)

    def shown(self, value: int) -> str:
        """Return the number with its unit."""
        return f"{value} {self.unit}"


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    def read(self, text: str) -> bool:
        """Return whether it is on."""
        if text not in {"on", "off"}:
            raise ValueError("请选择启用或不启用")
        return text == "on"

    def written(self, value: bool) -> str:  # noqa: FBT001  (a value like any other here)
        """Return ``on`` or ``off``."""
        return "on" if value else "off"

    def shown(self, value: bool) -> str:  # noqa: FBT001
        """Return it in words."""
        return "启用" if value else "不启用"


@dataclass(frozen=True, slots=True)
class Declared(Generic[T]):
    """One setting.

    Attributes:
        key: its name in the database and the journal.
        label: what pages call it.
        group: heading it stands under.
        help: what it does, in a sentence or two.
        default: its value until somebody changes it.
        kind: its type.
    """

    key: str
    label: str
    group: str
    help: str
    default: T
    kind: Kind[T]


REMIND_AFTER = Declared(
    "remind_after", "待办提醒", "待办与提醒",
    "一件待办等待满这么多个工作日后，提醒负责的管理员一次；节假日和调休按“工作日历”计算。",
    3, Whole(1, 60, "个工作日"),
)  # fmt: skip
ESCALATE_AFTER = Declared(
    "escalate_after", "超时上报", "待办与提醒",
    "一件待办等待满这么多个工作日仍未办理，通知上一级部门的管理员；不能少于待办提醒的天数。",
    10, Whole(1, 120, "个工作日"),
)  # fmt: skip
DIGEST_HOUR = Declared(
    "digest_hour", "每日消息汇总", "消息",
    "选择按日汇总的用户，每天在这个钟点收到一封邮件，汇总还没有读的消息。",
    8, Whole(0, 23, "点"),
)  # fmt: skip
SEPARATE_DUTIES = Declared(
    "separate_duties", "三员分立", "安全",
    "启用后，系统管理员只维护基础数据，安全管理员管理账户，审计管理员查看日志；一个人只能担任其中一种，由数据库保证。",
    default=False, kind=Switch(),
)  # fmt: skip

SETTINGS: tuple[Declared[Any], ...] = (REMIND_AFTER, ESCALATE_AFTER, DIGEST_HOUR, SEPARATE_DUTIES)
BY_KEY = {setting.key: setting for setting in SETTINGS}


def value(session: Session, setting: Declared[T]) -> T:
    """Return what a setting is; remembered for a moment, as all base data.

    Args:
        session: any session.
        setting: one of :data:`SETTINGS`.
    """
    text = remembered(_stored, session).get(setting.key)
    return setting.default if text is None else setting.kind.read(text)


def _stored(session: Session) -> dict[str, str]:
    return {key: text for key, text in session.execute(select(Setting.key, Setting.value))}  # noqa: C416  (rows, not pairs)
