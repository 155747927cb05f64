"""Settings the system administrator keeps in the browser: each declared once, with its type, bounds and help.

Where the system finds its database, its keys and its mail server is the operator's (``backoffice.config``). A setting is read
with :func:`value` where it is used, so that a change holds from the next request on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Setting
from services.remembered import remembered
from services.typed_numbers import whole

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


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
class Declared:
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
    default: int
    kind: Whole
    at_least: Declared | None = None


LONGEST_LOCK = 24 * 60
"""Minutes an account may be locked at most."""

REMIND_AFTER = Declared(
    "remind_after", "待办提醒", "待办与提醒",
    "一件待办等待满这么多个工作日后，提醒办理机构的管理员；一直没有办理的，每过同样多的工作日再提醒。节假日和调休按“工作日历”计算。",
    3, Whole(1, 60, "个工作日"),
)  # fmt: skip
ESCALATE_AFTER = Declared(
    "escalate_after", "超时上报", "待办与提醒",
    "一件待办等待满这么多个工作日仍未办理，通知上级人社部门的管理员，每过同样多的工作日再通知；不能少于待办提醒的天数。",
    10, Whole(1, 120, "个工作日"), at_least=REMIND_AFTER,
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

SETTINGS: tuple[Declared, ...] = (
    REMIND_AFTER, ESCALATE_AFTER, DIGEST_HOUR, LOCK_FAILURES, LOCK_MINUTES, INITIAL_PASSWORD_HOURS,
)  # fmt: skip
BY_KEY = {setting.key: setting for setting in SETTINGS}


def value(session: Session, setting: Declared) -> int:
    """Return what a setting is; remembered for a moment, as all base data.

    A stored text that means nothing any more, because the bounds were changed since, counts as not stored.

    Args:
        session: any session.
        setting: one of :data:`SETTINGS`.
    """
    text = remembered(_stored, session).get(setting.key)
    return setting.default if text is None or not readable(setting, text) else setting.kind.read(text)


def shown(session: Session, setting: Declared) -> str:
    """Return what a setting is, in words."""
    return setting.kind.shown(value(session, setting))


def readable(setting: Declared, text: str) -> bool:
    """Tell whether a stored text is still a value of the setting."""
    try:
        setting.kind.read(text)
    except ValueError:
        return False
    return True


def _stored(session: Session) -> dict[str, str]:
    return {key: text for key, text in session.execute(select(Setting.key, Setting.value))}  # noqa: C416  (rows, not pairs)
