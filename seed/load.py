"""Bulk load: as many synthetic people and claims as asked for, for speed tests only.

Unlike the demo world, nothing here is lived through: rows are put into their states, set-based. That is legitimate
because a load is a fixture of states, not a story; the CHECK constraints still hold, and hours of approved claims are
posted by the workflow's own effects, so that the ledger and the year summaries agree. There is no journal, no
attachment and no certificate. The same seed on the same rows gives the same rows, except for ciphertexts and session
identifiers, which must be unpredictable.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text, union

from models import (
    Account,
    Base,
    Claim,
    ClaimKindVersion,
    CreditYear,
    Department,
    Organization,
    Person,
    Region,
)
from models.crypto import blind_index
from models.enums import ClaimStatus, OrganizationKind, OrganizationStatus, RegionLevel, UserType
from models.identifiers import make_citizen_id, sex_of
from permissions.actor import Actor
from permissions.wall import unscoped
from seed import load_names, load_rows
from seed.load_rows import Citizen, LoadPlan, Office
from workflow.core import Firing
from workflow.crediting import CLAIMS, post_hours, reverse_hours
from workflow.marks import mark
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


__all__ = ["LoadPlan", "LoadReport", "load"]

PROVINCE = "410000"
HEADINGS = ("419000",)  # 省直辖县级行政区划: a line of the standard, not a place with an office
CHUNK = 2000  # people written at a time
FIRST_PART, LARGEST_PART = 500, 50_000  # claims posted at a time
FIRST_CODE = 60_000_000  # organisation codes of a load begin here, far from the demo world's
USER_TYPES = {kind: next(who for who in UserType if who.value == kind.value) for kind in OrganizationKind}


@dataclass(slots=True)
class LoadReport:
    """How many rows a load added; ``posted`` are claims whose hours went to the ledger."""

    offices: int = 0
    employers: int = 0
    departments: int = 0
    accounts: int = 0
    people: int = 0
    claims: int = 0
    posted: int = 0


def load(
    session: Session, *, people: int, claims_per_person: int, seed: int, plan: LoadPlan | None = None
) -> LoadReport:
    """Add offices of Henan where they are missing, employers, people and claims; the caller commits.

    Args:
        session: where it runs; reference data (regions, years, claim kinds) must be there.
        people: number of people.
        claims_per_person: number of claims of each.
        seed: the same seed gives the same rows.
        plan: the shape, see :class:`seed.load_rows.LoadPlan`.

    Raises:
        ValueError: a number is negative, or reference data are missing; a Chinese sentence for the operator.
    """
    if people < 0 or claims_per_person < 0:
        raise ValueError("人数和每人申报数不能为负数，请改为 0 或正整数")
    with unscoped(session, "a bulk load writes every table"):
        loader = _Loader(session, seed, plan or LoadPlan())
        loader.run(people, claims_per_person)
        loader.post()
        session.execute(
            text("ANALYZE")
        )  # without figures the planner guesses, and measures of speed mean nothing
    session.expire_all()
    return loader.report


class _Loader:
    def __init__(self, session: Session, seed: int, plan: LoadPlan) -> None:
        self.session, self.seed, self.plan = session, seed, plan
        self.random = Random(seed)  # noqa: S311  (synthetic data, reproducible on purpose)
        self.report = LoadReport()
        columns = (Region.code, Region.name, Region.level, Region.parent_code)
        within = Region.code.like(f"{PROVINCE[:2]}%")
        self.regions = session.execute(select(*columns).where(within).order_by(Region.code)).all()
        version = ClaimKindVersion
        kinds = select(version.id, version.kind_id, version.subjects).order_by(version.id)
        self.kinds = session.execute(kinds).all()
        known_years = set(session.scalars(select(CreditYear.year)))
        if not self.regions or not self.kinds or not known_years.issuperset(plan.years):
            raise ValueError("缺少行政区划、年度或继续教育类型，请先运行 python -m backoffice seed base")
        self.counties = [row for row in self.regions if row.level == RegionLevel.COUNTY][: plan.counties]
        used = union(select(Person.citizen_id_index), select(Account.citizen_id_index))
        self.taken = set(session.scalars(used))
        codes = session.scalars(select(Organization.code).where(Organization.code >= str(FIRST_CODE)))
        numbers = [int(code[:8]) for code in codes if code[:8].isdigit()]
        self.next_code = max(numbers, default=FIRST_CODE) + 1
        self.serial = 0
        self.awarded: list[int] = []
        self.revoked: list[int] = []

    def run(self, people: int, claims_per_person: int) -> None:
        employers = self._employers(-(-people // self.plan.people_per_employer), self._offices())
        for start in range(0, people, CHUNK):
            chosen = [self.random.choice(employers) for _ in range(min(CHUNK, people - start))]
            citizens = [self._citizen() for _ in chosen]
            rows = [load_rows.person(self.random, *pair) for pair in zip(citizens, chosen, strict=True)]
            ids = self._insert(Person, rows)
            mark(
                self.session,
                select(Person.__table__.c.employer_id).where(
                    Person.__table__.c.id.in_(keys(self.session, ids))
                ),
            )
            self.report.people += len(ids)
            if self.plan.person_accounts:
                owners = zip(ids, citizens, chosen, strict=True)
                self._accounts(
                    load_rows.account(UserType.PERSON, citizen, approver=employer, person_id=id_)
                    for id_, citizen, employer in owners
                )
            owned = zip(ids, rows, chosen, strict=True)
            self._claims([self._claim(*owner) for owner in owned for _ in range(claims_per_person)])

    def _insert(self, model: type[Base], rows: Sequence[load_rows.Row]) -> list[int]:
        """Insert rows and return their keys, which are drawn beforehand: RETURNING took nearly twice as long."""
        if not rows:
            return []
        table: Any = model.__table__
        if self.session.get_bind().dialect.name == "postgresql":
            sequence = func.pg_get_serial_sequence(table.name, "id")
            ids = list(
                self.session.scalars(
                    select(func.nextval(sequence)).select_from(
                        func.generate_series(1, len(rows)).table_valued("n")
                    )
                )
            )
        else:
            last = self.session.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
            ids = list(range(last + 1, last + 1 + len(rows)))
        self.session.execute(insert(table), [row | {"id": id_} for id_, row in zip(ids, rows, strict=True)])
        return ids

    def _accounts(self, rows: Any) -> list[int]:
        ids = self._insert(Account, list(rows))
        self.report.accounts += len(ids)
        return ids

    def _citizen(self) -> Citizen:
        while True:
            birth = date(1964, 1, 1) + timedelta(days=self.random.randrange(13_000))
            area = self.random.choice(self.counties).code
            citizen_id = make_citizen_id(area, birth, self.random.randrange(1000))
            index = blind_index(citizen_id)
            if index not in self.taken:
                self.taken.add(index)
                name = load_names.full_name(self.random, male=sex_of(citizen_id) == "1")
                return Citizen(citizen_id, index, birth, name)

    # ------------------------------------------------------------ offices and employers
    def _offices(self) -> list[Office]:
        """Return the bureaus of the chosen counties; those above them are found, or made, first."""
        wanted = {row.code for row in self.counties} | {row.parent_code for row in self.counties}
        made: dict[str, Office] = {}
        for row in self.regions:  # in order of code, so that an office's superior comes before it
            if row.code == PROVINCE:
                made[row.code] = self._office(row, OrganizationKind.PROVINCE, None)
            elif row.code in wanted and row.code not in HEADINGS:
                superior = made.get(row.parent_code) or made[PROVINCE]
                made[row.code] = self._office(row, OrganizationKind.BUREAU, superior)
        self.province = made[PROVINCE]
        return [made[row.code] for row in self.counties]

    def _office(self, region: Any, kind: OrganizationKind, superior: Office | None) -> Office:
        condition = (Organization.kind == kind, Organization.status == OrganizationStatus.ACTIVE)
        here = select(Organization.id).where(*condition, Organization.region_code == region.code)
        office = self.session.scalar(here.order_by(Organization.id).limit(1))
        if office is None:
            name = f"{region.name}人力资源和社会保障{'局' if superior else '厅'}"
            row = load_rows.organization(self.next_code, kind, name, region.code, superior)
            self.next_code += 1
            self.report.offices += 1
            office = self._insert(Organization, [row])[0]
        return Office(office, self._administrators(kind, [(office, superior)])[0], region.code, superior)

    def _administrators(self, kind: OrganizationKind, offices: list[tuple[int, Office | None]]) -> list[int]:
        return self._accounts(
            load_rows.account(USER_TYPES[kind], self._citizen(), approver=superior, organization_id=office)
            for office, superior in offices
        )

    def _employers(self, number: int, bureaus: list[Office]) -> list[Office]:
        above = [bureaus[index % len(bureaus)] for index in range(number)]
        names = {row.code: row.name for row in self.regions}
        rows = []
        for bureau in above:
            parts = names[bureau.region_code], *map(self.random.choice, load_names.EMPLOYER_NAME)
            kind = OrganizationKind.EMPLOYER
            rows.append(
                load_rows.organization(self.next_code, kind, "".join(parts), bureau.region_code, bureau)
            )
            self.next_code += 1
        ids = self._insert(Organization, rows)
        administrators = self._administrators(OrganizationKind.EMPLOYER, list(zip(ids, above, strict=True)))
        self.report.employers += len(ids)
        made = zip(ids, administrators, above, strict=True)
        return self._departments([Office(id_, who, office.region_code, office) for id_, who, office in made])

    def _departments(self, employers: list[Office]) -> list[Office]:
        rows: list[load_rows.Row] = []
        for employer in employers:
            names = self.random.sample(load_names.DEPARTMENTS, self.random.randint(2, 6))
            rows += [
                {"organization_id": employer.id, "name": name, "position": i} for i, name in enumerate(names)
            ]
        found: dict[int, list[int]] = {}
        for row, id_ in zip(rows, self._insert(Department, rows), strict=True):
            found.setdefault(row["organization_id"], []).append(id_)
        self.report.departments += len(rows)
        return [replace(employer, departments=tuple(found[employer.id])) for employer in employers]

    # ------------------------------------------------------------ claims
    def _claim(self, person_id: int, owner: load_rows.Row, employer: Office) -> load_rows.Row:
        self.serial += 1
        key = hashlib.sha256(f"load {self.seed} {self.serial}".encode()).hexdigest()
        row = load_rows.claim(self.random, self.plan, self.random.choice(self.kinds), owner, employer)
        return row | {"person_id": person_id, "evidence_key": key}

    def _claims(self, rows: list[load_rows.Row]) -> None:
        ids = self._insert(Claim, rows)
        self.report.claims += len(ids)
        loaded = list(zip(ids, rows, strict=True))
        self.awarded += [id_ for id_, row in loaded if row["status"] in load_rows.AWARDED]
        self.revoked += [id_ for id_, row in loaded if row["status"] == ClaimStatus.REVOKED]

    def post(self) -> None:
        """Post the hours of what was approved, in growing parts, so that figures never lag behind much."""
        self._analyze()
        self.report.posted = len(self.awarded)
        moment = datetime(max(self.plan.years) + 1, 1, 1, tzinfo=UTC)
        poster = Actor(account_id=self.province.administrator_id)
        firing = Firing(self.session, poster, moment, moment.date(), load_rows.REASON)
        start, size = 0, FIRST_PART
        while part := self.awarded[start : start + size]:
            post_hours(CLAIMS)(firing, keys(self.session, part))
            self._analyze()
            start, size = start + size, min(2 * size, LARGEST_PART)
        if self.revoked:
            reverse_hours(CLAIMS)(firing, keys(self.session, self.revoked))
        self._analyze()

    def _analyze(self) -> None:
        """Give the planner figures about every table with rows.

        Never about an empty one: PostgreSQL then reads it from end to end for every row of the statement that fills
        it, which it would not do knowing nothing.
        """
        for table in Base.metadata.sorted_tables:
            if self.session.execute(select(table.c.id).limit(1)).first():
                self.session.execute(text(f"ANALYZE {table.name}"))
