"""What every list keeps to: what its address says, chips, columns, sort words, and no citizen id in any address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from factories import make_claim
from sqlalchemy import delete, select, update

from models import (
    Account,
    Claim,
    Department,
    Enrollment,
    GridSetting,
    JournalEntry,
    Notice,
    Organization,
    Person,
    YearSummary,
)
from models.identifiers import mask_citizen_id
from permissions.wall import unscoped
from services import listing


def heads(page):
    return [
        " ".join(cell.text_content().split()).rstrip("123")
        for cell in page.tree.xpath(
            "//thead//th[not(contains(@class, 'pick')) and not(contains(@class, 'row-buttons'))]"
        )
    ]


def first_cells(page):
    return [cell.text_content().strip() for cell in page.tree.xpath("//tbody/tr/th[@scope='row']")]


def chips(page):
    return [" ".join(chip.text_content().split()) for chip in page.tree.xpath("//li[@class='chip']")]


def search(client, grid, **typed):
    """Send the search form and follow it to the list."""
    answer = client.post(f"/admin/{grid}/find/", typed)
    assert answer.status == 303, answer
    return client.get(answer.location)


# ---------------------------------------------------------------- what narrows a list
@pytest.mark.parametrize(
    ("query", "chip"),
    [
        ({"status": "declared"}, "认定结果：待审批"),
        ({"subject": "public"}, "科目类型：公需"),
        ({"credit_year": "2026"}, "计入年度：2026"),
        ({"search": "doctor"}, "关键字：doctor"),
        ({"since_from": "2026-01-01", "since_to": "2026-12-31"}, "状态时间：2026-01-01 至 2026-12-31"),
        ({"since_from": "2026-01-01"}, "状态时间：2026-01-01 至"),
        ({"hours_to": "7.5"}, "核算学时：至 7.5"),
    ],
)
def test_what_narrows_a_list_is_a_chip_with_a_way_out(client_of, query, chip):
    client = client_of("hospital_admin")
    page = client.get("/admin/claim/", **query)
    assert chips(page) == [chip]
    [way_out] = page.tree.xpath("//a[@class='chip-x']/@href")
    assert chips(client.get(way_out)) == []


@pytest.mark.parametrize(
    ("grid", "model"), [("claim", Claim), ("year-summary", YearSummary), ("enrollment", Enrollment)]
)
def test_a_department_stands_for_those_below_it(site, client_of, grid, model):
    desk, office = (site.world.id(Department, f"hospital-{name}") for name in ("desk", "office"))
    nurse = site.world.id(Person, "nurse")
    site.put(Person, "nurse", department_id=desk)
    rows = site.all(select(model.id).where(model.person_id == nurse))
    for row in rows if hasattr(model, "department_id") else ():
        site.put(model, row, department_id=desk)
    client = client_of("hospital_admin")
    numbers = [
        len(client.get(f"/admin/{grid}/", department=department, search="nurse").tree.xpath("//tbody/tr/th"))
        for department in (desk, office)
    ]
    assert numbers[0] == numbers[1] > 0


def test_chips_are_taken_away_one_by_one(client_of):
    client = client_of("hospital_admin")
    page = client.get("/admin/claim/", subject="public", credit_year="2026", sort="-title")
    assert len(chips(page)) == 2
    ways = page.tree.xpath("//a[@class='chip-x']/@href")
    left = client.get(ways[0])
    assert (chips(left), parse_qs(urlsplit(ways[0]).query)["sort"]) == (["科目类型：公需"], ["-title"])


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"since_from": "昨天"}, "请填写日期，如 2026-01-31"),
        ({"since_from": "2026-13-01"}, "请填写日期，如 2026-01-31"),
        ({"hours_from": "很多"}, "请填写数字，最多一位小数，如 7.5"),
        ({"hours_from": "NaN"}, "请填写数字，最多一位小数，如 7.5"),
        ({"hours_from": "1.25"}, "请填写数字，最多一位小数，如 7.5"),
        ({"hours_from": "9", "hours_to": "1"}, "止不能早于或小于起"),
    ],
)
def test_a_span_that_cannot_be_read_is_said_at_its_field_and_narrows_nothing(client_of, query, sentence):
    client = client_of("hospital_admin")
    page = client.get("/admin/claim/", **query)
    assert sentence in " ".join(page.errors().values())
    assert [value for value in page.tree.xpath("//input/@value") if value == next(iter(query.values()))]
    assert chips(page) == []
    assert first_cells(page) == first_cells(client.get("/admin/claim/", view="0"))


def test_a_span_of_days_includes_both_days_in_china(site, client_of):
    import datetime as dt

    client = client_of("hospital_admin")
    midnight = dt.datetime(2026, 3, 9, 16, tzinfo=dt.UTC)  # the first moment of March 10th in China
    site.put(Claim, "doctor-submitted", status_since=midnight)
    for day, found in (("2026-03-09", False), ("2026-03-10", True), ("2026-03-11", False)):
        page = client.get("/admin/claim/", since_from=day, since_to=day)
        assert ("doctor-submitted" in first_cells(page)) is found, day


def test_a_filter_of_an_old_link_that_is_no_choice_any_more_is_left_out(client_of):
    page = client_of("hospital_admin").get("/admin/claim/", status="gone", credit_year="1")
    assert chips(page) == []


# ---------------------------------------------------------------- citizen ids
@pytest.mark.parametrize("typed", ["{}", " {} ", "{} ".replace(" ", "\u3000")])
def test_a_search_by_citizen_id_never_reaches_an_address(site, client_of, typed):
    number = site.citizens["doctor"]
    page = search(client_of("hospital_admin"), "claim", search=typed.format(number), subject="public")
    assert number not in page.url
    assert chips(page)[0] == f"身份证号：{mask_citizen_id(number)}"
    assert {row.split("-")[0] for row in first_cells(page)} == {"doctor"}
    assert number not in page.text


@pytest.mark.parametrize("other", ["teacher", "nobody", "mistyped"])
def test_a_citizen_id_outside_ones_scope_is_as_unknown_as_one_that_does_not_exist(site, client_of, other):
    numbers = {
        "teacher": site.citizens["teacher"],
        "nobody": "410105199001010019",
        "mistyped": "41010519900101001",
    }
    page = search(client_of("hospital_admin"), "claim", search=numbers[other])
    assert urlsplit(page.url).query == "person=0"
    assert chips(page) == ["身份证号：没有这个人员，或不在您的管理范围内"]
    assert first_cells(page) == []


def test_a_citizen_id_typed_into_the_address_is_taken_out_of_it(site, client_of):
    number = site.citizens["doctor"]
    answer = client_of("hospital_admin").get("/admin/person/", search=number)
    assert answer.status == 302
    assert number not in answer.location
    assert f"person={site.world.id(Person, 'doctor')}" in answer.location


def test_a_page_looks_through_its_parameters_once(client_of, monkeypatch):
    looked, real = [], listing.citizen_ids_in
    monkeypatch.setattr(listing, "citizen_ids_in", lambda value: looked.append(value) or real(value))
    assert client_of("hospital_admin").get("/admin/claim/", search="论文", status="submitted").status == 200
    assert sorted(looked) == ["submitted", "论文"]


def split(number):
    return f"{number[:6]} {number[6:14]}-{number[14:]}"


@pytest.mark.parametrize("shape", ["李炎 {}", "{}李炎", "2026 {}", "x{}", "{}１２", "，{}。"])
def test_a_citizen_id_among_other_words_never_reaches_an_address(site, client_of, shape):
    number = site.citizens["doctor"]
    for typed in (shape.format(number), f"李炎 {split(number)}"):
        page = search(client_of("hospital_admin"), "claim", search=typed)
        assert urlsplit(page.url).query == f"person={site.world.id(Person, 'doctor')}"
        assert {row.split("-")[0] for row in first_cells(page)} == {"doctor"}


@pytest.mark.parametrize(
    ("actor", "grid", "name"),
    [
        ("jinshui_admin", "journal", "about"),
        ("jinshui_admin", "journal", "who"),
        ("jinshui_admin", "journal", "number"),
        ("jinshui_admin", "person", "employer"),
        ("jinshui_admin", "certificate", "number"),
        ("jinshui_admin", "claim", "since_from"),
    ],
)
def test_a_citizen_id_typed_into_any_field_becomes_the_person(site, client_of, actor, grid, name):
    client, number = client_of(actor), site.citizens["doctor"]
    page = search(client, grid, **{name: number})
    assert urlsplit(page.url).query == f"person={site.world.id(Person, 'doctor')}"
    assert chips(page) == [f"身份证号：{mask_citizen_id(number)}"]
    typed = client.get(f"/admin/{grid}/", **{name: number})
    assert (typed.status, typed.location) == (302, page.url)
    printed = client.get(f"/admin/{grid}/print/", **{name: number})
    assert printed.status == 200
    assert mask_citizen_id(number) in printed.text
    assert number not in printed.text


def test_an_export_asked_for_with_a_citizen_id_is_told_of_without_it(site, client_of):
    client, number = client_of("jinshui_admin"), site.citizens["doctor"]
    url = f"/admin/person/export/?employer={number}"
    asked = client.get(url)
    assert asked.status == 200
    assert number not in asked.text
    client.post(url, {"columns": "shown"})
    [entry] = site.all(select(JournalEntry).where(JournalEntry.action == "export"))
    assert entry.details["conditions"] == f"身份证号：{mask_citizen_id(number)}"
    assert entry.details["rows"] == 1


def test_two_citizen_ids_are_nobody(site, client_of):
    both = {"search": site.citizens["doctor"], "employer": site.citizens["nurse"]}
    page = search(client_of("jinshui_admin"), "claim", **both)
    assert urlsplit(page.url).query == "person=0"
    assert first_cells(page) == []


@pytest.mark.parametrize(
    ("actor", "grid", "name"),
    [
        ("jinshui_admin", "login-journal", "whose"),
        ("jinshui_admin", "login-journal", "address"),
        ("jinshui_admin", "organization", "search"),
        ("jinshui_admin", "online-session", "search"),
        ("system_admin", "journal", "who"),
        ("system_admin", "region", "search"),
    ],
)
def test_a_list_that_knows_no_citizen_ids_says_so_and_shows_nothing(site, client_of, actor, grid, name):
    page = search(client_of(actor), grid, **{name: site.citizens["doctor"]})
    assert urlsplit(page.url).query == "person=0"
    assert chips(page) == ["身份证号：本列表不能按身份证号查找，请改用其他条件"]
    assert first_cells(page) == []


@pytest.mark.parametrize(
    ("grid", "name", "typed"),
    [
        ("organization", "search", "524100005555550187"),  # a credit code of figures only
        ("claim", "employer", "52410000 5555550187"),
        ("certificate", "number", "豫继教20254101000001238"),
        ("certificate", "number", "20254101000001238"),
        ("certificate", "number", "2025410100000123"),
        ("training-plan", "search", "PX20264101000001"),
        ("journal", "search", "12345678901234567890123456789012"),
        ("person", "search", "13800000000 138000000"),
    ],
)
def test_a_code_or_number_is_no_citizen_id(client_of, grid, name, typed):
    page = search(client_of("jinshui_admin"), grid, **{name: typed})
    assert parse_qs(urlsplit(page.url).query) == {name: [typed]}


def test_an_organisation_is_found_by_a_credit_code_of_figures_only(site, client_of):
    site.put(Organization, "hospital", credit_code="524100005555550187")
    page = search(client_of("jinshui_admin"), "organization", search="524100005555550187")
    assert first_cells(page) == ["金水医院"]


def test_a_person_key_of_somebody_else_finds_nothing(site, client_of):
    page = client_of("hospital_admin").get("/admin/claim/", person=site.world.id(Person, "teacher"))
    assert first_cells(page) == []
    assert mask_citizen_id(site.citizens["teacher"]) not in page.text


# ---------------------------------------------------------------- sorting
def test_a_click_on_a_head_sorts_up_then_down_then_not(client_of):
    client, url = client_of("hospital_admin"), "/admin/claim/?view=0"
    for direction, sort in (("none", "title"), ("ascending", "-title"), ("descending", None)):
        page = client.get(url)
        head = page.tree.xpath("//thead/tr/th[@aria-sort]")[0]
        assert head.get("aria-sort") == direction
        url = head.xpath(".//a/@href")[0]
        assert parse_qs(urlsplit(url).query).get("sort") == ([sort] if sort else None)


def test_several_sort_words_follow_each_other(client_of):
    client = client_of("hospital_admin")
    page = client.get("/admin/claim/", sort="-subject,title,-credit_year,status,person.name")
    assert [cell.get("aria-sort") for cell in page.tree.xpath("//thead/tr/th[@aria-sort!='none']")] == [
        "ascending", "descending",
    ]  # fmt: skip
    assert first_cells(page) == sorted(first_cells(page))


def sort_form(page):
    """Return the chosen sort word of the select, all of its words by what they say, and what is sent along."""
    words = page.tree.xpath("//select[@form='list-sort']/option")
    chosen = page.tree.xpath("//select[@form='list-sort']/option[@selected]/@value")
    sent = {field.name: field.value for field in page.tree.xpath("//form[@id='list-sort']/input")}
    return chosen, {word.text_content(): word.get("value") for word in words}, sent


def test_a_list_is_sorted_without_a_head_to_click_on(client_of):
    client = client_of("hospital_admin")
    page = client.get("/admin/claim/", subject="public", sort="-title", page="1")
    chosen, words, sent = sort_form(page)
    assert chosen == ["-title"]
    assert words["默认顺序"] == ""
    assert words["名称升序"] == "title"
    assert sent == {"subject": "public"}
    sorted_up = client.get("/admin/claim/", **sent, sort=words["名称升序"])
    assert first_cells(sorted_up) == sorted(first_cells(sorted_up))
    assert sort_form(client.get("/admin/claim/", **sent, sort=""))[0] == [""]


def test_several_sort_words_stay_one_choice_and_a_column_the_role_has_not_is_none(client_of):
    chosen, words, _sent = sort_form(client_of("hospital_admin").get("/admin/claim/", sort="-title,status"))
    assert chosen == ["-title,status"]
    assert words["名称降序，认定结果升序"] == "-title,status"
    offered = sort_form(client_of("doctor").get("/admin/login-journal/"))[1]
    assert set(offered) == {"默认顺序", "时间升序", "时间降序"}


def test_sort_words_that_are_none_are_left_out(client_of):
    for odd in ("password", "-", ",,,", "title;drop", "person.citizen_id", "-" * 3000):
        page = client_of("hospital_admin").get("/admin/claim/", sort=odd)
        assert page.status == 200
        assert page.tree.xpath("//thead/tr/th[@aria-sort!='none']") == []


# ---------------------------------------------------------------- columns, density, page size
def test_a_layout_is_kept_for_the_account_and_for_nobody_else(site, client_of):
    client, colleague = client_of("jinshui_admin"), client_of("zhengzhou_admin")
    before = heads(client.get("/admin/claim/"))
    layout = {
        "column": ["status", "approver", "credit_year", "citizen_id"],
        "place-status": "3", "place-approver": "2", "place-credit_year": "4",
        "density": "compact", "page_size": "50",
    }  # fmt: skip
    answer = client.post("/admin/claim/layout/", layout)
    page = client.follow(answer)
    assert heads(page) == ["名称", "审批机构", "认定结果", "计入年度"]
    assert page.tree.xpath("//table[contains(@class, 'density-compact')]")
    assert heads(client_of("jinshui_admin").get("/admin/claim/")) == heads(page)
    assert heads(colleague.get("/admin/claim/")) == before
    assert heads(client.get("/admin/claim-decision/")) != heads(page)
    client.post("/admin/claim/layout/", {"reset": "1"})
    assert heads(client.get("/admin/claim/")) == before
    settings = {row.page_size for row in site.all(_settings_of(site, "jinshui_admin"))}
    assert settings == {None}


def _settings_of(site, name):
    from sqlalchemy import select

    from models import Account

    return select(GridSetting).where(GridSetting.account_id == site.world.id(Account, name))


@pytest.mark.parametrize(
    "odd", [{}, {"page_size": "100000"}, {"density": "none"}, {"column": ["password", "id"], "place-id": "x"}]
)
def test_an_odd_layout_is_the_grid_s_own(client_of, odd):
    client = client_of("hospital_admin")
    assert client.post("/admin/claim/layout/", odd).status == 302
    page = client.get("/admin/claim/")
    assert page.status == 200
    assert heads(page)[0] == "名称"
    assert page.tree.xpath("//table[contains(@class, 'density-normal')]")


def test_more_rows_fit_on_a_page_where_the_account_wants_it(site, client_of):
    client = client_of("hospital_admin")
    with site.session() as session:
        doctor = session.get(Person, site.world.id(Person, "doctor"))
        for _ in range(70):
            make_claim(session, doctor, status="submitted")
    assert len(first_cells(client.get("/admin/claim/"))) == 20
    client.post("/admin/claim/layout/", {"page_size": "50", "column": ["status"]})
    page = client.get("/admin/claim/")
    assert len(first_cells(page)) == 50
    assert len(first_cells(client.get("/admin/claim/", page="1"))) >= 20


# ---------------------------------------------------------------- states of a list, and print
@pytest.mark.parametrize(
    ("actor", "url", "sentence"),
    [
        ("hospital_admin", "/admin/claim/?search=没有的", "没有符合条件的记录。去掉上面的一个条件再试"),
        ("academy_admin", "/admin/batch/", "还没有批量办理过。在列表中勾选记录办理后"),
        ("miller", "/admin/grade/", "还没有成绩。施教机构在培训班中登记成绩后"),
        ("luoyang_admin", "/admin/claim-decision/?search=没有的", "没有符合条件的记录。"),
    ],
)
def test_an_empty_list_says_what_to_do(client_of, actor, url, sentence):
    page = client_of(actor).get(url)
    assert sentence in page.tree.xpath("string(//td[@class='empty-cell'])")


@pytest.mark.parametrize(
    ("actor", "url", "emptied", "sentence"),
    [
        ("doctor", "/admin/year-summary/", delete(YearSummary), "申报或培训成绩通过认定、学时入账后"),
        ("system_admin", "/admin/notice/", delete(Notice), "办理结果和提醒会发到这里"),
        (
            "province_admin",
            "/admin/account-review/",
            update(Account).values(approver_id=None),
            "注册时选择由本机构审核的",
        ),
    ],
)
def test_a_list_nothing_came_to_yet_says_what_will_stand_there(
    site, client_of, actor, url, emptied, sentence
):
    with site.session() as session, unscoped(session, "an empty world"):
        session.execute(emptied)
    assert sentence in client_of(actor).get(url).tree.xpath("string(//td[@class='empty-cell'])")


def test_the_printed_list_names_its_filter_and_who_printed_it(client_of):
    page = client_of("hospital_admin").get("/admin/claim/print/", subject="public", sort="-title")
    words = page.words()
    assert "条件：科目类型：公需" in words.replace(" ：", "：")
    assert "名称降序" in words
    assert "打印人：" in words
    titles = [row.xpath("string(td[2])") for row in page.tree.xpath("//tbody/tr")]
    assert titles == sorted(titles, reverse=True)
    assert len(titles) >= 2
    assert "teacher" not in words


def test_the_labels_of_a_row_name_it(client_of):
    page = client_of("hospital_admin").get("/admin/claim-public/")
    for row in page.tree.xpath("//tbody/tr"):
        title = row.xpath("string(th)").strip()
        for label in row.xpath(".//input/@aria-label | .//a[contains(@class, 'btn')]/@aria-label"):
            assert title in label


def test_deleting_asks_first_and_works_without_script(site, client_of):
    client, key = client_of("doctor"), site.world.id(Claim, "doctor-draft")
    page = client.get("/admin/claim/")
    [link] = [url for url in page.tree.xpath("//a/@href") if f"/delete/?id={key}&" in url]
    question = client.get(link)
    assert "确定删除这条记录？" in question.words()
    assert "doctor-draft" in question.words()
    assert site.get(Claim, key) is not None
    assert client.send_to("/admin/claim/delete/", question).status == 302
    assert site.get(Claim, key) is None


@pytest.mark.parametrize(
    ("actor", "row", "status"), [("doctor", "doctor-approved", 403), ("doctor", "teacher-draft", 404)]
)
def test_the_question_is_asked_only_where_deleting_is_allowed(site, client_of, actor, row, status):
    assert client_of(actor).get("/admin/claim/delete/", id=site.world.id(Claim, row)).status == status
