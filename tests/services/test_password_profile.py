"""What a password must be like, and how a browser is called in short."""

from __future__ import annotations

import pytest

from services.devices import name_of
from services.password_profile import WEAK_LIST, check_password, is_predictable, personal

STRENGTH, COMMON, PERSONAL = "强度不够", "太常见", "不能包含证件号、生日、手机号或姓名拼音"
CITIZEN, MOBILE = "410105198003024417", "13812345678"


@pytest.mark.parametrize(
    "password",
    [
        "Herbst-Wald-2026",
        "Kiefer+Moos-41",
        "kiefer+moos-41",
        "Kx7m-Qp3t-Wn9h",
        "词语Moos-41farn",
        "Abcd1234xy!e",
    ],
)
def test_a_good_password_is_taken(password):
    assert check_password(password, *personal(CITIZEN, "欧阳文博", MOBILE)) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Kurz-1", STRENGTH),
        ("kiefermoosfarn", STRENGTH),
        ("KIEFER123456", STRENGTH),
        ("Aa1-" * 33, STRENGTH),  # longer than anybody types
        ("000000", STRENGTH),
        ("Admin@123456", COMMON),
        ("Admin@2024", COMMON),
        ("Passw0rd!2024", COMMON),
        ("P@$$w0rd123", COMMON),
        ("Woaini-1314", COMMON),
        ("Zhengzhou@2024", COMMON),
        ("Jixujiaoyu@2025", COMMON),
        ("1qaz@WSX3edc", COMMON),
        ("Qwer1234!@#$", COMMON),
        ("Aa123456789!", COMMON),
        ("Aaaa-8888-bbb", COMMON),
        ("Zyxwv-98765", COMMON),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, why):
    assert why in check_password(password)


@pytest.mark.parametrize(
    "part", [CITIZEN, "19800302", "800302", "024417", MOBILE, "12345678", "OuyangWenbo", "oywb", "OYWB"]
)
def test_what_others_know_of_somebody_is_no_password(part):
    assert PERSONAL in check_password(f"Xk{part}#mZ", *personal(CITIZEN, "欧阳文博", MOBILE))
    assert check_password(f"Xk{part}#mZ7q") is None  # of somebody else it is one


@pytest.mark.parametrize(
    ("name", "password"), [("李娥", "Xkle#mz7qW"), ("张三", "Xkzs#mz7qW"), ("", "Xk#mz7qWpo")]
)
def test_two_letters_stand_in_any_password_by_chance(name, password):
    assert check_password(password, *personal("", name, "")) is None


def test_the_list_holds_small_words_each_once():
    lines = WEAK_LIST.read_text(encoding="utf-8").splitlines()
    words = [line for line in lines if line and not line.startswith("#")]
    assert len(words) == len(set(words)) > 100
    assert all(word == word.strip().lower() for word in words)
    assert all(is_predictable(word) for word in words)


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36",
         "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 MicroMessenger/8.0", "微信 · iPhone"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/132.0 HuaweiBrowser/5.1", "华为浏览器 · 鸿蒙"),
        (FIREFOX, "Firefox · Linux"),
        ("curl/8.0", "未知设备"),
        ("", "未知设备"),
        ("<script>", "未知设备"),
    ],
)  # fmt: skip
def test_a_device_is_named_in_short(agent, name):
    assert name_of(agent) == name
