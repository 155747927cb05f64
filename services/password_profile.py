"""What a password must be like: length, kinds of characters, nothing personal, nothing everybody tries first.

Where the rules come from: GB/T 22239-2019 §8.1.4.1 (complexity, failed logins), and for the list of weak ones the
habit of blocking what attackers try first (NIST SP 800-63B §5.1.1.2).
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from pypinyin import Style, lazy_pinyin

MINIMUM_PASSWORD, MAXIMUM_PASSWORD, PASSWORD_CLASSES = 10, 128, 3
PASSWORD_RULES = (
    f"{MINIMUM_PASSWORD} 至 {MAXIMUM_PASSWORD} 位",
    "大写字母、小写字母、数字、符号中至少三种",
    "不包含身份证号（含其中的生日、后六位）、手机号、姓名拼音",
    "不是常见的弱密码，例如 Admin@123456、Woaini-1314",
)
PASSWORD_HELP = (
    f"{PASSWORD_RULES[0]}，{PASSWORD_RULES[1]}，不能包含证件号、生日、手机号或姓名拼音，不能是常见的弱密码"
)
WEAK_LIST = Path(__file__).resolve().parent.parent / "seed" / "reference" / "weak_passwords.txt"
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
RUNS = (*ROWS, *(row[::-1] for row in ROWS))
SHORTEST_RUN = 3
UNPREDICTABLE = 3
"""How many characters must remain of a password when everything predictable is taken away."""
SHORTEST_NAME, SHORTEST_INITIALS = 4, 3  # two letters stand in any password by chance
YEAR = re.compile(r"(?:19|20)\d\d")
LEET = str.maketrans("@4301$5!7", "aaeolssit")


def check_password(password: str, *forbidden: str) -> str | None:
    """Return why a password is too weak, or ``None``.

    Args:
        password: as typed.
        *forbidden: texts it must not contain, see :func:`personal`.
    """
    classes = sum(
        any(test(character) for character in password)
        for test in (str.isupper, str.islower, str.isdigit, lambda character: not character.isalnum())
    )
    if not MINIMUM_PASSWORD <= len(password) <= MAXIMUM_PASSWORD or classes < PASSWORD_CLASSES:
        return f"“密码”强度不够：{PASSWORD_HELP}"
    if any(text and text.lower() in password.lower() for text in forbidden):
        return "“密码”不能包含证件号、生日、手机号或姓名拼音，请换一个"
    if is_predictable(password):
        return "“密码”太常见，容易被猜到，请换一个"
    return None


def personal(citizen_id: str, real_name: str, mobile: str) -> tuple[str, ...]:
    """Return what others know of somebody and try first.

    Args:
        citizen_id: 18 characters, or empty.
        real_name: Chinese or not; its pinyin is what counts.
        mobile: 11 digits, or empty.
    """
    parts = [citizen_id, citizen_id[6:14], citizen_id[8:14], citizen_id[-6:], mobile, mobile[-8:]]
    name = "".join(lazy_pinyin(real_name)).replace(" ", "")
    initials = "".join(lazy_pinyin(real_name, style=Style.FIRST_LETTER))
    parts += [name] if len(name) >= SHORTEST_NAME else []
    parts += [initials] if len(initials) >= SHORTEST_INITIALS else []
    return tuple(part for part in parts if part)


def is_predictable(password: str) -> bool:
    """Tell whether hardly anything remains of a password without common words, years and runs of the keyboard."""
    text = password.lower()
    # A word may hold a run (“default”), and a run may hold a word (“123456” the word “345”): both orders are tried.
    remainders = (_without_words(_without_runs(text)), _without_runs(_without_words(text)))
    return min(sum(character.isalnum() for character in rest) for rest in remainders) < UNPREDICTABLE


def _without_words(text: str) -> str:
    for reading in (
        text,
        text.translate(LEET),
    ):  # of equal length: what is found in one is taken out of the other
        for word in _weak_words().finditer(reading):
            text = text[: word.start()] + " " * len(word.group()) + text[word.end() :]
    return text


def _without_runs(text: str) -> str:
    """Take out runs such as 1234, qwer or 8888, and years."""
    kept, place = [], 0
    while place < len(text):
        end = place + 1
        while end < len(text) and _is_run(text[place : end + 1]):
            end += 1
        kept.append(" " if end - place >= SHORTEST_RUN else text[place:end])
        place = end
    return YEAR.sub(" ", "".join(kept))


def _is_run(text: str) -> bool:
    return len(set(text)) == 1 or any(text in row for row in RUNS)


@functools.cache
def _weak_words() -> re.Pattern[str]:
    lines = WEAK_LIST.read_text(encoding="utf-8").splitlines()
    words = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
