"""Reads the reference files: CSV with a header line, and JSON lists of objects."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parent / "reference"


def read_table(name: str, folder: Path = REFERENCE) -> list[dict[str, str]]:
    """Return the rows of a CSV file as text by column name.

    Args:
        name: file name inside the folder, such as ``regions.csv``.
        folder: where the reference files are.
    """
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_objects(name: str, folder: Path = REFERENCE) -> list[dict[str, Any]]:
    """Return the objects of a JSON file.

    Args:
        name: file name inside the folder, such as ``hour_rules.json``.
        folder: where the reference files are.
    """
    objects: list[dict[str, Any]] = json.loads((folder / name).read_text(encoding="utf-8"))
    return objects


def day(text: str | None) -> date | None:
    """Return the day written ``YYYY-MM-DD``, ``None`` for an empty cell."""
    return date.fromisoformat(text) if text else None
