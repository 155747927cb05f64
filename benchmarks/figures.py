"""What a benchmark reports, how it is stored and how it is printed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of ``bench.json``.

    Attributes:
        name: the benchmark.
        database: ``sqlite`` or ``postgresql``.
        unit: of all its figures, such as ``s``.
        ours: median of our way.
        lower_bound: median of the least that must be done.
        rivals: other ways by name, measured in the same process.
    """

    name: str
    database: str
    unit: str
    ours: float
    lower_bound: float
    rivals: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How many times the lower bound our way costs."""
        return round(self.ours / self.lower_bound, 2)

    def as_json(self) -> dict[str, Any]:
        """Return the object of the contract: exactly seven keys."""
        return asdict(self) | {"ratio": self.ratio}


def write(path: Path, figures: Iterable[Figure]) -> None:
    """Write ``bench.json``; lines of benchmarks that were not run this time are kept."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    lines = {(line["name"], line["database"]): line for line in kept}
    lines |= {(figure.name, figure.database): figure.as_json() for figure in figures}
    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = [lines[key] for key in sorted(lines)]
    path.write_text(json.dumps(ordered, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [
        "| name | database | unit | ours | lower bound | ratio | rivals |",
        "|---|---|---|---|---|---|---|",
    ]
    for figure in figures:
        rivals = ", ".join(f"{name} {value:.3f}" for name, value in figure.rivals.items()) or "none"
        rows.append(
            f"| {figure.name} | {figure.database} | {figure.unit} | {figure.ours:.3f} |"
            f" {figure.lower_bound:.3f} | {figure.ratio:.2f} | {rivals} |"
        )
    return "\n".join(rows)
