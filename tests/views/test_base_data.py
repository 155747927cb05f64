"""基础数据管理: entries added, renamed, moved, retired, merged; workbooks; regions; years; announcements."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from claim_story import file
from rule_desk import begun, published
from site_client import OTHERS
from sqlalchemy import select
from workbooks import cells, workbook

from models import (
    Announcement,
    Claim,
    CreditYear,
    Dictionary,
    DictionaryItem,
    JournalEntry,
    Organization,
    Person,
    Region,
    Requirement,
    RuleDraft,
    TrainingPlan,
)
from seed.base import seed_base
from services import picking, reading

BOOK, ITEM, REGION, YEAR, NEWS = (
    f"/admin/{name}" for name in ("dictionary", "dictionary-item", "region", "credit-year", "announcement")
)
YESTERDAY = dt.date(2026, 11, 23)
TODAY = "2026-11-24"


@pytest.fixture
def admin(client_of):
    return client_of("system_admin")


def item(site, book, code):
    [row] = site.all(
        select(DictionaryItem).where(DictionaryItem.dictionary_code == book, DictionaryItem.code == code)
    )
    return row


def book_id(site, code):
    return site.all(select(Dictionary.id).where(Dictionary.code == code))[0]


def book_page(admin, site, code, **query):
    return admin.get(f"{BOOK}/details/", id=book_id(site, code), **query)


def order(site, book):
    statement = select(DictionaryItem.code).where(DictionaryItem.dictionary_code == book)
    return site.all(statement.order_by(DictionaryItem.position))


def offered(site, book):
    with site.session() as session:
        return [option.value for option in picking.dictionary(session, book)]


def journal(site, object_type):
    return site.all(
        select(JournalEntry).where(JournalEntry.object_type == object_type).order_by(JournalEntry.id)
    )


def added(admin, book, code, label, **typed):
    page = admin.get(f"{ITEM}/new/", dictionary=book)
    return admin.post(
        f"{ITEM}/new/?dictionary={book}", {**page.form(), "code": code, "label": label, **typed}
    )


# ---------------------------------------------------------------- entries
def test_an_entry_is_added_renamed_and_moved_and_forms_offer_it_at_once(site, admin, client_of):
    assert added(admin, "journal_level", "core", "核心期刊", position="2").status == 303
    assert offered(site, "journal_level")[1] == "core"
    assert "核心期刊" in client_of("doctor").get("/admin/claim/new/", kind="paper").words()
    row = item(site, "journal_level", "core")
    page = admin.get(f"{ITEM}/edit/?id={row.id}")
    assert admin.send(page, {"label": "核心刊物", "code": "core2"}).status == 303
    assert "核心刊物" in client_of("doctor").get("/admin/claim/new/", kind="paper").words()
    assert admin.post(f"{ITEM}/move/", {"id": row.id, "way": "up"}).status == 303
    assert order(site, "journal_level")[0] == "core2"
    told = book_page(admin, site, "journal_level").words()
    assert "名称：核心期刊 → 核心刊物" in told
    assert "代码：core → core2" in told
    assert [entry.action for entry in journal(site, "dictionary_item")] == ["create", "edit", "move"]
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.inserted or line.updated]


@pytest.mark.parametrize(
    ("book", "reader", "url"),
    [
        ("review_comment", "jinshui_admin", "/admin/claim-decision/"),
        ("plan_comment", "zhengzhou_admin", "/admin/training-plan-decision/"),
    ],
)
def test_a_canned_reason_needs_no_code_and_is_offered_to_reviewers(site, admin, client_of, book, reader, url):
    assert added(admin, book, "", "请补齐盖章页后重新提交。").status == 303
    assert re.fullmatch(r"n\d+", order(site, book)[-1])
    client = client_of(reader)
    keys = client.get(url).tree.xpath("//input[@name='rowid']/@value")
    assert (
        "请补齐盖章页后重新提交。" in client.post(f"{url}action/", {"action": "reject", "rowid": keys}).text
    )


def test_a_subtree_moves_as_a_whole(site, admin):
    first, second = [one for one in order(site, "industry") if one.isalpha()][:2]
    admin.post(f"{ITEM}/move/", {"id": item(site, "industry", second).id, "way": "up"})
    moved = order(site, "industry")
    assert moved[0] == second
    assert moved[1].isdecimal()
    assert moved.index(first) > 1


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"code": "national"}, "code", "已有，请换一个"),
        ({"code": "国家"}, "code", "字母或数字开头"),
        ({"label": "国家级"}, "label", "同一级已有“国家级”（代码 national）"),
        ({"label": " "}, "label", "请填写“名称”"),
        ({"label": "长" * 201}, "label", "最多 200 个字"),
        ({"position": "0"}, "position", "“顺序”请填"),
        ({"parent_code": "nothing"}, "parent_code", "没有代码为“nothing”的上级"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_at_its_field(site, admin, typed, field, sentence):
    page = added(admin, "journal_level", **{"code": "core", "label": "核心期刊", **typed})
    assert page.status == 200
    assert sentence in page.errors()[field]
    assert "core" not in order(site, "journal_level")


def test_a_used_code_is_locked_and_says_by_how_many_records(site, admin):
    key = site.world.id(Person, "doctor")
    site.put(Person, "doctor", education_code="21")
    row = item(site, "education", "21")
    told = admin.get(f"{ITEM}/details/", id=row.id).words()
    assert "代码不能修改：已被使用（专业技术人员 1 条）" in told
    page = admin.send(admin.get(f"{ITEM}/edit/?id={row.id}"), {"code": "29"})
    assert "已被使用（专业技术人员 1 条）" in page.errors()["code"]
    assert site.get(Person, key).education_code == "21"


def test_claims_and_rules_count_as_uses(site, admin, client_of):
    row = item(site, "conference_level", "provincial")
    url = f"{ITEM}/details/?id={row.id}"
    assert (
        f"{Claim.__label__} " not in admin.get(url).tree.xpath("//h2[.='使用情况']/../..")[0].text_content()
    )
    file(client_of("doctor"), command="draft", item_level="provincial")
    told = admin.get(url).words()
    assert f"{Claim.__label__} 1 条" in told
    assert re.search(r"学时规则 \d+ 条", told)


def test_another_name_of_a_used_entry_is_confirmed_with_what_it_means(site, admin, client_of):
    file(client_of("doctor"), command="draft", item_level="provincial")
    row = item(site, "conference_level", "provincial")
    url = f"{ITEM}/edit/?id={row.id}"
    page = admin.send(admin.get(url), {"label": "省部级", "valid_from": "2020-01-01"})
    assert page.status == 200
    told = page.words()
    assert "还没有保存：请确认改名" in told
    assert f"{row.label} 省部级" in told
    assert f"“{row.label}”已被使用（{Claim.__label__} 1 条、学时规则" in told
    assert "已经认定的也一样" in told
    assert "请新增一项并停用这一项" in told
    assert (page.form()["label"], page.form()["valid_from"]) == (["省部级"], ["2020-01-01"])
    assert item(site, "conference_level", "provincial").label == row.label
    again = admin.send(page, {"label": "省厅级"})  # another name than was confirmed
    assert "请确认改名" in again.words()
    assert admin.send(again).status == 303
    assert item(site, "conference_level", "provincial").label == "省厅级"
    assert "请确认改名" not in admin.send(admin.get(url), {"position": "2"}).words()
    unused = item(site, "review_comment", "no_seal")
    assert admin.send(admin.get(f"{ITEM}/edit/?id={unused.id}"), {"label": "缺公章，请补盖。"}).status == 303


def test_a_workbook_that_renames_used_entries_says_by_how_many_records(site, admin, client_of):
    file(client_of("doctor"), command="draft", item_level="provincial")
    head, *rows = exported(admin, site, "conference_level")
    for row in rows:
        row[1] += "会议"
    page = compared(admin, site, "conference_level", rows, head)
    warned = [
        " ".join(line.text_content().split())
        for line in page.tree.xpath("//tbody/tr")
        if "已被使用" in line.text_content()
    ]
    assert any("provincial" in line and f"{Claim.__label__} 1 条" in line for line in warned)
    head, *rows = exported(admin, site, "review_comment")
    rows[0][1] = "材料不全。"
    assert "已被使用" not in compared(admin, site, "review_comment", rows, head).words()


def test_a_retired_entry_stays_readable_and_is_kept_where_it_was_chosen(site, admin, client_of):
    site.put(Person, "doctor", education_code="21")
    row = item(site, "education", "21")
    page = admin.post(f"{ITEM}/retire/", {"id": row.id, "day": TODAY})
    assert "已停用" in admin.follow(page).messages()
    assert item(site, "education", "21").valid_to == YESTERDAY
    assert "21" not in offered(site, "education")
    assert "21" not in client_of("visitor").get("/register/person").options("education")
    own = client_of("doctor").get("/admin/profile/")
    assert "（已停用）" in own.words()
    assert own.form()["education_code"] == ["21"]
    assert (
        row.label
        in client_of("hospital_admin")
        .get("/admin/person/details/", id=site.world.id(Person, "doctor"))
        .words()
    )
    admin.post(f"{ITEM}/restore/", {"id": row.id})
    assert "21" in offered(site, "education")


def test_a_retirement_that_leaves_others_behind_is_refused(site, admin):
    row = item(site, "education", "10")
    told = admin.follow(admin.post(f"{ITEM}/retire/", {"id": row.id, "day": TODAY})).messages()
    assert "在用的下级" in told
    assert (
        admin.follow(admin.post(f"{ITEM}/retire/", {"id": row.id, "day": "明天"}))
        .messages()
        .startswith("请填写")
    )
    assert item(site, "education", "10").valid_to is None


def test_merging_retires_and_points_and_rewrites_no_record(site, admin, client_of):
    old, new = order(site, "training_category")[:2]
    key = site.world.id(TrainingPlan, "plan-approved")
    site.put(TrainingPlan, "plan-approved", category_code=old)
    row = item(site, "training_category", old)
    assert (
        "请选择本字典中在用的另一项"
        in admin.follow(admin.post(f"{ITEM}/merge/", {"id": row.id, "into": old})).messages()
    )
    page = admin.post(f"{ITEM}/merge/", {"id": row.id, "into": new})
    assert "已合并" in admin.follow(page).messages()
    assert "列表和统计按合并后的一项一并计入" in admin.get(f"{ITEM}/details/", id=row.id).words()
    merged = item(site, "training_category", old)
    assert (merged.merged_into, merged.valid_to) == (new, YESTERDAY)
    assert site.get(TrainingPlan, key).category_code == old
    assert old not in offered(site, "training_category")
    province = client_of("province_admin")
    name = site.get(TrainingPlan, key).name
    assert name in province.get("/admin/training-plan/", category=new).words()
    assert "（已并入“" in province.get("/admin/training-plan/details/", id=key).words()
    with site.session() as session:
        assert reading.codes_meaning(session, "training_category", new) == sorted([old, new])


def test_merging_promises_only_what_lists_do(site, admin):
    old, new = order(site, "education")[-2:]
    row = item(site, "education", old)
    assert "一并" not in admin.get(f"{ITEM}/details/", id=row.id).words()
    page = admin.follow(admin.post(f"{ITEM}/merge/", {"id": row.id, "into": new}))
    assert "一并" not in page.words()
    assert "已并入“" in admin.get(f"{ITEM}/details/", id=row.id).words()


@pytest.mark.parametrize("book", ["sex", "subject", "person_state"])
def test_what_the_program_itself_knows_is_only_renamed(site, admin, book):
    assert "由系统程序固定使用" in added(admin, book, "other", "其他的").messages()
    row = item(site, book, order(site, book)[-1])
    for way, typed in (("retire", {"day": TODAY}), ("merge", {"into": order(site, book)[0]})):
        assert "固定使用" in admin.follow(admin.post(f"{ITEM}/{way}/", {"id": row.id, **typed})).messages()
    assert item(site, book, row.code).valid_to is None


@pytest.mark.parametrize("term", ["博士", "bsyj", "BSYJ", "11", "boshiyanjiu"])
def test_entries_are_found_by_name_initials_and_code(site, admin, term):
    page = book_page(admin, site, "education", search=term).words()
    assert "博士研究生毕业" in page
    assert "研究生教育" in page  # what it stands below
    assert "小学" not in page
    assert "博士研究生毕业" in admin.get(f"{ITEM}/", search=term, dictionary="education").words()


@pytest.mark.parametrize(
    ("page", "terms", "name"),
    [
        ("region", ("jinshui", "jsq", "金水"), "金水区"),
        ("dictionary-item", ("hanzu", "hz"), "汉族"),
        ("claim-kind", ("fabiaolunwen", "fblw", "paper"), "发表论文"),
        ("claim-item", ("qikan", "qk"), "期刊"),
        ("hour-rule", ("lunwen", "lw"), "论文"),
    ],
)
def test_base_data_is_found_by_pinyin(admin, page, terms, name):
    for term in terms:
        assert name in admin.get(f"/admin/{page}/", search=term).words(), term
    assert not admin.get(f"/admin/{page}/", search="zzzz").tree.xpath("//tbody/tr/th")


# ---------------------------------------------------------------- first days
def test_an_entry_cannot_be_chosen_before_its_first_day_and_stays_where_it_was_chosen(site, admin, client_of):
    site.put(Person, "doctor", education_code="21")
    row = item(site, "education", "21")
    page = admin.get(f"{ITEM}/edit/?id={row.id}")
    assert page.form()["valid_from"] == [""]
    assert admin.send(page, {"valid_from": TODAY}).status == 303
    assert "21" in offered(site, "education")  # the first day belongs to it
    page = admin.get(f"{ITEM}/edit/?id={row.id}")
    assert admin.send(page, {"valid_from": "2026-11-25"}).status == 303
    assert item(site, "education", "21").valid_from == dt.date(2026, 11, 25)
    assert "21" not in offered(site, "education")
    assert "21" not in client_of("visitor").get("/register/person").options("education")
    own = client_of("doctor").get("/admin/profile/")
    assert f"{row.label}（还没有启用）" in own.words()
    assert own.form()["education_code"] == ["21"]
    told = admin.get(f"{ITEM}/details/", id=row.id).words()
    assert "自 2026-11-25 起可以选用" in told
    assert "启用日期：2026-11-24 → 2026-11-25" in told
    listed = book_page(admin, site, "education").words()
    assert "自 2026-11-25 起启用" in listed
    assert "还没有启用 1 项" in listed
    assert "已停用 0 项" in listed
    page = admin.get(f"{ITEM}/edit/?id={row.id}")
    assert admin.send(page, {"valid_from": ""}).status == 303
    assert "21" in offered(site, "education")


def test_an_entry_is_added_for_a_later_day(site, admin):
    assert added(admin, "journal_level", "core", "核心期刊", valid_from="2027-01-01").status == 303
    assert item(site, "journal_level", "core").valid_from == dt.date(2027, 1, 1)
    assert "core" not in offered(site, "journal_level")
    with site.session() as session:
        assert "core" in [
            option.value for option in picking.dictionary(session, "journal_level", kept="core")
        ]
    assert "同一级已有" in added(admin, "journal_level", "core2", "核心期刊").errors()["label"]


def test_an_entry_takes_the_place_of_one_of_its_name_that_ends_before(site, admin):
    old = item(site, "journal_level", "national")
    admin.post(f"{ITEM}/retire/", {"id": old.id, "day": "2027-01-01"})
    assert (
        "同一级已有"
        in added(admin, "journal_level", "n2", old.label, valid_from="2026-12-31").errors()["label"]
    )
    assert added(admin, "journal_level", "n2", old.label, valid_from="2027-01-01").status == 303
    assert admin.send(admin.get(f"{ITEM}/edit/?id={old.id}"), {"position": "1"}).status == 303
    told = admin.follow(admin.post(f"{ITEM}/restore/", {"id": old.id})).messages()
    assert "同一级已有" in told
    assert item(site, "journal_level", "national").valid_to == dt.date(2026, 12, 31)


@pytest.mark.parametrize(
    ("code", "day", "sentence"),
    [
        ("21", "明天", "请按 2026-01-31"),
        ("10", "2027-01-01", "启用得更早，请先修改下级"),
        ("44", "2027-01-01", "不能晚于有效期至"),
    ],
)
def test_a_first_day_that_cannot_be_is_refused_at_its_field(site, admin, code, day, sentence):
    row = item(site, "education", code)
    if code == "44":
        site.put(DictionaryItem, row.id, valid_to=dt.date(2026, 12, 31))
    page = admin.send(admin.get(f"{ITEM}/edit/?id={row.id}"), {"valid_from": day})
    assert sentence in page.errors()["valid_from"]
    assert page.form()["valid_from"] == [day]
    assert item(site, "education", code).valid_from is None


def test_what_stands_below_a_coming_entry_begins_no_earlier(site, admin):
    added(admin, "journal_level", "new", "新分级", valid_from="2027-01-01")
    early = added(admin, "journal_level", "new1", "新一级", parent_code="new")
    assert "自 2027-01-01 起启用，“启用日期”不能早于" in early.errors()["valid_from"]
    on_time = added(admin, "journal_level", "new1", "新一级", parent_code="new", valid_from="2027-01-01")
    assert on_time.status == 303


def test_what_the_program_itself_knows_has_no_first_day(site, admin):
    row = item(site, "sex", order(site, "sex")[0])
    page = admin.get(f"{ITEM}/edit/?id={row.id}")
    assert "valid_from" not in page.form()
    assert admin.send(page, {"label": "男性", "valid_from": "2027-01-01"}).status == 303
    assert item(site, "sex", row.code).valid_from is None


def test_a_new_entry_begins_with_its_dictionary_and_stands_below_others_only_in_a_tree(site, admin):
    page = admin.get(f"{ITEM}/new/")
    assert page.location.endswith("/admin/dictionary/")
    assert "请先选择字典" in admin.follow(page).messages()
    assert "新增下级" not in book_page(admin, site, "ethnicity").words()
    assert "新增字典项" in book_page(admin, site, "ethnicity").words()
    assert "新增下级" in book_page(admin, site, "industry").words()
    parent = item(site, "journal_level", "national").code
    assert "新增下级" not in book_page(admin, site, "journal_level").words()
    assert added(admin, "journal_level", "core", "核心期刊", parent_code=parent).status == 303  # by its form
    assert "新增下级" in book_page(admin, site, "journal_level").words()


# ---------------------------------------------------------------- workbooks
def exported(admin, site, book):
    page = admin.get(f"{BOOK}/book/", id=book_id(site, book))
    assert page.status == 200
    return cells(page.data)


def sent(admin, url, rows, head):
    return admin.post(url, {"file": (io.BytesIO(workbook(rows, head, sheet="任意")), "改好.xlsx")})


def compared(admin, site, book, rows, head):
    return sent(admin, f"{BOOK}/compare/?id={book_id(site, book)}", rows, head)


def shown_change(page):
    """Return what the button that confirms the changes sends."""
    return page.tree.xpath("//textarea[@name='change']")[0].text


def test_a_dictionary_goes_out_comes_back_and_is_written_after_confirmation(site, admin):
    head, *rows = exported(admin, site, "journal_level")
    assert [row[0] for row in rows] == order(site, "journal_level")
    assert "文件与字典一致" in compared(admin, site, "journal_level", rows, head).words()
    rows[0][1] = "国家级刊物"
    rows[1][5] = dt.date(2026, 12, 31)
    rows.append(["core", "核心期刊", "", 1, "", "", ""])
    page = compared(admin, site, "journal_level", rows, head)
    told = page.words()
    for words in ("新增 1", "改名 1", "停用 1", "国家级 → 国家级刊物", "有效期至：2026-12-31"):
        assert words in told, words
    assert "core" not in order(site, "journal_level")
    change = shown_change(page)
    url = f"{BOOK}/apply/?id={book_id(site, 'journal_level')}"
    assert "已写入 3 项" in admin.follow(admin.post(url, {"change": change})).messages()
    assert order(site, "journal_level")[0] == "core"
    assert item(site, "journal_level", rows[1][0]).valid_to == dt.date(2026, 12, 31)
    assert sorted(entry.action for entry in journal(site, "dictionary_item")) == [
        "create",
        "import",
        "import",
    ]
    assert "又被修改过" in admin.follow(admin.post(url, {"change": change})).messages()
    assert admin.post(url, {"change": "[1]"}).status == 400


@pytest.mark.parametrize(
    ("row", "place", "sentence"),
    [
        (["national", "国家级", "", 1, "年底", ""], "第 2 行 E 列", "“年底”不是日期"),
        (["national", "", "", 1, "", ""], "第 2 行 B 列", "请填写“名称”"),
        (["national", "国家级", "", "一", "", ""], "第 2 行 D 列", "不是 1 至"),
        (["national", "国家级", "", "9" * 5_000, "", ""], "第 2 行 D 列", "不是 1 至"),
        (["national", "国家级", "x1", 1, "", ""], "第 2 行 C 列", "没有代码为“x1”的项"),
        (["national", "国家级", "national", 1, "", ""], "第 2 行 C 列", "不能是本项或其下级"),
        (["国", "某级", "", 1, "", ""], "第 2 行 A 列", "字母或数字开头"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_letter_and_nothing_is_written(site, admin, row, place, sentence):
    head = ["代码", "名称", "上级代码", "顺序", "有效期至", "并入"]
    page = compared(admin, site, "journal_level", [row, ["core", "核心期刊", "", "", "", ""]], head)
    assert place in page.words()
    assert sentence in page.words()
    assert not page.tree.xpath("//textarea[@name='change']")
    assert "core" not in order(site, "journal_level")


def test_a_workbook_without_its_headers_or_rows_says_what_to_do(site, admin):
    assert "表头里没有找到" in compared(admin, site, "degree", [["1"]], ["代码"]).errors()["file"]
    head = ["代码", "名称", "上级代码", "顺序", "有效期至"]
    assert "一行也没有" in compared(admin, site, "degree", [], head).errors()["file"]
    double = [["1", "甲", "", "", ""], ["1", "乙", "", "", ""]]
    assert "与第 2 行的代码相同" in compared(admin, site, "degree", double, head).words()


def test_the_workbook_of_another_dictionary_is_refused_by_both_names(site, admin):
    data = admin.get(f"{BOOK}/book/", id=book_id(site, "title_level")).data
    url = f"{BOOK}/compare/?id={book_id(site, 'review_comment')}"
    page = admin.post(url, {"file": (io.BytesIO(data), "常用语.xlsx")})
    told = page.errors()["file"]
    assert "这是字典“职称级别”的文件，不是“审核意见常用语”的" in told
    assert "请到字典“职称级别”的页面导入" in told
    head, *rows = exported(admin, site, "title_level")
    bare = workbook(rows, head, sheet="职称级别")  # without the sheet that says what it is
    assert (
        "不是“审核意见常用语”的" in admin.post(url, {"file": (io.BytesIO(bare), "a.xlsx")}).errors()["file"]
    )
    head, *rows = exported(admin, site, "review_comment")
    own = workbook(rows, head, sheet="Sheet1")
    assert "文件与字典一致" in admin.post(url, {"file": (io.BytesIO(own), "职称级别.xlsx")}).words()


def test_a_name_of_a_workbook_is_one_visible_line_as_in_the_form(site, admin):
    head, *rows = exported(admin, site, "review_comment")
    rows.append(["lines", "请补\n齐\t材料。\u200b", "", "", "", "", ""])
    change = shown_change(compared(admin, site, "review_comment", rows, head))
    admin.post(f"{BOOK}/apply/?id={book_id(site, 'review_comment')}", {"change": change})
    assert item(site, "review_comment", "lines").label == "请补 齐 材料。"


def test_first_days_come_by_workbook_and_a_file_without_them_leaves_them_alone(site, admin):
    head, *rows = exported(admin, site, "journal_level")
    assert head == ["代码", "名称", "上级代码", "顺序", "启用日期", "有效期至", "并入"]
    rows[0][4] = dt.date(2027, 1, 1)
    rows.append(["core", "核心期刊", "", "", "2027-02-01", "", ""])
    page = compared(admin, site, "journal_level", rows, head)
    told = page.words()
    for words in ("修改启用日期 1", "新增 1", "启用日期：2027-01-01", "启用日期：2027-02-01"):
        assert words in told, words
    admin.post(f"{BOOK}/apply/?id={book_id(site, 'journal_level')}", {"change": shown_change(page)})
    assert item(site, "journal_level", rows[0][0]).valid_from == dt.date(2027, 1, 1)
    assert item(site, "journal_level", "core").valid_from == dt.date(2027, 2, 1)
    assert not {rows[0][0], "core"} & set(offered(site, "journal_level"))
    without = [[*row[:4], *row[5:]] for row in rows]
    assert "文件与字典一致" in compared(admin, site, "journal_level", without, [*head[:4], *head[5:]]).words()
    rows[0][5] = dt.date(2026, 12, 31)
    page = compared(admin, site, "journal_level", rows, head).words()
    assert "第 2 行 F 列" in page
    assert "不能早于启用日期 2027-01-01" in page
    rows[0][4], rows[0][5] = "开学", ""
    page = compared(admin, site, "journal_level", rows, head).words()
    assert "第 2 行 E 列" in page
    assert "“开学”不是日期" in page


def test_a_workbook_with_a_retired_and_a_new_entry_of_one_name_comes_back_unchanged(site, admin):
    old = item(site, "journal_level", "national")
    admin.post(f"{ITEM}/retire/", {"id": old.id, "day": TODAY})
    assert added(admin, "journal_level", "n2", old.label).status == 303
    head, *rows = exported(admin, site, "journal_level")
    assert "文件与字典一致" in compared(admin, site, "journal_level", rows, head).words()


# ---------------------------------------------------------------- regions
def test_an_abolished_county_is_readable_on_old_records_and_chosen_on_no_new_one(site, admin, client_of):
    [row] = site.all(select(Region).where(Region.code == "410105"))
    told = admin.get(f"{REGION}/details/", id=row.id).words()
    assert re.search(r"机构 \d+ 个|单位 \d+ 个", told)
    page = admin.post(f"{REGION}/retire/", {"id": row.id, "day": "2026-12-01", "reason": "民函〔2026〕1 号"})
    assert "已登记撤销" in admin.follow(page).messages()
    with site.session() as session:
        assert "410105" in dict(reading.counties(session, "410100"))  # until that day
    admin.post(f"{REGION}/retire/", {"id": row.id, "day": TODAY})
    with site.session() as session:
        assert (
            dict(reading.counties(session, "410100"))["410105"] == f"{row.name}（已撤销）"
        )  # an employer is there
        assert "410105" not in {option.value for option in picking.regions(session)}
        assert ("410105", f"\u3000{row.name}（已撤销）") in reading.regions_within(
            session, ("410100", "410200")
        )
    hospital = client_of("zhengzhou_admin").get(
        "/admin/organization/details/", id=site.world.id(Organization, "hospital")
    )
    assert row.name in hospital.words()
    told = admin.get(f"{REGION}/details/", id=row.id).words()
    assert "依据：民函〔2026〕1 号" in told
    assert " 撤销 " in told  # the history calls it as the button does
    assert "停用" not in told
    assert "停用" not in admin.get("/admin/journal/", object_type="region").tree.xpath("string(//tbody)")
    admin.post(f"{REGION}/restore/", {"id": row.id})
    assert site.get(Region, row.id).valid_to is None


def test_a_county_is_added_and_renamed(site, admin):
    page = admin.get(f"{REGION}/new/")
    assert admin.send(page, {"code": "410199", "name": "新设区", "valid_from": "2026-11-01"}).status == 303
    [row] = site.all(select(Region).where(Region.code == "410199"))
    assert (row.parent_code, row.level.value, row.valid_from) == ("410100", "county", dt.date(2026, 11, 1))
    admin.send(admin.get(f"{REGION}/edit/?id={row.id}"), {"name": "新立区", "reason": "国函 1 号"})
    assert "名称：新设区 → 新立区" in admin.get(f"{REGION}/details/", id=row.id).words()
    assert "新立区" in admin.get(f"{REGION}/", search="xlq").words()
    for code, sentence in (
        ("4101", "6 位数字"),
        ("410199", "已有"),
        ("998801", "没有找到"),
        ("420000", "省级不在"),
    ):
        assert sentence in admin.send(page, {"code": code, "name": "某区"}).errors()["code"]
    [city] = site.all(select(Region).where(Region.code == "410100"))
    refused = admin.follow(admin.post(f"{REGION}/retire/", {"id": city.id, "day": TODAY})).messages()
    assert "区划没有撤销" in refused
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.updated]


REGION_HEAD = ["区划代码", "名称", "级别", "上级区划", "启用日期", "有效期至", "并入"]


def compared_regions(admin, rows, head=REGION_HEAD):
    return sent(admin, f"{REGION}/compare/", rows, head)


def region(site, code):
    return site.all(select(Region).where(Region.code == code))[0]


def test_regions_go_out_come_back_and_are_written_after_confirmation(site, admin):
    head, *rows = cells(admin.get(f"{REGION}/book/").data)
    assert head == REGION_HEAD
    assert len(rows) == len(site.all(select(Region.id))) > 3_000
    assert "文件与行政区划一致" in compared_regions(admin, rows).words()
    at = {row[0]: row for row in rows}
    at["410102"][1] = "新中原区"
    at["410103"][5] = dt.date(2026, 12, 31)
    at["410104"][4] = "2026-01-01"
    rows.append(["410199", "新设区", "", "", "", "", ""])
    page = compared_regions(admin, rows)
    told = page.words()
    for words in (
        "新增 1",
        "改名 1",
        "修改启用日期 1",
        "撤销 1",
        "中原区 → 新中原区",
        "有效期至：2026-12-31",
    ):
        assert words in told, words
    assert not site.all(select(Region).where(Region.code == "410199"))
    change = shown_change(page)
    assert "已写入 4 项" in admin.follow(admin.post(f"{REGION}/apply/", {"change": change})).messages()
    new = region(site, "410199")
    assert (new.name, new.level.value, new.parent_code) == ("新设区", "county", "410100")
    assert region(site, "410103").valid_to == dt.date(2026, 12, 31)
    assert region(site, "410104").valid_from == dt.date(2026, 1, 1)
    assert sorted(entry.action for entry in journal(site, "region")) == ["create", *["import"] * 3]
    renamed = admin.get(f"{REGION}/details/", id=region(site, "410102").id).words()
    assert "名称：中原区 → 新中原区" in renamed
    assert "又被修改过" in admin.follow(admin.post(f"{REGION}/apply/", {"change": change})).messages()
    assert "文件与行政区划一致" in compared_regions(admin, rows).words()  # the same file twice
    at["410103"][5] = ""
    page = compared_regions(admin, rows)
    assert "恢复 1" in page.words()
    admin.post(f"{REGION}/apply/", {"change": shown_change(page)})
    assert region(site, "410103").valid_to is None
    for wrong in ("[1]", "{}", "", '["x",[["1","2"]]]', '["x",[[1,"410102","甲","昨天",null]]]'):
        assert admin.post(f"{REGION}/apply/", {"change": wrong}).status == 400, wrong
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.updated]


def test_a_city_is_abolished_and_comes_back_together_with_its_counties(site, admin):
    codes = site.all(select(Region.code).where(Region.code.between("411100", "411199")).order_by(Region.code))
    rows = [[code, region(site, code).name, "", "", "", "2026-12-31"] for code in codes]
    assert "个区划没有撤销" in compared_regions(admin, rows[:1]).words()
    page = compared_regions(admin, rows)
    assert f"撤销 {len(codes)}" in page.words()
    admin.post(f"{REGION}/apply/", {"change": shown_change(page)})
    assert {region(site, code).valid_to for code in codes} == {dt.date(2026, 12, 31)}
    back = [[*row[:5], ""] for row in rows]
    assert "请一并修改上级" in compared_regions(admin, back[1:2]).words()
    page = compared_regions(admin, back)
    assert f"恢复 {len(codes)}" in page.words()
    admin.post(f"{REGION}/apply/", {"change": shown_change(page)})
    assert {region(site, code).valid_to for code in codes} == {None}


def test_new_cities_come_with_their_counties_in_one_file(site, admin):
    page = compared_regions(admin, [["419901", "某县", "", "", "", ""], ["419900", "某市", "", "", "", ""]])
    assert "新增 2" in page.words()
    admin.post(f"{REGION}/apply/", {"change": shown_change(page)})
    assert [
        (row.parent_code, row.level.value) for row in (region(site, "419900"), region(site, "419901"))
    ] == [
        ("410000", "city"),
        ("419900", "county"),
    ]


@pytest.mark.parametrize(
    ("row", "place", "sentence"),
    [
        (["410102", "中原区", "", "", "", "年底"], "第 2 行 F 列", "“年底”不是日期"),
        (["410102", "中原区", "", "", "2027-01-01", "2026-12-31"], "第 2 行 F 列", "不能早于启用日期"),
        (["410102", " ", "", "", "", ""], "第 2 行 B 列", "请填写“名称”"),
        (["410102", "长" * 201, "", "", "", ""], "第 2 行 B 列", "最多 200 个字"),
        (["4101", "某区", "", "", "", ""], "第 2 行 A 列", "6 位数字"),
        (["998801", "某区", "", "", "", ""], "第 2 行 A 列", "没有找到 998801 的上级区划"),
        (["410000", "河南省", "", "", "", "2026-12-31"], "第 2 行 F 列", "省级区划不在这里撤销"),
        (["410100", "郑州市", "", "", "2027-01-01", ""], "第 2 行 E 列", "下面的区划启用得更早"),
        (["410103", "二七区", "", "", "", ""], "第 3 行 A 列", "与第 2 行的代码相同"),
    ],
)
def test_a_bad_cell_of_a_region_is_named_by_row_and_letter_and_nothing_is_written(
    site, admin, row, place, sentence
):
    page = compared_regions(admin, [row, ["410103", "甲区", "", "", "", ""]])
    assert place in page.words()
    assert sentence in page.words()
    assert not page.tree.xpath("//textarea[@name='change']")
    assert region(site, "410103").name == "二七区"


def test_a_list_of_regions_is_taken_along_as_it_is_shown_and_leaves_the_others_alone(site, admin):
    assert f"{REGION}/book/?search=" in admin.get(f"{REGION}/", search="郑州").text
    _head, *rows = cells(admin.get(f"{REGION}/book/", search="郑州").data)
    assert [row[:4] for row in rows] == [["410100", "郑州市", "地级", "410000"]]
    rows[0][1] = "新郑州市"
    page = compared_regions(admin, rows)
    assert "文件中没有、保持不变 3,2" in page.words()
    admin.post(f"{REGION}/apply/", {"change": shown_change(page)})
    assert region(site, "410100").name == "新郑州市"
    assert region(site, "410102").valid_to is None
    [entry] = site.all(select(JournalEntry).where(JournalEntry.object_type == "export"))
    assert entry.details["conditions"] == "关键字：郑州"


def test_what_no_longer_fits_the_regions_is_not_written(site, admin):
    page = compared_regions(admin, [["410102", "新中原区", "", "", "", ""]])
    admin.send(admin.get(f"{REGION}/edit/?id={region(site, '410103').id}"), {"name": "新二七区"})
    told = admin.follow(admin.post(f"{REGION}/apply/", {"change": shown_change(page)})).messages()
    assert "行政区划又被修改过，没有写入" in told
    assert region(site, "410102").name == "中原区"


def test_three_thousand_regions_are_written_without_a_statement_for_each(site, admin):
    _head, *rows = cells(admin.get(f"{REGION}/book/").data)
    for row in rows:
        row[1] += "新"
    page = compared_regions(admin, rows)
    with site.statements() as asked:
        done = admin.post(f"{REGION}/apply/", {"change": shown_change(page)})
    assert f"已写入 {len(rows)} 项" in admin.follow(done).messages()
    assert len(asked) < 40
    assert len(journal(site, "region")) == len(rows)


def links(page, within):
    """Return address by name of the divisions a part of a page leads to."""
    return {
        re.sub(r"\d.*", "", link.text_content()): link.get("href") for link in page.tree.xpath(f"{within}//a")
    }


def names(page):
    """Return what the rows of a list are called."""
    return [" ".join(cell.text_content().split()) for cell in page.tree.xpath("//table//tbody//td[1]")]


def test_one_goes_down_from_the_country_to_a_county_and_up_again(site, admin):
    way = "//nav[@aria-label='上下级']"
    page = admin.get(f"{REGION}/")
    assert {"北京市", "河南省"} <= links(page, way).keys()
    page = admin.get(links(page, way)["河南省"])
    assert {"郑州市", "洛阳市"} <= links(page, way).keys() & set(names(page))
    assert "武汉市" not in names(page)
    page = admin.get(links(page, way)["郑州市"])
    assert "金水区" in names(page)
    assert "洛阳市" not in names(page)
    assert list(links(page, way)) == ["全国", "河南省"]
    assert "上级区划" in page.tree.xpath("//main")[0].text_content()
    county = admin.get(f"{REGION}/details/", id=region(site, "410105").id)
    assert list(links(county, "//nav[@aria-label='上级']")) == ["河南省", "郑州市"]
    assert "下级" not in county.tree.xpath("//main//h2/text()")
    city = admin.get(links(county, "//nav[@aria-label='上级']")["郑州市"])
    below = "//h2[.='下级']/../.."
    assert "金水区" in links(city, below)
    assert "金水区" in names(admin.get(links(city, below)["在列表中查看"]))


def test_an_abolished_county_stays_in_the_tree_and_says_so(site, admin):
    site.put(Region, region(site, "410105").id, valid_to=YESTERDAY)
    city = admin.get(f"{REGION}/details/", id=region(site, "410100").id)
    assert "金水区（已撤销）" in city.words()
    assert "金水区" in names(admin.get(f"{REGION}/", superior=region(site, "410100").id))
    assert "没有这条记录" in admin.get(f"{REGION}/", superior=999_999).words()


# ---------------------------------------------------------------- years
def test_a_year_is_opened_its_requirement_changed_rehearsed_and_published(site, admin):
    assert "开设 2028 年度" in admin.get(f"{YEAR}/").words()
    page = admin.follow(admin.post(f"{YEAR}/open/", {"year": "2028"}))
    told = page.words()
    assert "还没有发布学时要求" in told
    assert "2028 年度学时要求" in told
    assert "用 2026 年度试算" in told
    [year] = site.all(select(CreditYear).where(CreditYear.year == 2028))
    [before] = site.all(select(CreditYear).where(CreditYear.year == 2027))
    assert year.claims_close == before.claims_close.replace(year=before.claims_close.year + 1)
    assert not site.all(select(Requirement).where(Requirement.year == 2028))
    [draft] = site.all(select(RuleDraft).where(RuleDraft.target_key == "2028:any"))
    form = admin.get(f"/admin/rule-draft/edit/?id={draft.id}")
    assert admin.send(form, {"total_hours": "100"}).status == 303
    rehearsing = admin.get("/admin/rehearsal/new/", draft=draft.id, year=2026)
    run = admin.follow(admin.send(rehearsing, {"year": "2026", "drafts": [str(draft.id)]}))
    assert "2028 年度学时要求" in run.words()
    assert "已发布为第 1 版" in published(admin, draft.id).messages()
    assert site.all(select(Requirement.total_hours).where(Requirement.year == 2028)) == [100]
    assert "还没有发布" not in admin.get(f"{YEAR}/details/", id=year.id).words()
    assert "最多提前两年" in admin.follow(admin.post(f"{YEAR}/open/", {"year": "2029"})).messages()
    key = begun(admin, "requirement", "2028:any")
    admin.send(admin.get(f"/admin/rule-draft/edit/?id={key}"), {"total_hours": "90"})
    assert "已发布为第 2 版" in published(admin, key).messages()
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.updated]


def test_a_given_up_draft_of_a_new_year_is_begun_again(site, admin):
    admin.post(f"{YEAR}/open/", {"year": "2028"})
    [draft] = site.all(select(RuleDraft).where(RuleDraft.target_key == "2028:any"))
    admin.post("/admin/rule-draft/delete/", {"id": draft.id})
    [year] = site.all(select(CreditYear).where(CreditYear.year == 2028))
    assert "照上一年度起草" in admin.get(f"{YEAR}/details/", id=year.id).words()
    admin.post(f"{YEAR}/draft/", {"id": year.id})
    assert site.all(
        select(RuleDraft.target_key).where(
            RuleDraft.published_at.is_(None), RuleDraft.target_key == "2028:any"
        )
    )


def test_a_year_comes_to_ask_by_title_level(site, admin):
    admin.post(f"{YEAR}/open/", {"year": "2028"})
    [year] = site.all(select(CreditYear).where(CreditYear.year == 2028))
    assert "按职称级别分设" in admin.get(f"{YEAR}/details/", id=year.id).words()
    told = admin.follow(admin.post(f"{YEAR}/split/", {"id": year.id})).words()
    for words in ("已按职称级别分设", "2028 年度学时要求（高级、中级）", "2028 年度学时要求（初级）"):
        assert words in told
    drafts = {
        row.target_key: row
        for row in site.all(select(RuleDraft).where(RuleDraft.published_at.is_(None)))
        if row.target_key.startswith("2028")
    }
    assert drafts.keys() == {"2028:senior_middle", "2028:junior"}
    junior = drafts["2028:junior"].id
    admin.send(admin.get(f"/admin/rule-draft/edit/?id={junior}"), {"total_hours": "100"})
    assert "2028 年度的完成情况已按此重新判断：没有人因此改变" in published(admin, junior).messages()
    published(admin, drafts["2028:senior_middle"].id)
    found = site.all(select(Requirement).where(Requirement.year == 2028))
    assert {row.title_level_group.value: row.total_hours for row in found} == {
        "senior_middle": 90,
        "junior": 100,
    }
    page = admin.get(f"{YEAR}/details/", id=year.id)
    assert not page.tree.xpath("//form[contains(@action, '/split/')]")
    assert "已经分设" in admin.follow(admin.post(f"{YEAR}/split/", {"id": year.id})).messages()


def test_a_year_that_asks_everybody_for_the_same_is_split_group_by_group(site, admin):
    [year] = site.all(select(CreditYear).where(CreditYear.year == 2025))
    admin.post(f"{YEAR}/split/", {"id": year.id})
    for group in ("senior_middle", "junior"):
        published(admin, begun(admin, "requirement", f"2025:{group}"))
    key = begun(admin, "requirement", "2025:any")
    admin.send(admin.get(f"/admin/rule-draft/edit/?id={key}"), {"total_hours": "120"})
    assert "已按职称级别分设" in published(admin, key).messages()


def test_a_closed_year_is_not_split(site, admin):
    [year] = site.all(select(CreditYear).where(CreditYear.year == 2020))
    assert not admin.get(f"{YEAR}/details/", id=year.id).tree.xpath("//form[contains(@action, '/split/')]")
    assert "已关闭" in admin.follow(admin.post(f"{YEAR}/split/", {"id": year.id})).messages()
    assert not site.all(select(RuleDraft).where(RuleDraft.target_key.startswith("2020")))


def test_closing_a_year_says_first_what_waits_in_it(site, admin, client_of):
    [year] = site.all(select(CreditYear).where(CreditYear.year == 2026))
    page = admin.get(f"{YEAR}/edit/?id={year.id}")
    closing = admin.send(page, {"claims_close": "2026-11-01", "approvals_close": "2026-11-20"})
    told = closing.words()
    assert closing.status == 200
    assert "申报：已于 2026-11-01 截止" in told
    assert re.search(r"待单位审核 \d+ 条", told)
    assert re.search(r"正在等待审批的：继续教育申报 \d+ 条.*现在不能审批", told)
    assert site.get(CreditYear, year.id).claims_close == year.claims_close
    assert admin.send(closing).status == 303
    assert site.get(CreditYear, year.id).claims_close == dt.date(2026, 11, 1)
    assert "2026" not in client_of("doctor").get("/admin/claim/new/", kind="paper").options("credit_year")
    assert "申报截止：" in admin.get(f"{YEAR}/details/", id=year.id).words()
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.updated]


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"claims_close": "2020-01-01"}, "claims_close", "不能早于“申报开始”"),
        ({"approvals_close": "2026-12-01", "claims_close": "2026-12-31"}, "approvals_close", "没有时间审批"),
        ({"claims_open": "开学"}, "claims_open", "请按 2026-01-31"),
        ({"note": "长" * 201}, "note", "最多 200 个字"),
    ],
)
def test_periods_that_make_no_sense_are_refused(site, admin, typed, field, sentence):
    [year] = site.all(select(CreditYear).where(CreditYear.year == 2026))
    page = admin.send(admin.get(f"{YEAR}/edit/?id={year.id}"), typed)
    assert sentence in page.errors()[field]
    assert page.form()[field] == [typed[field]]


# ---------------------------------------------------------------- announcements
@pytest.mark.parametrize("writer", ["system_admin", "province_admin"])
def test_an_announcement_is_shown_between_its_days_and_taken_down(site, client_of, writer):
    client, visitor = client_of(writer), client_of("visitor")
    page = client.get(f"{NEWS}/new/")
    assert page.form()["valid_from"] == [TODAY]
    refused = client.send(page, {"title": "年终通知", "body": "请按时申报。", "valid_to": "2026-11-01"})
    assert "不能早于发布日期" in refused.errors()["valid_to"]
    assert refused.form()["body"] == ["请按时申报。"]
    assert client.send(page, {"title": "年终通知", "body": "请按时申报。"}).status == 303
    assert "年终通知" in visitor.get("/").words()
    [row] = site.all(select(Announcement).where(Announcement.title == "年终通知"))
    client.send(client.get(f"{NEWS}/edit/?id={row.id}"), {"title": "岁末通知", "valid_from": "2026-11-20"})
    assert "岁末通知" in visitor.get("/").words()
    assert "标题：年终通知 → 岁末通知" in client.get(f"{NEWS}/details/", id=row.id).words()
    assert "已下线" in client.follow(client.post(f"{NEWS}/retire/", {"id": row.id})).messages()
    assert "岁末通知" not in visitor.get("/").words()
    assert "现在没有在首页显示" in client.follow(client.post(f"{NEWS}/retire/", {"id": row.id})).messages()
    assert [entry.action for entry in journal(site, "announcement")] == ["create", "edit", "edit"]


# ---------------------------------------------------------------- nobody else
@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_changes_base_data(site, client_of, name):
    client = client_of(name)
    row = item(site, "education", "21")
    county = region(site, "410105")
    [year] = site.all(select(CreditYear).where(CreditYear.year == 2026))
    tries = [
        (f"{ITEM}/new/?dictionary=education", {"code": "zz", "label": "某"}),
        *((f"{ITEM}/{way}/", {"id": row.id, "way": "up", "day": TODAY, "into": "31"}) for way in ("move", "retire", "merge", "restore")),
        (f"{ITEM}/edit/?id={row.id}", {"code": "21", "label": "某"}),
        (f"{BOOK}/apply/?id={book_id(site, 'education')}", {"change": "[]"}),
        (f"{BOOK}/compare/?id={book_id(site, 'education')}", {}),
        (f"{REGION}/new/", {"code": "410199", "name": "某区"}),
        (f"{REGION}/edit/?id={county.id}", {"name": "某区"}),
        (f"{REGION}/retire/", {"id": county.id, "day": TODAY}),
        (f"{REGION}/merge/?id={county.id}", {"into": "410102", "day": TODAY}),
        (f"{REGION}/compare/", {}),
        (f"{REGION}/apply/", {"change": "[]"}),
        (f"{YEAR}/open/", {"year": "2028"}),
        (f"{YEAR}/edit/?id={year.id}", {"claims_close": "2026-11-01", "confirmed": "1"}),
        (f"{YEAR}/draft/", {"id": year.id}),
    ]  # fmt: skip
    if name != "province_admin":
        key = site.all(select(Announcement.id))[0]
        tries += [(f"{NEWS}/new/", {"title": "某", "body": "某"}), (f"{NEWS}/retire/", {"id": key})]
    before = site.all(select(DictionaryItem.label, DictionaryItem.valid_to)), site.all(select(Region.name))
    for url, typed in tries:
        page = client.post(url, typed)
        assert page.status in ({302} if name == "visitor" else {403, 404}), (url, page)
        assert name != "visitor" or "/login" in page.location
    assert (
        site.all(select(DictionaryItem.label, DictionaryItem.valid_to)),
        site.all(select(Region.name)),
    ) == before
    assert not site.all(select(CreditYear).where(CreditYear.year == 2028))
