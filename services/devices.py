"""Browser and system in a few words, so that people recognise their own devices; nothing depends on it."""

from __future__ import annotations

BROWSERS = (
    ("MicroMessenger/", "微信"),
    ("DingTalk/", "钉钉"),
    ("QQBrowser/", "QQ 浏览器"),
    ("HuaweiBrowser/", "华为浏览器"),
    ("MiuiBrowser/", "小米浏览器"),
    ("UCBrowser/", "UC 浏览器"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("Trident/", "IE"),
)  # what others also call themselves stands behind them
SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("OpenHarmony", "鸿蒙"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
UNKNOWN = "未知设备"


def name_of(user_agent: str) -> str:
    """Return a name such as ``Chrome · Windows`` for a browser's own description of itself."""
    found = [
        next((label for mark, label in marks if mark in user_agent), "") for marks in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(part for part in found if part) or UNKNOWN
