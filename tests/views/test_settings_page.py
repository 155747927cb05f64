"""系统参数: shown, changed, put back, and what a change means elsewhere."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from test_administrators import help_with
from test_login import credentials
from test_sessions import ago

from models import Account, JournalEntry, LoginThrottle, Setting
from services import settings

PAGE = "/admin/setting"
CHOSEN = ("escalate", "page_size")
OTHERS = ("doctor", "hospital_admin", "academy_admin", "jinshui_admin", "health_admin", "province_admin")


@pytest.fixture
def admin(client_of):
    return client_of("system_admin")


def stored(site):
    return dict(
        zip(
            site.all(select(Setting.key).order_by(Setting.id)),
            site.all(select(Setting.value).order_by(Setting.id)),
            strict=True,
        )
    )


def changed(admin, key, value):
    return admin.send(admin.get(f"{PAGE}/edit/?key={key}"), {"value": value})


def test_the_page_shows_every_setting_with_its_value_default_and_help(admin):
    told = admin.get(f"{PAGE}/").words()
    for setting in settings.SETTINGS:
        assert setting.label in told
        assert setting.help in told
        assert setting.group in told
    assert "每日消息汇总 9 点" in told  # the world changed it
    assert "默认 8 点；" in told
    assert "默认值，没有修改过" in told


def test_a_setting_is_changed_and_put_back_and_the_journal_says_by_whom(site, admin):
    page = admin.follow(changed(admin, "remind_after", " ５ "))
    assert "已保存" in page.messages()
    assert "待办提醒 5 个工作日" in page.words()
    assert "待办提醒：3 个工作日 → 5 个工作日" in page.words()
    assert stored(site)["remind_after"] == "5"
    assert "没有改动" in admin.follow(changed(admin, "remind_after", "5")).messages()
    page = admin.follow(admin.post(f"{PAGE}/reset/", {"key": "remind_after"}))
    assert "已恢复默认" in page.messages()
    assert "待办提醒：5 个工作日 → 3 个工作日（默认）" in page.words()
    assert "remind_after" not in stored(site)
    assert "已经是默认值" in admin.follow(admin.post(f"{PAGE}/reset/", {"key": "remind_after"})).messages()
    actions = select(JournalEntry.action).where(JournalEntry.object_type == "setting")
    assert site.all(actions.order_by(JournalEntry.id)) == ["edit", "restore"]
    assert "系统参数" in admin.get("/admin/journal/", object_type="setting").words()


def test_the_three_duties_are_no_setting_of_this_page(site, admin):
    assert admin.get(f"{PAGE}/edit/?key=separate_duties").status == 404
    for view in ("edit", "reset"):
        assert (
            admin.post(
                f"{PAGE}/{view}/?key=separate_duties", {"key": "separate_duties", "value": "on"}
            ).status
            == 404
        )
    assert "separate_duties" not in stored(site)


@pytest.mark.parametrize(
    ("key", "typed", "sentence"),
    [
        ("remind_after", "三天", "“待办提醒”请填写 1 到 60 之间的整数（个工作日）"),
        ("remind_after", "", "请填写“待办提醒”"),
        ("remind_after", " ", "“待办提醒”请填写 1 到 60"),
        ("digest_hour", "24", "“每日消息汇总”请填写 0 到 23"),
        (
            "remind_after",
            "11",
            "“待办提醒”不能超过“超时上报天数”（现为 10 个工作日），请先修改“超时上报天数”",
        ),
        ("escalate_after", "2", "“超时上报天数”不能少于“待办提醒”（现为 3 个工作日）"),
        ("support", "号" * 101, "“技术支持联系方式”有 101 个字，最多 100 个字，请删减"),
        ("escalate", "2", "“是否超时上报”请选择“上报”或“不上报”"),
        ("page_size", "1000", "“列表默认行数”请在“20 行”、“50 行”"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_stays_typed(site, admin, key, typed, sentence):
    before = stored(site)
    page = changed(admin, key, typed)
    assert page.status == 200
    assert sentence in page.errors()["value"]
    if key not in CHOSEN:  # what is not offered cannot be shown as chosen
        assert page.form()["value"] == [typed]
    assert stored(site) == before


def test_a_default_that_does_not_go_with_another_setting_is_not_restored(site, admin):
    changed(admin, "escalate_after", "30")
    changed(admin, "remind_after", "20")
    page = admin.follow(admin.post(f"{PAGE}/reset/", {"key": "escalate_after"}))
    assert "“超时上报天数”不能少于“待办提醒”（现为 20 个工作日）" in page.messages()
    assert stored(site)["escalate_after"] == "30"


def test_a_stored_value_that_is_none_any_more_is_told_and_the_default_holds(site, admin):
    site.put(Setting, "digest_hour", value="25")
    told = admin.get(f"{PAGE}/").words()
    assert "以前保存的“25”已不在允许的范围内，现按默认的 8 点执行" in told
    assert admin.get(f"{PAGE}/edit/?key=digest_hour").form()["value"] == ["8"]
    assert "25（不再有效） → 7 点" in admin.follow(changed(admin, "digest_hour", "7")).words()


def test_what_is_no_setting_is_not_found(admin):
    assert admin.get(f"{PAGE}/edit/?key=nothing").status == 404
    assert admin.post(f"{PAGE}/reset/", {"key": "nothing"}).status == 404


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_sees_or_changes_settings(site, client_of, name):
    client, before = client_of(name), stored(site)
    assert client.get(f"{PAGE}/").status == 403
    assert client.post(f"{PAGE}/edit/?key=remind_after", {"value": "5"}).status == 403
    assert client.post(f"{PAGE}/reset/", {"key": "digest_hour"}).status == 403
    assert stored(site) == before


def test_accounts_are_locked_after_as_many_failures_and_as_long_as_was_set(site, admin, visitor):
    changed(admin, "lock_failures", "3")
    changed(admin, "lock_minutes", "60")
    typed = credentials(site, "doctor", password="Falsch-Falsch-1")
    pages = [visitor.send(visitor.get("/login"), typed) for _ in range(3)]
    assert ["已锁定" in page.messages() for page in pages] == [False, False, True]
    [end] = site.all(
        select(LoginThrottle.locked_until).where(
            LoginThrottle.failures == 3, LoginThrottle.locked_until.is_not(None)
        )
    )
    assert dt.timedelta(minutes=59) < end - ago() <= dt.timedelta(minutes=60)
    told = admin.get("/admin/login-security/").words()
    assert "连续 3 次错误账户会自动锁定 60 分钟" in told


def test_an_initial_password_holds_as_long_as_was_set(site, admin, client_of):
    changed(admin, "initial_password_hours", "24")
    client, key = client_of("hospital_admin"), site.world.id(Account, "doctor")
    assert "24 小时内有效" in client.get("/admin/account/details/", id=key).words()
    assert help_with(client, site, "account", "doctor", "reset_password").status == 200
    until = site.get(Account, key).initial_password_until
    assert dt.timedelta(hours=23) < until - ago() <= dt.timedelta(hours=24)


def test_whom_to_ask_stands_where_somebody_is_stuck(site, admin, client_of):
    visitor = client_of("visitor")
    for url in ("/login", "/", "/admin/nothing"):
        assert "技术支持：" not in visitor.get(url).words()
    page = admin.follow(changed(admin, "support", " 电话 0371-<b>12345678</b> "))
    assert "技术支持联系方式：（没有填写） → 电话 0371-<b>12345678</b>" in page.words()
    for client, url in (
        (visitor, "/login"), (visitor, "/"), (visitor, "/verify/"), (visitor, "/nothing"), (admin, "/admin/"),
        (client_of("doctor"), "/admin/help/"), (client_of("doctor"), "/admin/setting/"),
    ):  # fmt: skip
        assert "技术支持：电话 0371-<b>12345678</b>" in client.get(url).words(), url
    assert "登录不了，请联系技术支持：电话 0371" in visitor.get("/login").words()
    assert "仍有问题，请联系技术支持：电话 0371" in visitor.get("/nothing").words()
    assert "仍有问题，请联系技术支持：电话 0371" in client_of("doctor").get("/admin/setting/").words()
    admin.follow(admin.post(f"{PAGE}/reset/", {"key": "support"}))
    assert "技术支持" not in visitor.get("/login").words()


def test_lists_have_as_many_rows_as_was_set_unless_one_chose_oneself(admin, client_of):
    person = client_of("hospital_admin")
    sizes = "//select[@name='page_size']/option[@selected]/@value"
    assert admin.get("/admin/region/").tree.xpath(sizes) == ["20"]
    assert (
        admin.post("/admin/dictionary-item/layout/", {"page_size": "50", "column": ["label"]}).status == 302
    )
    told = admin.follow(changed(admin, "page_size", "100")).words()
    assert "列表默认行数：20 行 → 100 行" in told
    assert len(admin.get("/admin/region/").tree.xpath("//tbody/tr")) == 100
    assert admin.get("/admin/dictionary-item/").tree.xpath(sizes) == ["50"]
    assert person.get("/admin/person/").tree.xpath(sizes) == ["100"]
    admin.post(f"{PAGE}/reset/", {"key": "page_size"})
    assert admin.get("/admin/region/").tree.xpath(sizes) == ["20"]


@pytest.mark.parametrize(
    ("url", "typed", "size"),
    [
        ("layout/", {"reset": "1"}, "100"),
        ("layout/", {"page_size": "20", "density": "compact", "column": ["label"]}, "100"),
        ("layout/", {"page_size": "50", "column": ["label"]}, "50"),
        ("views/", {"command": "prefer"}, "100"),
    ],
)
def test_who_chose_no_number_of_rows_follows_what_is_set_later(admin, url, typed, size):
    grid = "/admin/dictionary-item/"
    assert admin.post(f"{grid}{url}", typed).status == 302
    changed(admin, "page_size", "100")
    shown = admin.get(grid).tree.xpath("//select[@name='page_size']/option[@selected]/@value")
    assert shown == [size]
