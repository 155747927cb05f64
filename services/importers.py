"""Every kind of import, by name; the pages that start one and the worker that carries it out read it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.roster_import import RosterImport
from services.staff_import import StaffImport

if TYPE_CHECKING:
    from services.importing import Importer

IMPORTERS: dict[str, Importer] = {
    StaffImport.kind: StaffImport(),
    RosterImport.kind: RosterImport(),
}
