"""Who holds something, and which office one stands below, is called by its name wherever the row is seen."""

from __future__ import annotations

import pytest
from factories import make_claim
from test_speed import cost, told
from training_rows import make_sheet

from models import Claim, GradeSheet, Organization, Person, TrainingClass


def fact(page, label):
    """Return what a details page says beside a label."""
    return page.tree.xpath(f"normalize-space(//dt[normalize-space()='{label}']/following-sibling::dd[1])")


def show(client, grid, column):
    """Let a list show a further column."""
    page = client.get(f"/admin/{grid}/")
    columns = [*page.form().get("column", []), column]
    assert client.post(f"/admin/{grid}/layout/", {"column": columns}).status == 302


def column_of(page, label):
    """Return the texts of a column by what its row is called."""
    heads = [head.xpath("normalize-space(.)") for head in page.tree.xpath("//thead/tr/th")]
    name, place = (
        next(number for number, head in enumerate(heads, 1) if head.startswith(word))
        for word in ("名称", label)
    )
    return {
        row.xpath(f"normalize-space(*[{name}])"): row.xpath(f"normalize-space(*[{place}])")
        for row in page.tree.xpath("//tbody/tr")
    }


@pytest.mark.parametrize("actor", ["zhengzhou_admin", "jinshui_admin", "province_admin", "health_admin"])
def test_a_claim_says_which_office_decides_it(site, client_of, actor):
    page = client_of(actor).get("/admin/claim/details/", id=site.world.id(Claim, "doctor-declared-health"))
    assert fact(page, "审批机构") == "省卫健委"


def test_so_do_the_list_and_its_print_and_a_draft_names_none(client_of):
    client = client_of("zhengzhou_admin")
    show(client, "claim", "approver")
    for view in ("", "print/"):
        column = column_of(client.get(f"/admin/claim/{view}", search="doctor-declared"), "审批机构")
        assert column["doctor-declared-health"] == "省卫健委", column
        assert column["doctor-declared"] == "金水区人社局"
    nothing = client_of("hospital_admin")
    show(nothing, "claim", "approver")
    assert set(column_of(nothing.get("/admin/claim/", search="nurse-submitted"), "审批机构").values()) == {
        "—"
    }


def test_names_out_of_sight_cost_a_list_one_statement(site, client_of):
    client = client_of("zhengzhou_admin")
    show(client, "claim", "approver")

    def more(number):
        with site.session() as session:
            doctor = session.get(Person, site.world.id(Person, "doctor"))
            for name in ("health", "education"):
                office = session.get(Organization, site.world.id(Organization, name))
                for _ in range(number):
                    make_claim(session, doctor, approver=office, status="declared", title="许多")

    more(1)
    _page, few = cost(site, client, "/admin/claim/", status="declared")
    more(20)
    page, many = cost(site, client, "/admin/claim/", status="declared")
    assert set(column_of(page, "审批机构").values()) <= {"省卫健委", "省教育厅"}
    assert len(few) == len(many), told(many)


def test_a_grade_sheet_says_which_office_decides_it(site, client_of):
    with site.session() as session:
        klass = session.get(TrainingClass, site.world.id(TrainingClass, "class-finished"))
        klass.approver_id = site.world.id(Organization, "education")
        sheet = make_sheet(session, klass, status="submitted")
        sheet.approver_id = klass.approver_id
        session.flush()
        key = sheet.id
    assert site.get(GradeSheet, key) is not None
    client = client_of("zhengzhou_admin")
    assert fact(client.get("/admin/grade-sheet/details/", id=key), "审批机构") == "省教育厅"


@pytest.mark.parametrize(
    ("actor", "name", "label", "office"),
    [
        ("zhengzhou_admin", "hospital", "行业主管部门", "省卫健委"),
        ("jinshui_admin", "hospital", "行业主管部门", "省卫健委"),
        ("health_admin", "hospital", "同级人社部门", "金水区人社局"),
        ("zhengzhou_admin", "company", "行业主管部门", "—"),
    ],
)
def test_an_organization_says_which_offices_it_stands_below(site, client_of, actor, name, label, office):
    page = client_of(actor).get("/admin/organization/details/", id=site.world.id(Organization, name))
    assert fact(page, label) == office


def test_an_authority_reads_the_bureaus_of_its_employers_in_the_list(client_of):
    column = column_of(client_of("health_admin").get("/admin/organization/"), "同级人社部门")
    assert column["金水医院"] == "金水区人社局"
