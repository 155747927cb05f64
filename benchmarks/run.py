"""Command line: ``python -m benchmarks.run [names…]`` measures, prints a table and writes ``var/bench.json``."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks import (
    approve_10000,
    certificates_1000,
    declare_10000,
    export_20000,
    export_claims_20000,
    figures,
    grade_sheet_5000,
    import_check_5000,
    list_page,
    list_render,
    queue_page_1m,
    roster_check_5000,
    statistics_1m,
)
from benchmarks.batches import measure
from benchmarks.databases import KINDS
from models import crypto

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.figures import Figure


class Benchmark(Protocol):
    """What a benchmark is: measured on one kind of database, at a size, so many times."""

    def __call__(self, kind: str, *, rows: int, runs: int) -> Figure:
        """Measure ``rows`` rows, the median of ``runs`` runs."""


BENCHMARKS: dict[str, Benchmark] = {
    **{case.name: partial(measure, case) for case in (approve_10000.CASE, declare_10000.CASE)},
    list_page.NAME: list_page.measure,
    list_render.NAME: list_render.measure,
    export_20000.NAME: export_20000.measure,
    export_claims_20000.NAME: export_claims_20000.measure,
    queue_page_1m.NAME: queue_page_1m.measure,
    statistics_1m.NAME: statistics_1m.measure,
    import_check_5000.NAME: import_check_5000.measure,
    certificates_1000.NAME: certificates_1000.measure,
    certificates_1000.MEMORY: certificates_1000.measure_memory,
    roster_check_5000.NAME: roster_check_5000.measure,
    grade_sheet_5000.NAME: grade_sheet_5000.measure,
}
"""By the name of the contract. A benchmark of another form adds its own function here."""

WITHOUT_DATABASE = {certificates_1000.NAME, certificates_1000.MEMORY}
"""Measured once, whatever databases are asked for."""
ROWS, RUNS = 10_000, 5


def run(names: Iterable[str], kinds: Iterable[str], *, rows: int, runs: int, path: Path) -> list[Figure]:
    """Measure benchmarks one after the other and write their figures.

    Args:
        names: keys of :data:`BENCHMARKS`.
        kinds: databases.
        rows: size; anything but 10 000 is for trying the code out.
        runs: timed runs of each.
        path: the file to write.
    """
    measured = []
    for name in names:
        for kind in ("none",) if name in WITHOUT_DATABASE else kinds:
            measured.append(BENCHMARKS[name](kind, rows=rows, runs=runs))
            print(figures.table(measured[-1:]).splitlines()[-1], flush=True)
    figures.write(path, measured)
    return measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument("--database", choices=KINDS, action="append", help="both by default")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    before = crypto.configure(crypto.Keyring.from_setting(crypto.generate_setting()))
    try:
        path = Path(os.environ.get("BACKOFFICE_VAR", "var")) / "bench.json"
        names = options.names or list(BENCHMARKS)
        print(figures.table([]), flush=True)
        run(names, options.database or KINDS, rows=options.rows, runs=options.runs, path=path)
    finally:
        crypto.configure(before)
    return 0


if __name__ == "__main__":
    sys.exit(main())
