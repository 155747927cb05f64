"""Days of a year for a region: given after a look at what they mean, followed by the forms of that region, given up again."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from factories import make_claim
from sqlalchemy import select

from models import (
    CreditYear,
    GradeSheet,
    JournalEntry,
    Organization,
    Person,
    Region,
    RegionPeriod,
    TrainingPlan,
)
from views.firing import EXAMPLES

YEAR = "/admin/credit-year"
SHUT = {"claims_close": "2026-11-01", "approvals_close": "2026-11-20"}
OTHERS = ("doctor", "hospital_admin", "academy_admin", "jinshui_admin", "health_admin", "province_admin")


@pytest.fixture
def admin(client_of):
    return client_of("system_admin")


@pytest.fixture
def year(site):
    [row] = site.all(select(CreditYear).where(CreditYear.year == 2026))
    return row


def own(site, code):
    return site.all(select(RegionPeriod).where(RegionPeriod.region_code == code, RegionPeriod.year == 2026))


def given(admin, year, code, **days):
    """Fill the form in, look at what it means, and confirm."""
    page = admin.get(f"{YEAR}/region/?id={year.id}")
    preview = admin.send(page, {"region_code": code, **days})
    assert preview.status == 200, preview
    return preview, admin.send(preview)


def waiting_in(told):
    return int(re.search(r"待单位审核 (\d+) 条", told).group(1))


def years_offered(client):
    return client.get("/admin/claim/new/", kind="paper").options("credit_year")


def test_a_region_gets_days_of_its_own_and_its_forms_follow(site, admin, client_of, year):
    page = admin.get(f"{YEAR}/region/?id={year.id}")
    assert page.form()["claims_close"] == [str(year.claims_close)]  # the year's, to begin with
    preview = admin.send(page, {"region_code": "410100", **SHUT, "note": "郑人社〔2026〕1 号"})
    told = preview.words()
    assert "核对 2026 年度郑州市的修改" in told
    assert "申报：已于 2026-11-01 截止" in told
    assert "该年度还没有申报到审批机构的" in told
    assert not own(site, "410100")
    assert admin.send(preview).status == 303
    assert "2026" not in years_offered(client_of("doctor"))  # of a county of that city
    assert "2026" not in years_offered(client_of("hospital_admin"))
    assert "2026" in years_offered(client_of("teacher"))  # elsewhere
    assert "2026" not in client_of("academy_admin").get("/admin/training-plan/new/").options("credit_year")
    told = admin.get(f"{YEAR}/details/", id=year.id).words()
    assert "郑州市 410100" in told
    assert "申报 2026-01-01 至 2026-11-01" in told
    assert "郑州市 申报截止：（无） → 2026-11-01" in told


def test_a_county_of_it_is_counted_by_its_own_days(site, admin, client_of, year):
    city_preview, _ = given(admin, year, "410100", **SHUT)
    preview, _ = given(admin, year, "410105", claims_close="2026-12-15")
    assert "申报：正在进行，2026-12-15 截止" in preview.words()
    assert "2026" in years_offered(client_of("doctor"))
    [city] = own(site, "410100")
    page = admin.get(f"{YEAR}/region/?id={year.id}&region={city.id}")
    assert "region_code" not in page.form()
    told = admin.send(page, {"claims_close": "2026-11-02"}).words()
    assert waiting_in(told) == waiting_in(city_preview.words()) - 2  # the county's two are not counted
    assert own(site, "410100")[0].claims_close == dt.date(2026, 11, 1)


def test_days_given_up_restore_those_above(site, admin, client_of, year):
    given(admin, year, "410100", **SHUT)
    given(admin, year, "410105", claims_close="2026-12-15")
    [county], [city] = own(site, "410105"), own(site, "410100")
    for row, left in ((county, False), (city, True)):
        preview = admin.get(f"{YEAR}/region/remove/?id={year.id}&region={row.id}")
        assert preview.status == 200
        assert ("2026-11-01" in preview.words()) is True
        assert own(site, row.region_code)
        assert admin.send(preview).status == 303
        assert not own(site, row.region_code)
        assert ("2026" in years_offered(client_of("doctor"))) is left
    assert admin.get(f"{YEAR}/region/remove/?id={year.id}&region={county.id}").status == 404
    entries = select(JournalEntry.action).where(JournalEntry.object_type == "credit_year")
    assert site.all(entries) == ["edit"] * 4


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"region_code": ""}, "region_code", "请选择“区域”"),
        ({"region_code": "410000"}, "region_code", "在用的市或区县"),
        ({"region_code": "990000"}, "region_code", "在用的市或区县"),
        ({"region_code": "410300", "claims_close": "2020-01-01"}, "claims_close", "不能早于“申报开始”"),
        ({"region_code": "410300", "claims_open": "开学"}, "claims_open", "请按 2026-01-31"),
        ({"region_code": "410100"}, "region_code", "“郑州市”在 2026 年度已有自己的起止日期"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_stays_typed(site, admin, year, typed, field, sentence):
    given(admin, year, "410100", **SHUT)
    page = admin.send(admin.get(f"{YEAR}/region/?id={year.id}"), {"note": "延期", **typed})
    assert sentence in page.errors()[field]
    assert page.form()["note"] == ["延期"]
    assert len(site.all(select(RegionPeriod).where(RegionPeriod.year == 2026))) == 1


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_gives_a_region_days(site, client_of, year, name):
    client = client_of(name)
    [row] = site.all(select(RegionPeriod))
    typed = {"region_code": "410100", "confirmed": "1", **SHUT}
    assert client.get(f"{YEAR}/region/?id={year.id}").status == 403
    assert client.post(f"{YEAR}/region/?id={year.id}", typed).status == 403
    remove = f"{YEAR}/region/remove/?id={row.year}&region={row.id}"
    assert client.post(remove, {"confirmed": "1"}).status == 403
    assert len(site.all(select(RegionPeriod))) == 1


def test_who_finds_a_year_closed_by_his_region_s_own_days_is_told_which_they_are(
    site, admin, client_of, year
):
    doctor, bureau, queue = client_of("doctor"), client_of("jinshui_admin"), "/admin/claim-decision/"
    assert "现在不开放" not in doctor.get("/admin/claim/new/", kind="paper").words()
    keys = bureau.get(queue).tree.xpath("//input[@name='rowid']/@value")[:1]
    assert "审批期为" not in bureau.post(f"{queue}action/", {"action": "approve", "rowid": keys}).words()
    given(admin, year, "410100", claims_close="2026-10-31", approvals_close="2026-11-20")
    page = doctor.get("/admin/claim/new/", kind="paper")
    assert "2026" not in page.options("credit_year")
    hint = page.tree.get_element_by_id("credit_year-help").text_content()
    assert hint.startswith("2026 年度现在不开放：郑州市自己的申报期为 ")
    assert hint.endswith(" 至 2026-10-31")
    told = bureau.post(f"{queue}action/", {"action": "approve", "rowid": keys}).words()
    assert "该年度当前不在审批期内" in told
    assert "2026 年度的审批期为 " in told
    assert " 至 2026-11-20（郑州市自己的日期）" in told
    cockpit = bureau.get(f"{queue}cockpit/?id={keys[0]}")
    refused = bureau.post(
        f"{queue}decide/", {**cockpit.form(), "action": "approve", "id": keys[0], "at": "1"}
    )
    assert " 至 2026-11-20（郑州市自己的日期）" in refused.words()
    given(admin, year, "410105", claims_close="2027-01-31", approvals_close="2027-01-31")  # nearer
    assert "2026" in doctor.get("/admin/claim/new/", kind="paper").options("credit_year")


def test_the_days_of_every_region_are_named_whichever_rows_are_shown_as_examples(
    site, admin, client_of, year
):
    queue = "/admin/claim-decision/"
    with site.session() as session:
        doctor, teacher = (session.get(Person, site.world.id(Person, name)) for name in ("doctor", "teacher"))
        office = session.get(Organization, doctor.employer_id).bureau
        keys = [
            make_claim(session, person, status="declared", approver=office).id
            for person, number in ((doctor, EXAMPLES), (teacher, 1), (doctor, EXAMPLES))
            for _ in range(number)
        ]
        elsewhere = teacher.region_code
    given(admin, year, "410105", claims_close="2026-10-31", approvals_close="2026-11-20")
    given(admin, year, elsewhere, claims_close="2026-10-31", approvals_close="2026-11-21")
    told = client_of("jinshui_admin").post(f"{queue}action/", {"action": "approve", "rowid": keys}).words()
    assert " 至 2026-11-20（金水区自己的日期）" in told
    assert " 至 2026-11-21（" in told


def test_a_grade_sheet_refused_for_its_year_names_the_days_of_the_institution_or_of_the_students(
    site, admin, client_of, year
):
    school, office = client_of("academy_admin"), client_of("zhengzhou_admin")
    sheet = site.world.id(GradeSheet, "sheet-draft")
    school.post("/admin/grade-sheet/add/", {"id": sheet})
    submit = {"action": "submit", "rowid": sheet}
    approve = {"action": "approve", "rowid": site.world.id(GradeSheet, "sheet-of-nurse")}

    def told():
        return (
            school.post("/admin/grade-sheet/action/", submit).words(),
            office.post("/admin/grade-sheet-decision/action/", approve).words(),
        )

    assert not any("审批期为" in one or "申报期为" in one for one in told())
    given(admin, year, "410100", claims_close="2026-10-31", approvals_close="2026-11-20")
    submitting, approving = told()
    assert "2026 年度的申报期为 " in submitting
    assert " 至 2026-10-31（郑州市自己的日期）" in submitting
    assert "2026 年度的审批期为 " in approving
    assert " 至 2026-11-20（郑州市自己的日期）" in approving
    given(admin, year, "410105", claims_close="2026-10-31", approvals_close="2026-11-21")  # the nurse's
    assert " 至 2026-11-21（金水区自己的日期）" in told()[1]


def test_a_training_plan_whose_year_is_over_names_the_days_too(site, admin, client_of, year):
    office, queue = client_of("zhengzhou_admin"), "/admin/training-plan-decision/action/"
    form = {"action": "approve", "rowid": site.world.id(TrainingPlan, "plan-submitted")}
    assert "审批期为" not in office.post(queue, form).words()
    given(admin, year, "410100", **SHUT)
    assert " 至 2026-11-20（郑州市自己的日期）" in office.post(queue, form).words()


def test_a_year_closed_for_all_names_the_province_s_days(site, admin, client_of, year):
    bureau, queue = client_of("jinshui_admin"), "/admin/claim-decision/"
    keys = bureau.get(queue).tree.xpath("//input[@name='rowid']/@value")[:1]
    page = admin.get(f"{YEAR}/edit/?id={year.id}")
    admin.send(admin.send(page, {"claims_close": "2026-10-31", "approvals_close": "2026-11-20"}))
    told = bureau.post(f"{queue}action/", {"action": "approve", "rowid": keys}).words()
    assert " 至 2026-11-20（全省统一的日期）" in told
    assert "自己的" not in client_of("doctor").get("/admin/claim/new/", kind="paper").words()


def test_an_abolished_county_gets_its_own_days_while_somebody_is_left_in_it(site, admin, client_of, year):
    with site.session() as session:
        for region in session.scalars(select(Region).where(Region.code.in_(["410105", "410122"]))):
            region.valid_to = dt.date(2026, 11, 1)
    page = admin.get(f"{YEAR}/region/?id={year.id}")
    assert "金水区（已撤销）" in page.words()
    assert "410122" not in page.options("region_code")
    refused = admin.send(page, {"region_code": "410122"})
    assert "还有单位、人员的已撤销区划" in refused.errors()["region_code"]
    _preview, done = given(admin, year, "410105", **SHUT)
    assert done.status == 303
    assert "金水区（已撤销）" in admin.get(f"{YEAR}/details/", id=year.id).words()
    assert "2026" not in years_offered(client_of("doctor"))
