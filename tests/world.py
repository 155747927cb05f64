"""One named, invented world for tests of scopes: every kind of organisation, and rows of every kind and state.

    省人社厅 ─┬─ 郑州市局 ─┬─ 金水区局 ── hospital (卫健委)
             │            └─ company (no authority), academy (institution)
             ├─ 洛阳市局 ──── school (教育厅)
             ├─ 济源示范区局 ─ mill (a county directly under the province)
             └─ 卫健委, 教育厅 (authorities)

The world is a fixture of states, not a story: statuses are put, not reached. Tests look at it or change it inside a
transaction that is rolled back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from factories import (
    MOMENT,
    YEAR,
    make_account,
    make_attachment,
    make_certificate,
    make_claim,
    make_entry,
    make_organization,
    make_person,
    make_summary,
)
from sqlalchemy import select

from models import (
    Announcement,
    Base,
    Batch,
    BatchItem,
    CaptchaChallenge,
    CertificateSerial,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    CreditYear,
    Department,
    Dictionary,
    DictionaryItem,
    HourRule,
    JournalEntry,
    JournalSeal,
    Notice,
    Region,
    Requirement,
)
from models.enums import DECLARED_OR_LATER, ClaimStatus
from permissions import engine as permissions
from permissions.actor import VISITOR, Actor, load_actor
from permissions.wall import ALL, set_scope

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from permissions.verbs import Verb
    from permissions.wall import ScopedSession

EMPLOYERS = {"hospital": ("doctor", "nurse"), "school": ("teacher", "lecturer"),
             "company": ("engineer", "manager"), "mill": ("miller", "fitter")}  # fmt: skip


@dataclass
class World:
    """Names of everything.

    Attributes:
        actors: actor by name: people by their own name, administrators as ``<organisation>_admin``, and ``visitor``.
        ids: primary key by model and name.
        names: name by model and primary key.
    """

    actors: dict[str, Actor] = field(default_factory=dict)
    ids: dict[type[Base], dict[str, int]] = field(default_factory=dict)
    names: dict[type[Base], dict[int, str]] = field(default_factory=dict)

    def put(self, name: str, row: Base) -> None:
        """Give a stored row its name."""
        assert name not in self.ids.setdefault(type(row), {}), name
        self.ids[type(row)][name] = row.id
        self.names.setdefault(type(row), {})[row.id] = name

    def id(self, model: type[Base], name: str) -> int:
        """Return the key of the row called ``name``."""
        return self.ids[model][name]


def build_world(session: ScopedSession) -> World:
    """Store the world and return its names. Nothing is committed here."""
    set_scope(session, ALL)
    builder = _Builder(session)
    builder.reference()
    builder.organizations()
    builder.people()
    for employer in EMPLOYERS:
        builder.claims(employer)
        builder.records(employer)
    builder.leftovers()
    return builder.finish()


def listed(connection: Connection, actor: Actor, verb: Verb, model: type[Base]) -> set[int]:
    """Return the keys of the rows the permission table lets an actor do ``verb`` to, asked without the wall."""
    key = model.__table__.c.id
    return set(connection.scalars(select(key).where(permissions.rows(actor, verb, model))))


class _Builder:
    def __init__(self, session: ScopedSession) -> None:
        self.session = session
        self.world = World()
        self.rows: dict[str, Base] = {}
        self.accounts: dict[str, Base] = {}

    def add(self, name: str, row: Base) -> Base:
        self.session.add(row)
        self.session.flush()
        self.world.put(name, row)
        return row

    def reference(self) -> None:
        add = self.add
        for code, name, level, parent in (
            ("410000", "河南省", "province", None),
            ("410100", "郑州市", "city", "410000"),
            ("410105", "金水区", "county", "410100"),
            ("410300", "洛阳市", "city", "410000"),
            ("419001", "济源市", "county", "410000"),
        ):
            add(name, Region(code=code, name=name, level=level, parent_code=parent))
        for year, closes in ((YEAR - 1, dt.date(YEAR, 2, 1)), (YEAR, dt.date(YEAR + 1, 3, 31))):
            opens = dt.date(year, 1, 1)
            add(str(year), CreditYear(year=year, claims_open=opens, claims_close=closes,
                                      approvals_open=opens, approvals_close=closes))  # fmt: skip
            add(str(year), Requirement(year=year, title_level_group="any", public_hours=30, specialty_hours=60,
                                       total_hours=90, legal_basis="测试"))  # fmt: skip
        add("levels", Dictionary(code="level", label="级别", source="测试"))
        add("level-1", DictionaryItem(dictionary_code="level", code="1", label="一级"))
        kind = add("paper", ClaimKind(code="paper", name="发表论文", position=1))
        version = add("paper-1", ClaimKindVersion(
            kind_id=kind.id, number=1, published_at=MOMENT, subjects=["public", "specialty"], title_label="题目",
            proof="首页", help=""))  # fmt: skip
        add(
            "journal",
            ClaimItem(kind_version_id=version.id, code="journal", label="期刊", type="text", position=1),
        )
        add("rule", HourRule(code="test.rule", kind_code="paper", name="论文", priority=1, definition={},
                             effective_from=1998, legal_basis="测试", confirmed=True))  # fmt: skip
        add("welcome", Announcement(title="开通", body="欢迎", valid_from=dt.date(2026, 1, 1)))
        add("captcha", CaptchaChallenge(token="token", answer="1234", expires_at=MOMENT))
        add("serial", CertificateSerial(credit_year=YEAR, region_code="410100", last=4))
        add("seal", JournalSeal(first_id=1, last_id=1, digests=b"\0" * 32, chain="0" * 64, sealed_at=MOMENT))

    def organizations(self) -> None:
        def organization(key, name, kind, region=None, bureau=None, authority=None, **columns):
            row = make_organization(
                self.session, name, kind, region, bureau=self.rows.get(bureau), authority=self.rows.get(authority),
                **columns)  # fmt: skip
            self.rows[key] = row
            self.world.put(key, row)

        organization("province", "河南省人社厅", "province", "410000")
        organization("zhengzhou", "郑州市人社局", "bureau", "410100", "province")
        organization("luoyang", "洛阳市人社局", "bureau", "410300", "province")
        organization("jinshui", "金水区人社局", "bureau", "410105", "zhengzhou")
        organization("jiyuan", "济源市人社局", "bureau", "419001", "province")
        organization("health", "省卫健委", "authority", None, "province", industry_code="Q")
        organization("education", "省教育厅", "authority", None, "province", industry_code="P")
        organization("hospital", "金水医院", "employer", "410105", "jinshui", "health")
        organization("school", "洛阳学校", "employer", "410300", "luoyang", "education")
        organization("company", "郑州公司", "employer", "410100", "zhengzhou")
        organization("mill", "济源工厂", "employer", "419001", "jiyuan")
        organization("academy", "郑州培训学院", "institution", "410100", "zhengzhou")
        organization("system", "系统办公室", "system")
        organization("clinic", "金水诊所", "employer", "410105", "jinshui", status="pending")
        for employer in EMPLOYERS:
            row = self.rows[employer]
            head = self.add(f"{employer}-office", Department(organization_id=row.id, name="办公室"))
            self.add(f"{employer}-desk", Department(organization_id=row.id, name="前台", parent_id=head.id))

    def people(self) -> None:
        for employer, people in EMPLOYERS.items():
            office = self.world.id(Department, f"{employer}-office")
            for name in people:
                row = make_person(self.session, name, self.rows[employer], department_id=office)
                self.rows[name] = row
                self.world.put(name, row)
                self._account(name, person=row)
        applicant = make_person(self.session, "applicant", self.rows["hospital"], state="pending")
        self.world.put("applicant", applicant)
        self._account("applicant", person=applicant, status="pending")
        for key in list(self.world.ids[type(self.rows["province"])]):
            # The same citizen administers the company and is one of its professionals.
            same = {"citizen_id": self.rows["manager"].citizen_id} if key == "company" else {}
            status = "pending" if key == "clinic" else "active"
            self._account(f"{key}_admin", organization=self.rows[key], status=status, **same)
        self._account("nurse_rejected", organization=self.rows["clinic"], status="rejected")

    def _account(self, name: str, **columns) -> None:
        self.accounts[name] = make_account(self.session, **columns)
        self.world.put(name, self.accounts[name])

    def claims(self, employer: str) -> None:
        first, second = EMPLOYERS[employer]
        admin = self.accounts[f"{employer}_admin"]
        for status in ClaimStatus:
            self._claim(f"{first}-{status}", first, status=status, subject="public")
        authority = {"hospital": "health", "school": "education"}.get(employer)
        for status in DECLARED_OR_LATER if authority else ():
            self._claim(f"{first}-{status}-{authority}", first, status=status, approver=self.rows[authority])
        self._claim(f"{second}-draft", second)
        self._claim(f"{second}-registered", second, registered_by=admin)
        self._claim(f"{second}-submitted", second, status="submitted", subject="public")
        self.world.put(f"{first}-waiting", make_attachment(self.session, None, self.accounts[first]))
        self.world.put(f"{employer}_admin-waiting", make_attachment(self.session, None, admin))

    def _claim(self, name: str, person: str, **columns) -> None:
        claim = make_claim(self.session, self.rows[person], title=name, **columns)
        self.rows[name] = claim
        self.world.put(name, claim)
        self.world.put(name, claim.attachments[0])

    def records(self, employer: str) -> None:
        first, second = EMPLOYERS[employer]
        person, admin = self.rows[first], self.accounts[f"{employer}_admin"]
        bureau = {"hospital": "jinshui", "school": "luoyang", "company": "zhengzhou", "mill": "jiyuan"}[
            employer
        ]
        decider = self.accounts[f"{bureau}_admin"]
        put = self.world.put
        approved, revoked = self.rows[f"{first}-approved"], self.rows[f"{first}-revoked"]
        put(f"{first}-posted", make_entry(self.session, person, approved, decider))
        taken = make_entry(self.session, person, revoked, decider)
        put(f"{first}-taken", taken)
        put(f"{first}-taken-back", make_entry(self.session, person, revoked, decider, reversal_of=taken))
        put(f"{first}-{YEAR}", make_summary(self.session, person, public_hours=20))
        put(
            f"{second}-{YEAR - 1}",
            make_summary(self.session, self.rows[second], year=YEAR - 1, complete=True),
        )
        put(f"{second}-valid", make_certificate(self.session, self.rows[second], admin, year=YEAR - 1))
        put(f"{first}-void", make_certificate(self.session, person, admin, year=YEAR - 1, revoked=True))
        for action, actor, status in (("declare", admin, "declared"), ("approve", decider, "approved")):
            claim = self.rows[f"{first}-{status}"]
            key = f"{employer}-{action}"
            self.add(
                key, Batch(key=key, workflow="claim", transition=action, actor_id=actor.id, done_count=1)
            )
            self.add(key, BatchItem(batch_key=key, object_id=claim.id, outcome="done"))
            self.add(key, JournalEntry(actor_id=actor.id, actor_organization_id=actor.organization_id,
                                       object_type="claim", object_id=claim.id, action=action, to_status=status,
                                       batch_id=key))  # fmt: skip

    def leftovers(self) -> None:
        for name, account in self.accounts.items():
            self.add(name, Notice(account_id=account.id, title=f"致{name}"))
            self.add(f"{name}-login", JournalEntry(actor_id=account.id, object_type="account", object_id=account.id,
                                                   action="login"))  # fmt: skip

    def finish(self) -> World:
        for name, account in self.accounts.items():
            actor = load_actor(self.session, account.id)
            if actor is not None:
                self.world.actors[name] = actor
        self.world.actors["visitor"] = VISITOR
        return self.world
