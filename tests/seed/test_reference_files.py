"""The reference files are complete and agree with each other (product §5, §7, §8, §9)."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from seed.reference import generate_regions
from services.hours import HourRuleSpec

REFERENCE = Path(__file__).parents[2] / "seed" / "reference"


def table(name):
    with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


REGIONS = {row["code"]: row for row in table("regions.csv")}
DICTIONARIES = {row["code"]: row for row in table("dictionaries.csv")}
ENTRIES = {code: table(f"dictionaries/{code}.csv") for code in DICTIONARIES}
KINDS = json.loads((REFERENCE / "claim_kinds.json").read_text(encoding="utf-8"))
ITEMS = {kind["code"]: {item["code"]: item for item in kind["items"]} for kind in KINDS}
RULES = json.loads((REFERENCE / "hour_rules.json").read_text(encoding="utf-8"))
ITEM_TYPES = {"text", "textarea", "integer", "decimal", "date", "boolean", "choice", "multiple_choice"}
ITEM_FIELDS = {
    "code",
    "label",
    "type",
    "dictionary",
    "required",
    "help",
    "position",
    "maximum_length",
    "minimum",
    "maximum",
    "evidence",
}


def children(parent):
    return {row["name"] for row in REGIONS.values() if row["parent_code"] == parent}


# ---- files ----


@pytest.mark.parametrize("path", sorted(REFERENCE.rglob("*.[cj]s[vo]*")), ids=lambda path: path.name)
def test_a_file_is_utf8_with_unix_line_ends_and_no_stray_spaces(path):
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    assert not text.startswith("\ufeff")
    assert text.endswith("\n")
    if path.suffix == ".csv":
        rows = list(csv.reader(text.splitlines()))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert all(cell == cell.strip() for row in rows for cell in row)


# ---- regions ----


def test_region_codes_are_unique_and_have_six_digits():
    codes = [row["code"] for row in table("regions.csv")]
    assert len(codes) == len(set(codes))
    assert all(code.isdigit() and len(code) == 6 for code in codes)


def test_every_region_has_a_name_and_a_parent_one_level_above_with_the_same_digits():
    above = {"province": None, "city": "province", "county": "city"}
    for row in REGIONS.values():
        assert row["name"]
        if row["level"] == "province":
            assert row["parent_code"] == ""
            continue
        parent = REGIONS[row["parent_code"]]
        assert parent["level"] == above[row["level"]]
        digits = 2 if row["level"] == "city" else 4
        assert row["code"][:digits] == parent["code"][:digits]


def test_all_of_china_is_there():
    levels = Counter(row["level"] for row in REGIONS.values())
    grouping = {
        code
        for code, row in REGIONS.items()
        if code.endswith("00") and row["name"].endswith(("市辖区", "县", "直辖县级行政区划"))
    }
    assert len(grouping) == 9
    assert levels == {"province": 34, "city": 333 + len(grouping), "county": 2845}
    assert {REGIONS[code]["name"] for code in ("110000", "410000", "710000", "810000", "820000")} == {
        "北京市",
        "河南省",
        "台湾省",
        "香港特别行政区",
        "澳门特别行政区",
    }


def test_henan_has_its_seventeen_cities_with_all_counties_and_jiyuan():
    names = "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店"
    sizes = (12, 9, 14, 10, 9, 5, 12, 10, 6, 6, 5, 6, 13, 9, 10, 10, 10)
    counties = {f"{name}市": size for name, size in zip(names.split(), sizes, strict=True)}
    counties["省直辖县级行政区划"] = 1
    found = {
        row["name"]: len(children(row["code"])) for row in REGIONS.values() if row["parent_code"] == "410000"
    }
    assert found == counties
    assert REGIONS["419001"] == {
        "code": "419001",
        "name": "济源市",
        "level": "county",
        "parent_code": "419000",
        "source_year": "2025",
    }
    assert {"中原区", "巩义市", "新郑市", "登封市"} <= children("410100")
    assert {"偃师区", "孟津区", "栾川县"} <= children("410300")


def test_the_regions_file_is_what_the_generator_writes(tmp_path):
    written = tmp_path / "regions.csv"
    assert generate_regions.write(written) == len(REGIONS)
    assert written.read_bytes() == (REFERENCE / "regions.csv").read_bytes()


def test_a_city_missing_in_the_source_is_refused_and_a_grouping_division_is_named():
    assert generate_regions.grouping_name("419000") == "省直辖县级行政区划"
    assert generate_regions.grouping_name("659000") == "自治区直辖县级行政区划"
    with pytest.raises(ValueError, match="419900"):
        generate_regions.grouping_name("419900")


# ---- dictionaries ----


def test_every_dictionary_has_a_file_and_every_file_a_dictionary():
    assert {path.stem for path in (REFERENCE / "dictionaries").glob("*.csv")} == set(DICTIONARIES)
    assert all(row["label"] and row["source"] for row in DICTIONARIES.values())


@pytest.mark.parametrize("code", sorted(DICTIONARIES))
def test_a_dictionary_has_unique_codes_labels_positions_and_known_parents(code):
    rows = ENTRIES[code]
    codes = [row["code"] for row in rows]
    assert rows
    assert len(codes) == len(set(codes))
    assert all(row["label"] for row in rows)
    named = [(row["parent_code"], row["label"]) for row in rows]
    assert len(named) == len(set(named))
    assert [int(row["position"]) for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        # A parent stands before its children, so that one pass can load the file.
        assert row["parent_code"] == "" or codes.index(row["parent_code"]) < codes.index(row["code"])


@pytest.mark.parametrize(
    ("code", "top", "below"),
    [
        ("ethnicity", 58, 0),
        ("sex", 4, 0),
        ("education", 8, 32),
        ("degree", 4, 52),
        ("industry", 20, 97),
        ("affiliation", 7, 5),
        ("title_series", 27, 0),
        ("title_level", 5, 2),
        ("major", 15, 93),
        ("support_type", 8, 0),
        ("work_type", 3, 0),
        ("patent_type", 3, 0),
        ("exam_level", 3, 0),
        ("training_mode", 3, 0),
        ("person_state", 3, 0),
        ("subject", 2, 0),
    ],
)
def test_a_dictionary_is_complete(code, top, below):
    flat = [row["parent_code"] == "" for row in ENTRIES[code]]
    assert (flat.count(True), flat.count(False)) == (top, below)


def test_codes_of_the_standards():
    ethnicities = {row["code"]: row["label"] for row in ENTRIES["ethnicity"]}
    assert list(ethnicities) == [*(f"{number:02}" for number in range(1, 57)), "97", "98"]
    assert (ethnicities["01"], ethnicities["20"], ethnicities["56"]) == ("汉族", "傈僳族", "基诺族")
    sections = [row["code"] for row in ENTRIES["industry"] if not row["parent_code"]]
    divisions = [row["code"] for row in ENTRIES["industry"] if row["parent_code"]]
    assert sections == list("ABCDEFGHIJKLMNOPQRST")
    assert divisions == [f"{number:02}" for number in range(1, 98)]
    sizes = Counter(row["parent_code"] for row in ENTRIES["industry"] if row["parent_code"])
    expected = (5, 7, 31, 3, 4, 2, 8, 2, 3, 4, 1, 2, 3, 4, 3, 1, 2, 5, 6, 1)
    assert [sizes[section] for section in sections] == list(expected)
    affiliation = [row["code"] for row in ENTRIES["affiliation"]]
    assert affiliation == ["10", "20", "40", "50", "60", "61", "62", "63", "70", "71", "72", "90"]


# ---- claim kinds ----


def test_there_are_the_fifteen_kinds_in_their_order():
    assert [kind["name"] for kind in KINDS] == [
        "学历学位教育",
        "课程进修",
        "学术交流",
        "课题研究",
        "出版著作/译作",
        "发表论文",
        "专利",
        "荣誉称号/奖项",
        "专题调研",
        "计算机应用能力考试",
        "专业技术职务外语考试",
        "获取专业技术资格/执业资质",
        "服务基层",
        "支援边疆",
        "其他",
    ]
    assert [kind["position"] for kind in KINDS] == list(range(1, 16))
    assert len(ITEMS) == 15


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["code"])
def test_a_kind_is_described_and_its_items_are_consistent(kind):
    assert kind["title_label"]
    assert kind["proof"]
    assert kind["help"]
    assert kind["subjects"]
    assert set(kind["subjects"]) <= {"public", "specialty"}
    assert [item["position"] for item in kind["items"]] == list(range(1, len(kind["items"]) + 1))
    assert len(ITEMS[kind["code"]]) == len(kind["items"])
    for item in kind["items"]:
        assert set(item) == ITEM_FIELDS
        assert item["type"] in ITEM_TYPES
        assert (item["dictionary"] is not None) == (item["type"] in {"choice", "multiple_choice"})
        assert item["dictionary"] is None or item["dictionary"] in DICTIONARIES
        assert (item["maximum_length"] is not None) == (item["type"] in {"text", "textarea"})


@pytest.mark.parametrize(
    ("kind", "evidence"),
    [
        ("research_project", {"project_number"}),
        ("book", {"isbn"}),
        ("paper", {"doi"}),
        ("patent", {"patent_number"}),
        ("computer_exam", {"certificate_number"}),
        ("language_exam", {"certificate_number"}),
        ("qualification", {"certificate_number"}),
    ],
)
def test_the_duplicate_guard_knows_the_identifying_item(kind, evidence):
    assert {code for code, item in ITEMS[kind].items() if item["evidence"]} == evidence


def test_a_grade_of_awards_without_a_rule_is_named_beside_the_choice():
    ruled = {row["conditions"]["grade"] for row in RULES if row["kind"] == "award"}
    without = [line["label"] for line in table("dictionaries/award_grade.csv") if line["code"] not in ruled]
    assert without
    assert [label for label in without if label.split("（")[0] not in ITEMS["award"]["grade"]["help"]] == []


# ---- years and requirements ----


def test_there_are_thirty_years_with_their_open_and_close_dates():
    years = {int(row["year"]): row for row in table("credit_years.csv")}
    assert sorted(years) == list(range(1998, 2028))
    for year, row in years.items():
        opens, closes = date.fromisoformat(row["claims_open"]), date.fromisoformat(row["claims_close"])
        decides, ends = date.fromisoformat(row["approvals_open"]), date.fromisoformat(row["approvals_close"])
        assert opens == decides == date(year, 1, 1)
        late = date(2028, 12, 31)
        assert (closes, ends) == (
            (late, late) if year >= 2024 else (date(year + 1, 3, 31), date(year + 1, 6, 30))
        )
        assert bool(row["note"]) == (year >= 2024)


def test_every_year_has_its_requirements():
    found = {}
    for row in table("requirements.csv"):
        figures = tuple(int(row[name]) for name in ("public_hours", "specialty_hours", "total_hours"))
        assert (int(row["year"]), row["title_level_group"]) not in found
        found[int(row["year"]), row["title_level_group"]] = figures
        assert row["legal_basis"]
    expected = {(year, "any"): (30, 60, 90) for year in range(2016, 2028)}
    expected |= {(year, "senior_middle"): (0, 0, 64) for year in range(1998, 2016)}
    expected |= {(year, "junior"): (0, 0, 56) for year in range(1998, 2016)}
    assert found == expected


# ---- hour rules ----


def test_rule_codes_are_unique_and_every_kind_has_a_rule():
    codes = [row["code"] for row in RULES]
    assert len(codes) == len(set(codes))
    assert {row["kind"] for row in RULES} == set(ITEMS)


@pytest.mark.parametrize("row", RULES, ids=lambda row: row["code"])
def test_a_rule_names_only_items_and_codes_that_exist(row):
    assert set(row) == set(HourRuleSpec.__slots__) - {"version"}
    assert row["name"]
    assert row["legal_basis"]
    assert HourRuleSpec.from_mapping(row).code == row["code"]
    items = ITEMS[row["kind"]]
    assert {row["rank_item"], row["unit_item"]} - {None} <= set(items)
    for conditions in (row["conditions"], *(addition["conditions"] for addition in row["additions"])):
        for code, wanted in conditions.items():
            if items[code]["dictionary"]:
                allowed = wanted if isinstance(wanted, list) else [wanted]
                assert set(allowed) <= {entry["code"] for entry in ENTRIES[items[code]["dictionary"]]}
            elif isinstance(wanted, dict):
                assert items[code]["type"] == "integer"
                assert set(wanted) <= {"min", "max"}
            else:
                assert items[code]["type"] == "boolean"
                assert isinstance(wanted, bool)


def test_hours_are_written_as_decimal_text():
    for row in RULES:
        single = [
            row[name] for name in ("base_hours", "rank_step", "unit_hours", "cap_per_claim", "cap_per_year")
        ]
        texts = [*single, *(row["by_rank"] or ()), row["unit_size"], row["minimum"]]
        texts += [addition["hours"] for addition in row["additions"]]
        assert all(text is None or (isinstance(text, str) and Decimal(text) >= 0) for text in texts)


def test_the_hours_that_complete_a_year_are_the_specialty_hours_it_requires():
    required = {
        row["specialty_hours"] for row in table("requirements.csv") if row["title_level_group"] == "any"
    }
    completing = [row for row in RULES if row["completes_specialty_year"]]
    assert {row["base_hours"] for row in completing} == required
    assert {row["subject"] for row in completing} == {"specialty"}


# ---- the calendar ----


def test_the_calendar_names_only_days_that_differ_from_the_week():
    days = {date.fromisoformat(row["day"]): row for row in table("calendar_days.csv")}
    assert len(days) == len(table("calendar_days.csv"))
    assert list(days) == sorted(days)
    for day, row in days.items():
        assert row["working"] == ("true" if day.weekday() > 4 else "false"), day
        assert row["name"]
        assert f"{day.year}年部分节假日安排" in row["legal_basis"]


@pytest.mark.parametrize(("year", "off", "worked"), [(2025, 18, 5), (2026, 19, 6)])
def test_a_year_of_the_calendar_has_as_many_days_as_its_notice(year, off, worked):
    rows = [row for row in table("calendar_days.csv") if row["day"].startswith(str(year))]
    assert Counter(row["working"] for row in rows) == {"false": off, "true": worked}
