"""What the pickers are told: by whom they may be asked, what they answer, and that they answer no more than that."""

from __future__ import annotations

import datetime as dt

import pytest
from claim_story import NEW
from factories import make_organization, number
from registering import to_basic
from site_client import ROLES
from sqlalchemy import select
from test_registering_employers import scan
from test_transferring import free

from models import Claim, Department, Organization, Person, Region
from models.enums import OrganizationKind
from models.identifiers import make_organization_code
from services.picking import Option, in_tree_order
from services.picking_trees import FOUND, MOST

WORKPLACE, STAFF = "/picking/workplace", "/admin/picking/staff"
FIELDS = {"label", "key", "path", "note", "values"}


def lines(client, url, **query):
    page = client.get(url, **query)
    assert page.status == 200, page
    assert set(page.json) == {"lines", "more"}
    assert all(set(line) == FIELDS for line in page.json["lines"])
    return page.json["lines"]


def labels(client, url, **query):
    return [line["label"] for line in lines(client, url, **query)]


# ---------------------------------------------------------------- region → employer → department
def test_a_visitor_walks_from_the_city_to_the_department(site, visitor):
    def go(label, parent=""):
        [line] = [line for line in lines(visitor, WORKPLACE, parent=parent) if line["label"] == label]
        return line

    hospital = site.world.id(Organization, "hospital")
    county = go("金水区", go("郑州市")["key"])
    employer = go("金水医院", county["key"])
    assert employer["values"] == {
        "region_city": ["410100", "郑州市"],
        "region_county": ["410105", "金水区"],
        "employer": [str(hospital), "金水医院"],
        "department": ["", ""],
    }
    assert labels(visitor, WORKPLACE, parent=employer["key"]) == ["不选部门", "办公室"]
    office = go("办公室", employer["key"])
    assert labels(visitor, WORKPLACE, parent=office["key"]) == ["办公室（本部门）", "前台"]
    desk = go("前台", office["key"])
    key = str(site.world.id(Department, "hospital-desk"))
    assert (desk["key"], desk["values"]) == ("", {"department": [key, "办公室 › 前台"]})


def test_an_employer_of_the_city_itself_stands_beside_the_counties(visitor):
    assert labels(visitor, WORKPLACE, parent="city:410100")[0] == "郑州市（市本级）"
    assert "郑州公司" in labels(visitor, WORKPLACE, parent="region:410100")
    [company] = lines(visitor, WORKPLACE, query="郑州公司")
    assert company["path"] == ["郑州市"]
    assert company["values"]["region_county"] == ["410100", "郑州市（市本级）"]
    assert "（市本级）" not in "".join(labels(visitor, WORKPLACE, parent="city:410200"))  # no employer there


def test_an_employer_of_a_county_under_the_province_is_found(visitor):
    assert "济源工厂" in labels(visitor, WORKPLACE, parent="region:419001")
    [mill] = lines(visitor, WORKPLACE, query="济源工厂")
    assert mill["values"]["region_county"][0] == "419001"


@pytest.fixture
def abolished(site):
    """金水区, where 金水医院 lies, does not exist any more."""
    [region] = site.all(select(Region.id).where(Region.code == "410105"))
    site.put(Region, region, valid_to=dt.date(2026, 11, 1))


@pytest.mark.usefixtures("abolished")
def test_an_abolished_county_is_walked_through_as_long_as_an_employer_lies_there(site, visitor):
    marked = "金水区（已撤销）"
    assert marked in labels(visitor, WORKPLACE, parent="city:410100")
    assert "金水医院" in labels(visitor, WORKPLACE, parent="region:410105")
    [hospital] = lines(visitor, WORKPLACE, query="金水医院")
    assert (hospital["path"], hospital["values"]["region_county"]) == (["郑州市", marked], ["410105", marked])
    told = visitor.get("/options/county", parent="410100").json["options"]
    assert {"value": "410105", "label": marked} in told
    with site.session() as session:
        for office in session.scalars(select(Organization).where(Organization.region_code == "410105")):
            if office.kind is OrganizationKind.EMPLOYER:
                office.region_code = "410103"
    assert marked not in labels(visitor, WORKPLACE, parent="city:410100")


@pytest.mark.usefixtures("abolished")
def test_a_form_that_comes_back_keeps_the_abolished_county_chosen(site, visitor, client_of):
    chosen = {
        "region_city": "410100",
        "region_county": "410105",
        "employer": str(site.world.id(Organization, "hospital")),
    }
    free(site, "doctor")
    doctor = client_of("doctor")
    for page in (
        visitor.send(visitor.get("/register/person"), chosen),
        doctor.send(doctor.get("/admin/transfer/new/"), chosen),
    ):
        assert page.errors()
        form = page.form()
        assert {name: form[name] for name in chosen} == {name: [value] for name, value in chosen.items()}


@pytest.mark.usefixtures("abolished")
def test_no_new_organisation_lies_in_an_abolished_county(visitor):
    page = to_basic(visitor, "employer")
    assert "410103" in page.options("region_code")
    assert "410105" not in page.options("region_code")


def test_a_department_stands_for_nothing_without_its_active_employer(site, visitor):
    site.put(Organization, "hospital", status="disabled")
    for parent in (
        f"employer:{site.world.id(Organization, 'hospital')}",
        f"department:{site.world.id(Department, 'hospital-office')}",
    ):
        assert lines(visitor, WORKPLACE, parent=parent) == []


@pytest.mark.parametrize("term", ["金水医院", "水医", "jsyy", "JSY", "code"])
def test_an_employer_is_found_by_name_initials_or_code(site, visitor, term):
    site.put(Organization, "hospital", name_initials="jsyy")
    term = site.get(Organization, "hospital").code if term == "code" else term
    [line] = lines(visitor, WORKPLACE, query=f" {term} ")
    assert (line["label"], line["path"]) == ("金水医院", ["郑州市", "金水区"])


@pytest.mark.parametrize("office", ["clinic", "jinshui", "academy", "province", "system"])
def test_only_active_employers_are_told(site, visitor, office):
    row = site.get(Organization, office)
    assert row.name not in labels(visitor, WORKPLACE, parent=f"region:{row.region_code or '410000'}")
    assert lines(visitor, WORKPLACE, query=row.name) == []
    assert lines(visitor, WORKPLACE, parent=f"employer:{row.id}") == []


def test_an_answer_is_bounded_and_says_so(site, visitor):
    with site.session() as session:
        for _ in range(MOST + 1):
            serial = number()
            make_organization(session, f"第{serial}分院", "employer", "410105",
                              bureau=session.get(Organization, site.world.id(Organization, "jinshui")))  # fmt: skip
    county = visitor.get(WORKPLACE, parent="region:410105").json
    found = visitor.get(WORKPLACE, query="分院").json
    assert (len(county["lines"]), county["more"]) == (MOST, True)
    assert (len(found["lines"]), found["more"]) == (FOUND, True)
    assert visitor.get(WORKPLACE, query=f"第{serial}分院").json["more"] is False


def test_a_visitor_learns_of_nobody(site, visitor):
    people = site.all(select(Person.name))
    told = "".join(
        visitor.get(WORKPLACE, parent=parent).text
        for parent in (
            "",
            "city:410100",
            "region:410105",
            f"employer:{site.world.id(Organization, 'hospital')}",
        )
    )
    assert not any(f'"{name}"' in told for name in people)
    assert not any(citizen in told for citizen in site.citizens.values())


HOSTILE = (
    [{"parent": parent} for parent in (
        "region", "region:", "region:x", "region:' OR 1=1", "region:１", "employer:-1", "employer:1 ", "staff:1",
        "employer:99999999999999999999", "department:9223372036854775807", "city:0", "none", "x" * 5000, "department:\x00")]
    + [{"query": term} for term in ("%", "_", "\\", "'; DROP TABLE person; --", "x" * 5000, "<b>", "\x00%", "％")]
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=[str(query)[:40] for query in HOSTILE])
@pytest.mark.parametrize("url", [WORKPLACE, STAFF])
def test_what_is_no_question_is_answered_by_nothing(client_of, url, query):
    answer = lines(client_of("hospital_admin"), url, **query)
    assert answer == [] or (query == {"parent": "none"} and url == STAFF)


# ---------------------------------------------------------------- the people of an employer
def test_an_employer_finds_its_own_people_in_service(site, client_of):
    client = client_of("hospital_admin")
    office = site.world.id(Department, "hospital-office")
    assert labels(client, STAFF) == ["办公室"]
    people = lines(client, STAFF, parent=f"department:{office}")
    assert [line["label"] for line in people] == ["前台", "doctor", "nurse"]  # and not the applicant
    doctor = people[1]
    assert doctor["values"] == {"person_id": [str(site.world.id(Person, "doctor")), "doctor（办公室）"]}
    assert doctor["path"] == ["办公室"]


@pytest.mark.parametrize("term", ["doctor", "octo", "ys", "YS", "办公"])
def test_a_professional_is_found_by_name_initials_or_department(site, client_of, term):
    site.put(Person, "doctor", name_initials="ys")
    assert "doctor" in labels(client_of("hospital_admin"), STAFF, query=term)


def test_namesakes_are_told_apart_and_no_citizen_id_is_shown(site, client_of):
    site.put(Person, "nurse", name="doctor")
    page = client_of("hospital_admin").get(STAFF, query="doctor")
    one, other = page.json["lines"]
    assert one["note"] != other["note"]
    assert "**********" in one["note"]
    assert not any(citizen in page.text for citizen in site.citizens.values())


@pytest.mark.parametrize("state", ["left", "retired"])
def test_who_is_not_in_service_is_not_offered(site, client_of, state):
    site.put(Person, "doctor", state=state, left_on=dt.date(2026, 1, 31))
    assert "doctor" not in labels(client_of("hospital_admin"), STAFF, query="doctor")


def test_nobody_of_another_employer_is_offered(site, client_of):
    client = client_of("hospital_admin")
    for name in ("teacher", "engineer", "miller"):
        assert lines(client, STAFF, query=name) == []
    elsewhere = site.world.id(Department, "school-office")
    assert lines(client, STAFF, parent=f"department:{elsewhere}") == []


def test_people_without_department_stand_under_a_line_of_their_own(site, client_of):
    site.put(Person, "doctor", department_id=None)
    client = client_of("hospital_admin")
    assert labels(client, STAFF) == ["办公室", "未分部门"]
    assert labels(client, STAFF, parent="none") == ["doctor"]


@pytest.mark.parametrize("role", [role for role in ROLES if role != "employer"])
def test_only_who_registers_claims_for_others_may_ask(client_of, role):
    page = client_of(ROLES[role]).get(STAFF, query="d")
    assert page.status == (302 if role == "visitor" else 403)


def test_whom_the_picker_offers_can_be_registered_and_nobody_else(site, client_of):
    client = client_of("hospital_admin")
    for name, taken in (("nurse", True), ("teacher", False)):
        page = client.get(NEW.format("paper"))
        sent = client.send(page, {"person_id": str(site.world.id(Person, name)), "title": "题目", "credit_year": "2026",
                                  "start_date": "2026-02-01", "end_date": "2026-02-01", "command": "draft"})  # fmt: skip
        assert (sent.status == 302) is taken
        assert ("person_id" in sent.errors()) is not taken
    assert site.all(select(Claim.person_id).where(Claim.title == "题目")) == [site.world.id(Person, "nurse")]


# ---------------------------------------------------------------- selects
def picked(page, name):
    """Return how a select is chosen from, and parent by value of its options."""
    [box] = page.tree.xpath(f"//select[@name='{name}']")
    return box.get("data-picker"), {
        option.get("value"): option.get("data-parent") for option in box.iter("option")
    }


def test_selects_with_a_tree_and_long_ones_get_a_dialog_and_short_ones_do_not(visitor, client_of):
    form = visitor.get("/register/person")
    kind, above = picked(form, "major")
    assert (kind, above["0101"], above["01"]) == ("tree", "01", None)
    assert picked(form, "ethnicity")[0] == "tree"
    assert picked(form, "title_level")[0] == "tree"  # few lines, but below each other
    assert picked(form, "sex")[0] is None
    form = client_of("doctor").get(NEW.format("degree_study"))
    kind, above = picked(form, "item_major")
    assert (kind, above["0101"]) == ("tree", "01")
    assert picked(form, "item_study_mode")[0] is None
    form = client_of("hospital_admin").get(NEW.format("paper"))
    assert picked(form, "person_id")[0] == "search"
    assert form.tree.xpath("//select[@name='person_id']/@data-picker-url") == [STAFF]


def test_offices_and_regions_stand_below_each_other(site, visitor):
    page = visitor.get("/register/employer")
    sent = visitor.send(page, {"code": make_organization_code(87001), "scan": scan(), "next": "1"})
    form = visitor.follow(sent)
    keys = {name: str(site.world.id(Organization, name)) for name in ("province", "zhengzhou", "jinshui")}
    kind, above = picked(form, "bureau_id")
    assert (kind, above[keys["jinshui"]], above[keys["province"]]) == ("tree", keys["zhengzhou"], None)
    kind, above = picked(form, "region_code")
    assert (kind, above["410105"], above["410100"]) == ("tree", "410100", None)
    assert picked(form, "industry_code")[1]["01"] == "A"


def test_without_script_the_selects_are_there_with_a_button_to_refill_them(visitor):
    form = visitor.get("/register/person")
    for name in ("region_city", "region_county", "employer", "department"):
        assert form.tree.xpath(f"//select[@name='{name}'][not(@hidden)]")
    assert form.tree.xpath("//button[@name='reload']")


def test_lines_below_each_other_are_put_in_order():
    given = [Option("2", "乙"), Option("11", "甲一", "1"), Option("1", "甲"), Option("9", "丙", "gone"),
             Option("111", "甲一一", "11"), Option("x", "圈", "y"), Option("y", "圈", "x")]  # fmt: skip
    assert [(depth, option.value) for depth, option in in_tree_order(given)] == [
        (0, "2"), (0, "1"), (1, "11"), (2, "111"), (0, "9")
    ]  # fmt: skip


# ---------------------------------------------------------------- drafts
def draft(client, url):
    [key] = client.get(url).tree.xpath("//form/@data-draft")
    return key


def test_a_draft_is_named_after_whose_it_is_and_what_it_is_about(site, client_of, visitor):
    urls = (NEW.format("paper"), NEW.format("patent"), "/register/person", "/register/employer")
    names = {draft(client_of(who), url) for who in ("doctor", "nurse") for url in urls[:2]}
    names |= {draft(visitor, url) for url in urls[2:]}
    assert len(names) == 6
    assert draft(client_of("doctor"), urls[0] + "&url=/admin/") == draft(client_of("doctor"), urls[0])
    department = site.world.id(Department, "hospital-office")
    client = client_of("hospital_admin")
    new, edit = (
        draft(client, "/admin/department/new/"),
        draft(client, f"/admin/department/edit/?id={department}"),
    )
    assert new != edit


def test_only_a_page_that_says_so_ends_a_draft(client_of, visitor):
    def saved(page):
        return bool(page.tree.xpath("//*[@data-draft-saved]"))

    client = client_of("hospital_admin")
    form = client.get("/admin/department/new/")
    refused = client.send(form, {"name": ""})
    assert (refused.status, saved(refused)) == (200, False)
    assert saved(client.follow(client.send(form, {"name": "新部门"})))
    assert not saved(visitor.get("/login"))
    assert not saved(visitor.get("/admin/nothing/"))
