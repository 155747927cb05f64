"""Settings: what is declared, what is stored, what holds."""

from __future__ import annotations

import pytest

from models import Setting
from services import settings
from services.remembered import forget


@pytest.mark.parametrize("setting", settings.SETTINGS, ids=lambda setting: setting.key)
def test_a_default_is_a_value_its_type_can_read(setting):
    assert setting.kind.read(setting.kind.written(setting.default)) == setting.default
    assert setting.label
    assert setting.group
    assert setting.help.endswith("。")


def test_no_key_stands_twice():
    assert len(settings.BY_KEY) == len(settings.SETTINGS)


@pytest.mark.parametrize(("text", "number"), [("3", 3), (" ６０ ", 60), ("1", 1)])
def test_a_number_is_read_however_it_was_typed(text, number):
    assert settings.REMIND_AFTER.kind.read(text) == number


@pytest.mark.parametrize("text", ["", "0", "61", "三", "-1", "1.5"])
def test_what_is_no_number_within_its_bounds_is_told_so(text):
    with pytest.raises(ValueError, match="请填写 1 到 60 之间的整数（个工作日）"):
        settings.REMIND_AFTER.kind.read(text)


@pytest.mark.parametrize(
    ("setting", "text", "value", "words"),
    [
        (settings.SUPPORT, " 0371-1234\n（工作日）\u200b ", "0371-1234 （工作日）", "0371-1234 （工作日）"),
        (settings.SUPPORT, "", "", "（没有填写）"),
        (settings.SUPPORT, "号" * 100, "号" * 100, "号" * 100),
        (settings.ESCALATE, "1", True, "上报"),
        (settings.ESCALATE, "0", False, "不上报"),
        (settings.PAGE_SIZE, "100", 100, "100 行"),
    ],
)
def test_each_type_reads_what_it_says(setting, text, value, words):
    assert setting.kind.read(text) == value
    assert setting.kind.shown(value) == words
    assert setting.kind.read(setting.kind.written(value)) == value


@pytest.mark.parametrize(
    ("setting", "text", "sentence"),
    [
        (settings.SUPPORT, "号" * 101, "有 101 个字，最多 100 个字，请删减"),
        (settings.ESCALATE, "是", "请选择“上报”或“不上报”"),
        (settings.ESCALATE, "", "请选择“上报”或“不上报”"),
        (settings.PAGE_SIZE, "30", "请在“20 行”、“50 行”、“100 行”、“200 行”中选择"),
    ],
)
def test_each_type_says_what_it_cannot_read(setting, text, sentence):
    with pytest.raises(ValueError, match=sentence):
        setting.kind.read(text)


def test_what_was_stored_holds_and_the_rest_is_the_default(system):
    forget()
    assert settings.value(system, settings.REMIND_AFTER) == settings.REMIND_AFTER.default
    system.add(Setting(key="remind_after", value="7"))
    system.flush()
    forget()
    assert settings.value(system, settings.REMIND_AFTER) == 7
    assert settings.value(system, settings.ESCALATE_AFTER) == settings.ESCALATE_AFTER.default
    forget()
