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
from services.typed_text import visible

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

T = TypeVar("T")
YES, NO = "1", "0"
PAGE_SIZES = (20, 50, 100, 200)
"""Rows a page of a list may have."""


class Kind(Protocol[T]):
    """A type of setting: how it is stored, said, and read from what was typed."""

    def read(self, text: str) -> T:
        """Return the value a text means.

        Raises:
            ValueError: it means none; a sentence to stand behind the setting's name.
        """

    def written(self, value: T) -> str:
        """Return the text it is stored as."""

    def shown(self, value: T) -> str:
        """Return it in words."""


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
class Text:
    """A line of plain text; empty for nothing.

    Attributes:
        longest: characters it may have.
    """

    longest: int

    def read(self, text: str) -> str:
        """Return the text without what nobody can see."""
        line = visible(text)
        if len(line) > self.longest:
            raise ValueError(f"有 {len(line)} 个字，最多 {self.longest} 个字，请删减")
        return line

    def written(self, value: str) -> str:
        """Return the text."""
        return value

    def shown(self, value: str) -> str:
        """Return the text, or that there is none."""
        return value or "（没有填写）"


@dataclass(frozen=True, slots=True)
class YesNo:
    """One of two, in the words of the setting."""

    yes: str
    no: str

    def read(self, text: str) -> bool:
        """Return which of them."""
        if text not in {YES, NO}:
            raise ValueError(f"请选择“{self.yes}”或“{self.no}”")
        return text == YES

    def written(self, value: bool) -> str:  # noqa: FBT001  (the value itself)
        """Return the letter it is stored as."""
        return YES if value else NO

    def shown(self, value: bool) -> str:  # noqa: FBT001
        """Return its word."""
        return self.yes if value else self.no


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One of a few.

    Attributes:
        options: (value, word) of each.
    """

    options: tuple[tuple[T, str], ...]

    def read(self, text: str) -> T:
        """Return the value chosen."""
        for value, _word in self.options:
            if text == str(value):
                return value
        raise ValueError(f"请在{'、'.join(f'“{word}”' for _value, word in self.options)}中选择")

    def written(self, value: T) -> str:
        """Return the value as text."""
        return str(value)

    def shown(self, value: T) -> str:
        """Return its word."""
        return dict(self.options)[value]


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
        at_least: another setting this one may not stay below.
    """

    key: str
    label: str
    group: str
    help: str
    default: T
    kind: Kind[T]
    at_least: Declared[T] | None = None


LONGEST_LOCK = 24 * 60
"""Minutes an account may be locked at most."""

REMIND_AFTER = Declared(
    "remind_after", "待办提醒", "待办与提醒",
    "一件待办等待满这么多个工作日后，提醒办理机构的管理员；一直没有办理的，每过同样多的工作日再提醒。节假日和调休按“工作日历”计算。",
    3, Whole(1, 60, "个工作日"),
)  # fmt: skip
ESCALATE_AFTER = Declared(
    "escalate_after", "超时上报天数", "待办与提醒",
    "一件待办等待满这么多个工作日仍未办理，通知上级人社部门的管理员，每过同样多的工作日再通知；不能少于待办提醒的天数。",
    10, Whole(1, 120, "个工作日"), at_least=REMIND_AFTER,
)  # fmt: skip
ESCALATE = Declared(
    "escalate", "是否超时上报", "待办与提醒",
    "超时未办的待办是否通知上级人社部门。选“不上报”时，只提醒办理机构自己的管理员，“超时上报天数”不起作用。",
    default=True, kind=YesNo("上报", "不上报"),
)  # fmt: skip
DIGEST_HOUR = Declared(
    "digest_hour", "每日消息汇总", "消息",
    "选择按日汇总的用户，每天在这个钟点收到一封邮件，汇总还没有读的消息。",
    8, Whole(0, 23, "点"),
)  # fmt: skip
LOCK_FAILURES = Declared(
    "lock_failures", "登录失败次数", "安全",
    "一个账户一天内连续输错这么多次密码就锁定；登录成功、解除锁定后重新计数。",
    5, Whole(3, 20, "次"),
)  # fmt: skip
LOCK_MINUTES = Declared(
    "lock_minutes", "账户锁定时间", "安全",
    "账户锁定多久；修改只对以后的锁定有效。网络地址的锁定固定为 15 分钟。",
    15, Whole(1, LONGEST_LOCK, "分钟"),
)  # fmt: skip
INITIAL_PASSWORD_HOURS = Declared(
    "initial_password_hours", "初始密码有效期", "安全",
    "初始密码给出后须在这么长时间内首次登录并修改，过期后要重新重置；修改只对以后给出的初始密码有效。",
    72, Whole(1, 720, "小时"),
)  # fmt: skip

SUPPORT = Declared(
    "support", "技术支持联系方式", "页面",
    "显示在登录页、出错页和每一页的页脚，如 电话 0371-12345678（工作日 9:00—17:00）。纯文字，留空则不显示。",
    "", Text(100),
)  # fmt: skip
PAGE_SIZE = Declared(
    "page_size", "列表默认行数", "页面",
    "没有自己设定过显示方式的用户，列表每页显示多少行；自己在列表的“显示设置”中选过的，以自己选的为准。",
    PAGE_SIZES[0], Choice(tuple((size, f"{size} 行") for size in PAGE_SIZES)),
)  # fmt: skip

SETTINGS: tuple[Declared[Any], ...] = (
    REMIND_AFTER, ESCALATE_AFTER, ESCALATE, DIGEST_HOUR, LOCK_FAILURES, LOCK_MINUTES, INITIAL_PASSWORD_HOURS,
    SUPPORT, PAGE_SIZE,
)  # fmt: skip
BY_KEY = {setting.key: setting for setting in SETTINGS}


def value(session: Session, setting: Declared[T]) -> T:
    """Return what a setting is; remembered for a moment, as all base data.

    A stored text that means nothing any more, because the bounds were changed since, counts as not stored.

    Args:
        session: any session.
        setting: one of :data:`SETTINGS`.
    """
    text = remembered(_stored, session).get(setting.key)
    return setting.default if text is None or not readable(setting, text) else setting.kind.read(text)


def shown(session: Session, setting: Declared[Any]) -> str:
    """Return what a setting is, in words."""
    return setting.kind.shown(value(session, setting))


def readable(setting: Declared[Any], text: str) -> bool:
    """Tell whether a stored text is still a value of the setting."""
    try:
        setting.kind.read(text)
    except ValueError:
        return False
    return True


def _stored(session: Session) -> dict[str, str]:
    return {key: text for key, text in session.execute(select(Setting.key, Setting.value))}  # noqa: C416  (rows, not pairs)
