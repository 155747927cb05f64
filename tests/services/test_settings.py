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


def test_what_was_stored_holds_and_the_rest_is_the_default(system):
    forget()
    assert settings.value(system, settings.REMIND_AFTER) == settings.REMIND_AFTER.default
    system.add(Setting(key="remind_after", value="7"))
    system.flush()
    forget()
    assert settings.value(system, settings.REMIND_AFTER) == 7
    assert settings.value(system, settings.ESCALATE_AFTER) == settings.ESCALATE_AFTER.default
    forget()
