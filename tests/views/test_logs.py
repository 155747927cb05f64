"""操作日志, 登录日志, 在线会话 and 谁看过我的信息: what each role finds there, what the system administrator does not, and what ends at once."""

from __future__ import annotations

import datetime as dt

import pytest
from factories import make_account, make_session
from site_client import XLSX
from sqlalchemy import select, text
from test_speed import cost, told
from workbooks import cells

from models import Account, Claim, JournalEntry, LoginSession, Organization, Person
from services import audit

REASON = "社保局核对参保人员"
SECRET = "孕期休假材料"
NOBODY_ADDRESS = "203.0.113.7"


def write(site, actor, object_type, object_id, action, **columns):
    """Put a row into the journal; return its key."""
    with site.session() as session:
        account = session.get(Account, site.world.id(Account, actor)) if actor else None
        row = JournalEntry(actor_id=account and account.id, actor_organization_id=account and account.organization_id,
                           object_type=object_type, object_id=object_id, action=action, **columns)  # fmt: skip
        session.add(row)
        session.flush()
        site.written = True
        return row.id


def keys_on(page):
    """Return the keys of the rows a list shows."""
    return {int(link.split("id=")[1].split("&")[0]) for link in page.tree.xpath("//tbody//th/a/@href")}


@pytest.fixture
def rows(site):
    """Journal rows of hospital and school about claims, with contents."""
    claim = site.world.id(Claim, "doctor-submitted")
    other = site.world.id(Claim, "teacher-submitted")
    details = {
        "before": {"title": "护理进修", "subject": "public"},
        "after": {"title": "护理进修班", "subject": "specialty"},
    }
    return {
        "edit": write(site, "hospital_admin", "claim", claim, "return", reason=SECRET, details=details, request_id="req-1",
                      on_behalf_of_id=site.world.id(Person, "doctor")),
        "other": write(site, "school_admin", "claim", other, "return", reason=SECRET, details=details),
        "nobody": write(site, None, "login", 0, "login_failed", details={"address": NOBODY_ADDRESS}),
    }  # fmt: skip


# ---------------------------------------------------------------- 操作日志
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": SECRET}, True),
        ({"search": "req-1"}, True),
        ({"search": "别的原因"}, False),
        ({"action": "return", "object_type": "claim"}, True),
        ({"action": "approve"}, False),
        ({"who": "金水医院管理员"}, True),
        ({"who": "洛阳学校管理员"}, False),
        ({"office": "金水医院"}, True),
        ({"about": "doctor"}, True),
        ({"about": "nurse"}, False),
        ({"mine": "1"}, True),
        ({"number": "1x"}, False),
        ({"moment_from": "2020-01-01"}, True),
        ({"moment_to": "2020-01-01"}, False),
    ],
)
def test_an_employer_finds_a_row_by_person_object_action_time_and_reason(site, client_of, rows, query, found):
    page = client_of("hospital_admin").get("/admin/journal/", **query)
    assert page.status == 200
    shown = keys_on(page)
    assert (rows["edit"] in shown) == found
    assert rows["other"] not in shown


def test_a_row_is_found_by_the_citizen_id_of_the_person_it_is_about_which_stands_in_no_address(
    site, client_of, rows
):
    client = client_of("hospital_admin")
    client.token()
    page = client.post("/admin/journal/find/", {"search": site.citizens["doctor"]})
    assert site.citizens["doctor"] not in page.location
    shown = keys_on(client.follow(page))
    assert rows["edit"] in shown
    assert rows["other"] not in shown


def test_the_details_say_what_was_changed_from_what_to_what_in_words(client_of, rows):
    words = client_of("hospital_admin").get("/admin/journal/details/", id=rows["edit"]).words()
    assert "护理进修 护理进修班" in words
    assert "公需科目 专业科目" in words or "公需 专业" in words
    assert SECRET in words
    assert "doctor-submitted" in words  # what the claim is called


def test_base_data_is_called_by_its_name_and_found_by_it(site, client_of):
    details = {
        "dictionary": "title_level",
        "code": "senior",
        "label": "旧高级",
        "changes": {"名称": ["旧高级", "高级"]},
    }
    key = write(site, "system_admin", "dictionary_item", 616, "create", details=details)
    client = client_of("system_admin")
    page = client.get("/admin/journal/", search="旧高级")
    assert keys_on(page) == {key}
    assert "字典项 616 号 旧高级" in page.words()
    assert "新增" in page.words()
    words = client.get("/admin/journal/details/", id=key).words()
    for said in ("字典 职称级别", "名称 旧高级 高级"):
        assert said in words, words
    assert "dictionary" not in words
    assert key not in keys_on(client.get("/admin/journal/", search="没有这个名称"))
    assert key not in keys_on(client_of("province_admin").get("/admin/journal/", search="旧高级"))


def test_the_system_administrator_sees_that_something_was_done_and_by_whom_but_not_what_a_claim_says(
    site, client_of, rows
):
    client = client_of("system_admin")
    page = client.get("/admin/journal/", object_type="claim")
    assert {rows["edit"], rows["other"]} <= keys_on(page)
    detail = client.get("/admin/journal/details/", id=rows["edit"])
    for shown in (page.words(), detail.words()):
        assert "金水医院管理员" in shown
        assert "退回" in shown
        for hidden in (SECRET, "护理进修", "doctor"):
            assert hidden not in shown
    assert keys_on(client.get("/admin/journal/", search=SECRET)) == set()  # no asking for what is not shown
    assert rows["edit"] in keys_on(client.get("/admin/journal/", search="req-1"))


@pytest.mark.parametrize(
    ("who", "query", "found"),
    [
        ("system_admin", {"who": "金水医院管理员"}, {"edit"}),
        ("system_admin", {"who": "学校管理"}, {"other"}),
        ("system_admin", {"who": "没有这个人"}, set()),
        ("system_admin", {"who": "省厅", "object_type": "claim"}, set()),
        ("system_admin", {"who": "学校管理", "action": "return", "moment_from": "2020-01-01"}, {"other"}),
        ("system_admin", {"who": "学校管理", "moment_to": "2020-01-01"}, set()),
        (
            "system_admin",
            {"about": "doctor", "who": "洛阳学校管理员"},
            {"other"},
        ),  # there is no such question
        ("hospital_admin", {"who": "洛阳学校管理员"}, set()),
        ("jinshui_admin", {"who": "洛阳学校管理员"}, set()),
    ],
)
def test_whoever_answers_for_the_whole_journal_finds_it_by_the_name_of_who_acted(
    client_of, rows, who, query, found
):
    shown = keys_on(client_of(who).get("/admin/journal/", **query))
    assert {name for name in ("edit", "other") if rows[name] in shown} == found


def test_who_acted_stands_in_the_system_administrators_export_and_whom_it_was_about_does_not(
    site, client_of, rows
):
    client = client_of("system_admin")
    page = client.post("/admin/journal/export/?object_type=claim", {"columns": "every"})
    told_of = {str(cell) for line in cells(page.data) for cell in line}
    assert "金水医院管理员" in told_of
    assert f"人员 {site.world.id(Person, 'doctor')} 号" in told_of
    assert not [cell for cell in told_of if SECRET in cell or "护理进修" in cell or "doctor" in cell]


def test_a_professional_finds_only_what_he_did_himself(site, client_of, rows):
    page = client_of("doctor").get("/admin/journal/")
    assert rows["edit"] not in keys_on(page)
    assert site.world.id(JournalEntry, "doctor-login") in keys_on(page)


def test_an_office_reads_of_organisations_below_it_what_concerns_accounts_and_not_claims_on_their_way(
    site, client_of, rows
):
    export = write(site, "hospital_admin", "export", 1, "export", details={"rows": 3})
    shown = keys_on(client_of("jinshui_admin").get("/admin/journal/"))
    assert export in shown
    assert rows["edit"] not in shown


def test_the_export_holds_what_the_list_shows_and_is_journaled(site, client_of, rows):
    client = client_of("hospital_admin")
    page = client.post("/admin/journal/export/?object_type=claim", {"columns": "shown"})
    assert page.headers["Content-Type"] == XLSX
    [entry] = site.all(select(JournalEntry).where(JournalEntry.action == "export"))
    assert entry.details["grid"] == "journal"
    assert client_of("doctor").get("/admin/journal/export/").status == 403


def test_the_export_of_every_column_says_what_was_changed_as_the_page_does(site, client_of, rows):
    write(site, "hospital_admin", "account", site.world.id(Account, "hospital_admin"), "change_profile",
          details={"mobile": ["手机", "", "13800000000"]})  # fmt: skip
    head, *lines = cells(
        client_of("hospital_admin").post("/admin/journal/export/", {"columns": "every"}).data
    )
    told = [line[head.index("修改内容")] for line in lines]
    page = client_of("hospital_admin").get("/admin/journal/details/", id=rows["edit"])
    words = [
        [cell.text_content().strip() for cell in line]
        for line in page.tree.xpath("//caption[.='修改内容']/..//tbody/tr")
    ]
    assert len(words) == 2
    assert "\n".join(f"{label}：{old} → {new}" for label, old, new in words) in told
    assert "手机：（无） → 13800000000" in told


def test_what_was_changed_is_not_exported_where_it_may_not_be_read(client_of, rows):
    head, *lines = cells(
        client_of("system_admin").post("/admin/journal/export/?action=return", {"columns": "every"}).data
    )
    assert {line[head.index("修改内容")] for line in lines} == {"（不在您的查看范围内）"}
    shown = cells(client_of("hospital_admin").post("/admin/journal/export/", {"columns": "shown"}).data)
    assert "修改内容" not in shown[0]


def test_an_export_asks_no_more_for_many_rows_than_for_few(site, client_of):
    client, asked = client_of("system_admin"), []
    for number in (1, 2, 30):  # what is asked once per process is asked with the first
        for position in range(number):
            details = {"dictionary": "title_level", "code": f"c{position}", "changes": {"名称": ["旧", "新"]}}
            write(site, "system_admin", "dictionary_item", 616, "edit", details=details)
        with site.statements() as counted:
            client.post("/admin/journal/export/?object_type=dictionary_item", {"columns": "every"})
        asked.append(len(counted))
    assert asked[1] == asked[2], asked


# ---------------------------------------------------------------- the chain
def test_a_row_is_compared_with_its_seal_and_a_changed_one_is_named(site, client_of, rows):
    client = client_of("hospital_admin")
    client.token()
    with site.session() as session:
        audit.seal(session)
    page = client.follow(client.post("/admin/journal/verify/", {"id": rows["edit"]}))
    assert "核对无误" in page.words()
    with site.engine.begin() as connection:
        connection.execute(
            text("UPDATE journal_entry SET reason = '改过' WHERE id = :key"), {"key": rows["edit"]}
        )
    page = client.follow(client.post("/admin/journal/verify/", {"id": rows["edit"]}))
    assert f"第 {rows['edit']} 号日志被修改" in page.words()


def test_the_system_administrator_has_the_whole_journal_verified_and_nobody_else(site, client_of, rows):
    client = client_of("system_admin")
    client.token()
    with site.session() as session:
        session.execute(text("DELETE FROM journal_seal"))  # the fixture's own were made with another key
        audit.seal(session)
    assert "还没有核对过" in client.get("/admin/journal/").words()
    words = client.follow(client.post("/admin/journal/verify-all/", {})).words()
    assert "核对无误" in words
    with site.engine.begin() as connection:
        connection.execute(text("DELETE FROM journal_entry WHERE id = :key"), {"key": rows["other"]})
    words = client.follow(client.post("/admin/journal/verify-all/", {})).words()
    assert f"第 {rows['other']} 号日志被删除" in words
    for who in ("province_admin", "hospital_admin", "doctor"):
        other = client_of(who)
        other.token()
        assert other.post("/admin/journal/verify-all/", {}).status == 403


# ---------------------------------------------------------------- 登录日志
@pytest.mark.parametrize(
    ("who", "sees", "misses"),
    [
        ("doctor", {"doctor"}, {"nurse", "hospital_admin", "nobody"}),
        ("hospital_admin", {"doctor", "hospital_admin"}, {"teacher", "school_admin", "nobody"}),
        (
            "jinshui_admin",
            {"hospital_admin", "jinshui_admin"},
            {"doctor", "school_admin", "zhengzhou_admin", "nobody"},
        ),
        ("academy_admin", {"academy_admin"}, {"hospital_admin", "doctor", "nobody"}),
        ("province_admin", {"hospital_admin", "school_admin"}, {"doctor", "system_admin", "nobody"}),
        ("system_admin", {"province_admin", "system_admin", "hospital_admin", "academy_admin", "doctor", "nobody"}, set()),
    ],
)  # fmt: skip
def test_logins_are_seen_by_their_owner_by_who_looks_after_the_account_and_all_by_who_audits(
    site, client_of, who, sees, misses
):
    addresses = {"nobody": NOBODY_ADDRESS}
    write(site, None, "login", 0, "login_failed", details={"address": NOBODY_ADDRESS})
    for number, name in enumerate(sorted({name for name in sees | misses if name != "nobody"})):
        addresses[name] = f"198.51.100.{number + 100}"
        write(
            site,
            None,
            "login",
            site.world.id(Account, name),
            "login_failed",
            details={"address": addresses[name]},
        )
    words = client_of(who).get("/admin/login-journal/", event="failed").words()
    assert {name for name in sees | misses if addresses[name] in words} == sees


def test_whose_login_it_was_is_told_and_found_by_name_and_organisation_to_who_audits(site, client_of):
    for name, address in (("hospital_admin", "198.51.100.1"), ("doctor", "198.51.100.2")):
        write(site, None, "login", site.world.id(Account, name), "login_failed", details={"address": address})
    client = client_of("system_admin")

    def seen(**query):
        words = client.get("/admin/login-journal/", event="failed", **query).words()
        return {
            name for name, end in (("hospital_admin", "1"), ("doctor", "2")) if f"198.51.100.{end}" in words
        }

    page = client.get("/admin/login-journal/", event="failed")
    assert "金水医院管理员单位金水医院登录失败" in page.words()
    assert "doctor个人金水医院登录失败" in page.words()
    assert seen(whose="doctor") == {"doctor"}
    assert seen(whose="金水医院管理员") == {"hospital_admin"}
    assert seen(whose="金水医院") == {"hospital_admin", "doctor"}
    assert seen(whose="洛阳学校") == set()
    site.put(Account, "doctor", mobile="13800000001")
    assert seen(whose="13800000001") == set()  # what is not shown is not asked for


OTHER_ROWS = (
    ("account", "disable"), ("account", "change_profile"), ("organization", "disable"), ("claim", "login"),
    ("claim", "unlock"), ("person", "reset_password"), ("certificate", "revoke"), ("export", "export"), ("transfer", "accept"),
)  # fmt: skip


@pytest.mark.parametrize(("object_type", "action"), OTHER_ROWS)
def test_to_read_all_logins_opens_no_other_row(site, client_of, object_type, action):
    key = write(site, "hospital_admin", object_type, site.world.id(Account, "doctor"), action, reason=SECRET,
                details={"address": NOBODY_ADDRESS, "title": "护理进修"})  # fmt: skip
    client = client_of("system_admin")
    assert NOBODY_ADDRESS not in client.get("/admin/login-journal/").words()
    for page in (client.get("/admin/journal/", number=str(site.world.id(Account, "doctor"))),
                 client.get("/admin/journal/details/", id=key)):  # fmt: skip
        for hidden in (SECRET, "护理进修", NOBODY_ADDRESS):
            assert hidden not in page.words()
    assert key not in keys_on(client.get("/admin/journal/", search=SECRET))
    for url in ("/admin/login-journal/", "/admin/journal/"):
        taken = client.post(f"{url}export/", {"columns": "every"})
        assert not [cell for line in cells(taken.data) for cell in line if SECRET in str(cell)]


@pytest.mark.parametrize("action", ["reset_password", "unlock", "reset_factor", "force_logout"])
def test_what_superiors_do_about_logins_stands_among_them(site, client_of, action):
    write(site, "hospital_admin", "account", site.world.id(Account, "doctor"), action, reason=REASON)
    words = client_of("system_admin").get("/admin/login-journal/", event=action).words()
    assert "doctor个人金水医院" in words
    assert REASON in words
    assert "金水医院管理员" in words


def test_the_login_log_is_narrowed_by_person_outcome_and_address(site, client_of):
    client, doctor = client_of("hospital_admin"), site.world.id(Account, "doctor")
    site.put(Account, "doctor", mobile="13800000001")
    site.put(Person, "doctor", name_initials="hushi")
    write(site, None, "login", doctor, "login_failed", details={"address": "198.51.100.9"})
    write(site, None, "login", doctor, "login_locked", details={"address": "198.51.100.200"})

    def seen(**query):
        words = client.get("/admin/login-journal/", **query).words()
        return "198.51.100.9—" in words, "198.51.100.200" in words

    assert seen() == (True, True)
    assert seen(event="failed") == (True, False)
    assert seen(event="login_locked") == (False, True)
    assert seen(address="198.51.100.2") == (False, True)
    for term, found in (("doctor", True), ("金水医院", True), ("hus", True),
                        ("nurse", False), ("洛阳学校", False), ("13800000001", False)):  # fmt: skip
        assert seen(whose=term) == (found, found), term


# ---------------------------------------------------------------- 在线会话
def online(site, name):
    """Let the sessions of an account be in use; return the key of its newest."""
    with site.session() as session:
        whose = LoginSession.account_id == site.world.id(Account, name)
        found = session.scalars(select(LoginSession).where(whose).order_by(LoginSession.id.desc())).all()
        for row in found:
            row.created_at = row.last_seen_at = dt.datetime.now(dt.UTC)
        site.written = True
        return found[0].id


def end(client, key, reason=REASON, confirmed="1"):
    client.token()
    form = {"action": "end", "rowid": key, "reason": reason, "confirmed": confirmed}
    return client.post("/admin/online-session/action/", form)


def test_a_login_is_ended_at_once_with_a_reason_its_owner_reads(site, client_of):
    admin, doctor = client_of("hospital_admin"), client_of("doctor")
    assert doctor.get("/admin/").status == 200
    key = online(site, "doctor")
    assert "doctor" in admin.get("/admin/online-session/").words()
    page = end(admin, key, reason="", confirmed="")
    assert "将结束 1 个会话" in page.words()
    assert site.get(LoginSession, key).ended_at is None
    assert end(admin, key, reason="  ").status == 200  # asked again
    assert site.get(LoginSession, key).ended_at is None
    assert end(admin, key).status == 302
    assert site.get(LoginSession, key).ended_why == "forced"
    [entry] = site.all(select(JournalEntry).where(JournalEntry.action == "force_logout"))
    assert (entry.object_id, entry.reason) == (site.world.id(Account, "doctor"), REASON)
    assert entry.actor_id == site.world.id(Account, "hospital_admin")
    assert "都已经结束" in admin.follow(end(admin, key)).words()
    assert len(site.all(select(JournalEntry).where(JournalEntry.action == "force_logout"))) == 1
    page = doctor.get("/admin/")
    assert page.status == 302
    assert "已被管理员强制退出" in doctor.follow(page).words()


@pytest.mark.parametrize(
    ("who", "whose"),
    [
        ("hospital_admin", "hospital_admin"),  # one's own
        ("hospital_admin", "teacher"),
        ("hospital_admin", "jinshui_admin"),
        ("jinshui_admin", "doctor"),
        ("jinshui_admin", "zhengzhou_admin"),
        ("system_admin", "hospital_admin"),
        ("system_admin", "system_admin"),
    ],
)
def test_no_login_out_of_scope_and_never_ones_own_is_ended(site, client_of, who, whose):
    client, key = client_of(who), online(site, whose)
    page = client.get("/admin/online-session/")
    assert str(key) not in page.tree.xpath("//input[@name='rowid']/@value")
    answer = end(client, key)
    assert "不在您的管理范围内" in client.follow(answer).words()
    assert site.get(LoginSession, key).ended_at is None


@pytest.mark.parametrize(
    ("who", "whose"), [("system_admin", "province_admin"), ("province_admin", "luoyang_admin")]
)
def test_administrators_below_are_logged_out(site, client_of, who, whose):
    key = online(site, whose)
    assert end(client_of(who), key).status == 302
    assert site.get(LoginSession, key).ended_why == "forced"


@pytest.mark.parametrize("office", ["academy", "health", "hospital", "jinshui"])
def test_a_colleague_is_logged_out_by_whoever_may_reset_his_password(site, client_of, office):
    moment = dt.datetime.now(dt.UTC)
    with site.session() as session:
        colleague = make_account(
            session,
            organization=session.get(Organization, site.world.id(Organization, office)),
            real_name="同事",
        )
        session.flush()
        login = make_session(colleague, created_at=moment, last_seen_at=moment)
        session.add(login)
        session.flush()
        key = login.id
    client = client_of(f"{office}_admin")
    page = client.get("/admin/online-session/")
    assert "同事" in page.words()
    assert page.tree.xpath("//nav[@id='sidebar']//a[@href='/admin/online-session/']")
    assert end(client, key).status == 302
    assert site.get(LoginSession, key).ended_why == "forced"


@pytest.mark.parametrize(
    ("who", "whose"),
    [("academy_admin", "doctor"), ("health_admin", "hospital_admin"), ("health_admin", "health_admin")],
)
def test_an_institution_and_an_authority_end_no_other_login(site, client_of, who, whose):
    client, key = client_of(who), online(site, whose)
    assert str(key) not in client.get("/admin/online-session/").tree.xpath("//input[@name='rowid']/@value")
    end(client, key)
    assert site.get(LoginSession, key).ended_at is None


def test_a_professional_has_no_page_of_sessions(client_of):
    assert client_of("doctor").get("/admin/online-session/").status == 403


# ---------------------------------------------------------------- 谁看过我的信息
def test_who_saw_my_data_has_a_page_with_office_name_time_and_reason(site, client_of):
    admin, doctor = client_of("hospital_admin"), site.world.id(Person, "doctor")
    admin.token()
    admin.post("/admin/person/unmask/", {"id": doctor, "reason": REASON})
    write(site, "jinshui_admin", "person", doctor, "export_unmasked", reason="年度统计")
    write(site, "school_admin", "person", site.world.id(Person, "teacher"), "unmask", reason="别人的原因")
    words = client_of("doctor").get("/admin/lookup/").words()
    for said in (REASON, "金水医院", "金水医院管理员", "查看完整身份证号", "年度统计", "导出完整身份证号"):
        assert said in words
    assert "别人的原因" not in words
    assert "还没有单位或机构" in client_of("nurse").get("/admin/lookup/").words()
    assert admin.get("/admin/lookup/").status == 403


# ---------------------------------------------------------------- what it costs
@pytest.mark.parametrize(("grid", "pinned"), [("journal", 11), ("login-journal", 12), ("online-session", 5)])
def test_a_page_of_a_log_costs_as_many_statements_with_many_rows_as_with_few(site, client_of, grid, pinned):
    client = client_of("hospital_admin")
    costs = []
    for number in (1, 30):
        for position in range(number):
            name = ("doctor", "nurse")[position % 2]
            write(site, "hospital_admin", "claim", site.world.id(Claim, "doctor-submitted"), "return", reason="补材料",
                  on_behalf_of_id=site.world.id(Person, name))  # fmt: skip
            write(
                site, name, "login", site.world.id(Account, name), "login", details={"address": "127.0.0.1"}
            )
            with site.session() as session:
                opened = dt.datetime.now(dt.UTC)
                session.add(LoginSession(account_id=site.world.id(Account, name), key_hash=f"{number:032}{position:032}",
                                         created_at=opened, last_seen_at=opened))  # fmt: skip
        _page, asked = cost(site, client, f"/admin/{grid}/")
        costs.append(len(asked))
    assert costs == [pinned, pinned], told(asked)
