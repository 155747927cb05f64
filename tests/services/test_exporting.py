"""Lists taken along as workbooks: text stays text, everything that matches is there, and the journal knows."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
from factories import make_person
from sqlalchemy import select
from workbooks import cells, sheets

from models import JournalEntry, Organization, Person
from permissions import engine as permissions
from permissions.verbs import Verb
from services import exporting, listing

ODD = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "https://example.com", "410105198001010014",
       "007", "1E5", "  空格  ", "长" * 40_000, "\ufffe\uffff", "_x0041_", "<b>&amp;")  # fmt: skip


def written(header, lines, title="名单", about=None):
    file = io.BytesIO()
    number = exporting.write(file, title, header, lines, about or {"条件": "无"})
    return number, file.getvalue()


def test_what_somebody_typed_is_text_in_the_spreadsheet_of_whoever_opens_it():
    number, data = written(["内容"], ([text] for text in ODD))
    assert number == len(ODD)
    found = [line[0] for line in cells(data)[1:]]
    kept = {"\ufffe\uffff": ""}  # XML has no place for these
    assert found == [kept.get(text, text[: exporting.LONGEST_CELL]) for text in ODD]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert b"hyperlink" not in sheet
        assert not [part for part in archive.namelist() if part.endswith("sheet1.xml.rels")]


def test_figures_are_numbers_and_nothing_is_nothing():
    _number, data = written(["姓名", "学时", "备注"], [["张三", Decimal("12.5"), None], ["李四", 3, ""]])
    assert cells(data)[1:] == [["张三", 12.5, ""], ["李四", 3.0, ""]]


def test_a_second_sheet_says_what_it_is_and_how_many():
    _number, data = written(
        ["姓名"], [["张三"]], title="名单：2026/[公需]", about={"条件": "人员状态：在职", "导出人": "某局"}
    )
    assert len(sheets(data)) == 2
    assert cells(data, 1) == [["条件", "人员状态：在职"], ["导出人", "某局"], ["记录数", "1"]]


def test_an_empty_list_is_an_empty_sheet():
    number, data = written(["姓名", "性别"], [])
    assert (number, cells(data)) == (0, [["姓名", "性别"]])


def test_rows_come_in_the_lists_order_a_portion_at_a_time(world, open_session, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 3)
    with open_session("all") as system:
        hospital = system.get(Organization, world.id(Organization, "hospital"))
        for number in range(10):
            make_person(system, f"人{number}", hospital)
        system.commit()
    actor = world.actors["hospital_admin"]
    with open_session(actor) as session:
        mine = [permissions.rows(actor, Verb.EXPORT, Person), Person.name.startswith("人")]
        keys = exporting.keys(session, Person, mine, (Person.name.desc(),))
        people = listing.by_key(Person)
        names = [row.name for row in exporting.rows(session, people, keys)]
        assert names == [f"人{number}" for number in range(9, -1, -1)]
        assert [row.name for row in exporting.rows(session, people, [keys[0], 10**9, keys[1]])] == [
            "人9",
            "人8",
        ]


def test_a_list_beyond_the_limit_is_noticed_by_one_row_more(world, open_session, monkeypatch):
    monkeypatch.setattr(exporting, "MAXIMUM_ROWS", 1)
    actor = world.actors["hospital_admin"]
    with open_session(actor) as session:
        assert len(exporting.keys(session, Person, [permissions.rows(actor, Verb.EXPORT, Person)], ())) == 2


@pytest.mark.parametrize(
    ("who", "people"),
    [
        ("hospital_admin", {"doctor", "nurse", "applicant", "veteran"}),
        ("jinshui_admin", {"doctor", "nurse", "applicant", "veteran"}),
        ("education_admin", {"teacher", "lecturer"}),
        ("doctor", set()),
        ("academy_admin", set()),
        ("system_admin", set()),
    ],
)
def test_everybody_takes_along_the_people_of_his_scope_only(world, open_session, who, people):
    actor = world.actors[who]
    with open_session(actor) as session:
        keys = exporting.keys(session, Person, [permissions.rows(actor, Verb.EXPORT, Person)], ())
        assert {world.names[Person][key] for key in keys} == people


def test_a_masked_export_is_one_line_of_the_journal_and_a_full_one_a_line_for_everybody(world, open_session):
    actor = world.actors["hospital_admin"]
    doctor, nurse = (world.id(Person, name) for name in ("doctor", "nurse"))
    with open_session(actor) as session:
        exporting.record(session, actor, "person", [doctor, nurse], conditions="部门：办公室")
        exporting.record_unmasked(
            session, actor, "person", Person, [doctor, nurse], person_key="id", reason="社保局要求"
        )
        session.commit()
    with open_session("all") as system:
        rows = system.scalars(
            select(JournalEntry)
            .where(JournalEntry.action.in_(["export", "export_unmasked"]))
            .order_by(JournalEntry.id)
        ).all()
        assert [(row.object_type, row.action) for row in rows] == [
            ("export", "export"), ("person", "export_unmasked"), ("person", "export_unmasked"),
        ]  # fmt: skip
        assert rows[0].details == {"grid": "person", "rows": 2, "conditions": "部门：办公室"}
        assert {row.object_id for row in rows[1:]} == {doctor, nurse}
        assert {row.reason for row in rows[1:]} == {"社保局要求"}
        assert {row.actor_organization_id for row in rows} == {actor.organization_id}
