"""试算: what a year would look like under drafted rules and requirements, employer by employer. Nothing is changed.

A run goes through the year's summaries in portions, each in a transaction of its own together with how far it is: a worker
killed in the middle leaves whole portions behind, and whoever goes on counts nobody twice. The approved claims of a kind whose
rules are drafted are computed twice, by the rules in force and by the drafts; one that comes out the same keeps its hours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from models import (
    Claim,
    ClaimKind,
    CreditYear,
    Organization,
    Person,
    Rehearsal,
    RehearsalLine,
    RuleDraft,
    YearSummary,
)
from models.base import now
from models.enums import ClaimStatus, DraftTarget, RehearsalState, Subject
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal, reading, requirement_editing, rule_drafts, rule_editing, rulebook
from services.errors import InputError
from services.hours import evaluate
from services.years import gaps
from workflow.postings import group_of, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.hour_rules import HourRuleSpec

AT_ONCE = 500
"""People a request computes itself; more are the worker's."""
PORTION = 500
LEFT_ALONE = timedelta(minutes=2)
STARTED = "rehearsals_started"
"""In ``session.info``: keys of runs the worker has to take up after the commit."""
NOTHING = Decimal(0)
COUNTS = ("people", "lost", "won", "claims", "public_more", "public_less", "specialty_more", "specialty_less")
REHEARSED = (DraftTarget.RULE, DraftTarget.REQUIREMENT)


# ---------------------------------------------------------------- beginning
def years(session: Session) -> list[int]:
    """Return the years in which somebody has hours, newest first: there is nothing to rehearse in the others."""
    has_hours = exists().where(YearSummary.credit_year == CreditYear.year)
    with unscoped(session, "whether a year has hours, without names"):
        found = session.scalars(select(CreditYear.year).where(has_hours).order_by(CreditYear.year.desc()))
        return list(found)


def start(
    session: Session, actor: Actor, year: int, drafts: Sequence[RuleDraft], *, request_id: str | None = None
) -> Rehearsal:
    """Begin a run with what the drafts say now. The caller commits, and then advances it or has the worker do it.

    Raises:
        InputError: by field.
    """
    errors: dict[str, str] = {}
    if not drafts:
        errors["drafts"] = "请至少选择一份草稿；没有草稿的，请先在学时规则或学时要求中点“修改”"
    for draft in drafts:
        # A closed year is no reason: a rehearsal changes nothing.
        broken = (
            [*rule_editing.contradictions(draft.content).values()] if draft.target is DraftTarget.RULE else []
        )
        if broken:
            errors["drafts"] = f"“{draft.title}”还不能计算：{broken[0]}"
    with unscoped(session, "the size of a year, without names"):
        people = (
            session.scalar(select(func.count(YearSummary.id)).where(YearSummary.credit_year == year)) or 0
        )
    if not people:
        errors["year"] = "这一年度还没有任何人的学时，请选择其他年度"
    if errors:
        raise InputError(errors)
    run = Rehearsal(
        organization_id=actor.organization_id,
        account_id=actor.account_id,
        credit_year=year,
        title="、".join(draft.title for draft in drafts),
        content={
            "rules": [draft.content for draft in drafts if draft.target is DraftTarget.RULE],
            "requirements": [draft.content for draft in drafts if draft.target is DraftTarget.REQUIREMENT],
            "drafts": [[draft.id, draft.revision] for draft in drafts],
        },
        people_count=people,
    )
    session.add(run)
    session.flush()
    if not permissions.allows(session, actor, Verb.CREATE, run):
        raise PermissionError("a rehearsal was begun by somebody who may not")
    details = {"year": year, "title": run.title}
    journal.record(session, actor, "rehearsal", run.id, "create", details=details, request_id=request_id)
    if people > AT_ONCE:
        session.info.setdefault(STARTED, []).append(run.id)
    return run


def outdated(session: Session, run: Rehearsal) -> list[str]:
    """Return the titles of drafts that were changed or published since the run began."""
    begun = {key: revision for key, revision in run.content["drafts"]}  # noqa: C416  (JSON lists, not pairs)
    known = session.scalars(select(RuleDraft).where(RuleDraft.id.in_(begun))).all()
    return [
        draft.title for draft in known if draft.revision != begun[draft.id] or draft.published_at is not None
    ]


# ---------------------------------------------------------------- computing
@dataclass
class _Year:
    """What a portion is computed with: rules in force and drafted, by kind, and drafted requirements by whom they hold for.

    ``alike`` says which kind stands for each whose hours fill the same yearly caps; the others' claims stay as they are.
    """

    year: int
    kinds: dict[int, str]
    alike: dict[int, int]
    before: dict[int, list[HourRuleSpec]]
    after: dict[int, list[HourRuleSpec]]
    requirements: dict[str, Mapping[str, Any]]


@dataclass
class _Delta:
    """How a person's year changes: hours by subject, and how many activities complete the specialty year."""

    hours: dict[Subject, Decimal] = field(default_factory=lambda: dict.fromkeys(Subject, NOTHING))
    completions: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))


def advance(session: Session, run_id: int) -> bool:
    """Compute the next portion of a run; return whether there may be more. The caller commits after each.

    Args:
        session: any session; the run's own administrator is whom the permission is asked for.
        run_id: the run; one that is not running is left alone.
    """
    with unscoped(session, "a rehearsal counts everybody's hours and shows counts by employer only"):
        run = session.scalars(
            select(Rehearsal)
            .where(Rehearsal.id == run_id, Rehearsal.state == RehearsalState.RUNNING)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if run is None:
            return False
        actor = load_actor(session, run.account_id)
        if actor is None or not permissions.may(actor, Verb.CREATE, Rehearsal):
            _end(run, RehearsalState.STOPPED, "试算人的账户已停用或不再是系统管理员，其余的人没有计算")
            return False
        people = _portion(session, run)
        if people:
            _add_lines(session, run, _computed(session, run, people))
            run.last_summary_id = people[-1].id
            run.done_count += len(people)
            run.touched_at = now()
        if len(people) < PORTION:
            _end(run, RehearsalState.DONE)
        session.flush()
        return run.state is RehearsalState.RUNNING


def _end(run: Rehearsal, state: RehearsalState, reason: str | None = None) -> None:
    run.state, run.reason = state, reason
    run.finished_at = run.touched_at = now()


def _portion(session: Session, run: Rehearsal) -> list[Row[Any]]:
    summary = YearSummary.__table__.c
    found = session.execute(
        select(*summary, group_of(Person.__table__.c.title_level_code).label("title_group"))
        .join(Person.__table__, Person.__table__.c.id == summary.person_id)
        .where(summary.credit_year == run.credit_year, summary.id > run.last_summary_id)
        .order_by(summary.id)
        .limit(PORTION)
    )
    return [*found]


def _computed(session: Session, run: Rehearsal, people: Sequence[Row[Any]]) -> dict[int, dict[str, int]]:
    """Return the counts of a portion by employer."""
    year = _year_of(session, run)
    claims: dict[int, list[Row[Any]]] = {}
    for claim in _claims(session, year, [person.person_id for person in people]) if year.kinds else ():
        claims.setdefault(claim.person_id, []).append(claim)
    found: dict[int, dict[str, int]] = {}
    for person in people:
        delta = _delta(year, claims.get(person.person_id, ()))
        complete = _complete(year, person, delta)
        counts = delta.counts | {
            "people": 1,
            "lost": int(person.complete and not complete),
            "won": int(complete and not person.complete),
        }
        total = found.setdefault(person.employer_id, dict.fromkeys(COUNTS, 0))
        for name, count in counts.items():
            total[name] += count
    return found


def _year_of(session: Session, run: Rehearsal) -> _Year:
    rules = run.content["rules"]
    codes = {rule["kind"] for rule in rules}
    kinds = {
        row.id: row.code
        for row in session.execute(select(ClaimKind.id, ClaimKind.code).where(ClaimKind.code.in_(codes)))
    }
    year = run.credit_year
    merged = reading.merged_kinds(session)
    concerned = {merged.get(key, key) for key in kinds}
    return _Year(
        year,
        kinds,
        {key: key for key in concerned} | {key: now for key, now in merged.items() if now in concerned},
        {key: rulebook.load_rules(session, code, year) for key, code in kinds.items()},
        {key: rule_editing.rules_with(session, rules, code, year) for key, code in kinds.items()},
        {
            group.value: drafted
            for group in requirement_editing.GROUPS
            if (drafted := requirement_editing.drafted_for(session, run.content["requirements"], group.value))
        },
    )


def _claims(session: Session, year: _Year, people: list[int]) -> Iterable[Row[Any]]:
    """Return the approved claims whose rules are drafted, and those that fill the same caps, in the order they were approved."""
    return session.execute(
        select(
            Claim.person_id, Claim.kind_id, Claim.subject, Claim.items, Claim.computed_hours, Claim.awarded_hours,
            Claim.completes_specialty_year,
        )
        .where(
            Claim.person_id.in_(people),
            Claim.credit_year == year.year,
            Claim.kind_id.in_(year.alike),
            Claim.status == ClaimStatus.APPROVED,
        )
        .order_by(Claim.person_id, Claim.decided_at, Claim.id)
    )  # fmt: skip


def _delta(year: _Year, claims: Iterable[Row[Any]]) -> _Delta:
    """Compute the claims of one person by both sets of rules and return the difference."""
    delta = _Delta()
    had: dict[tuple[int, bool], Decimal] = {}
    for claim in claims:
        kind, standing = year.kinds.get(claim.kind_id), year.alike[claim.kind_id]
        if kind is None:
            for drafted in (False, True):
                had[standing, drafted] = had.get((standing, drafted), NOTHING) + claim.awarded_hours
            continue
        both = []
        for drafted, rules in ((False, year.before), (True, year.after)):
            already = had.get((standing, drafted), NOTHING)
            both.append(
                evaluate(
                    rules[claim.kind_id], kind, claim.items, year.year, already, subject=claim.subject.value
                )
            )
        before, after = both
        same = (before.hours, before.completes_specialty_year) == (
            after.hours,
            after.completes_specialty_year,
        )
        cut = (
            claim.computed_hours - claim.awarded_hours
        )  # what the approver took away he would take away again
        hours = claim.awarded_hours if same else max(after.hours - cut, NOTHING)
        had[standing, False] = had.get((standing, False), NOTHING) + claim.awarded_hours
        had[standing, True] = had.get((standing, True), NOTHING) + hours
        if same:
            continue
        change = hours - claim.awarded_hours
        if not cut:  # less than computed completes no year
            delta.completions += int(after.completes_specialty_year) - int(claim.completes_specialty_year)
        delta.hours[claim.subject] += change
        delta.counts["claims"] += 1
        delta.counts[f"{claim.subject.value}_{'more' if change > 0 else 'less'}"] += int(abs(change) * 10)
    return delta


def _complete(year: _Year, person: Row[Any], delta: _Delta) -> bool:
    """Tell whether a year would be complete, by the same arithmetic as the page of the year."""
    required = {name: getattr(person, f"required_{name}") for name in ("public", "specialty", "total")}
    drafted = year.requirements.get(person.title_group)
    if drafted is not None:
        required = {name: Decimal(drafted[f"{name}_hours"]) for name in required}
    summary = YearSummary(
        public_hours=person.public_hours + delta.hours[Subject.PUBLIC],
        specialty_hours=person.specialty_hours + delta.hours[Subject.SPECIALTY],
        specialty_completions=person.specialty_completions + delta.completions,
        **{f"required_{name}": hours for name, hours in required.items()},
    )
    return required["total"] > NOTHING and not any(_lacks(summary))


def _lacks(summary: YearSummary) -> tuple[Decimal, Decimal, Decimal]:
    missing = gaps(summary)
    return missing.public, missing.specialty, missing.rest


def _add_lines(session: Session, run: Rehearsal, found: Mapping[int, Mapping[str, int]]) -> None:
    table: Any = RehearsalLine.__table__
    offices = session.execute(
        select(Organization.id, Organization.name, Organization.region_code).where(Organization.id.in_(found))
    ).all()
    rows = [
        {
            "rehearsal_id": run.id,
            "employer_id": office.id,
            "employer_name": office.name,
            "region_code": office.region_code,
        }
        | dict(found[office.id])
        for office in offices
    ]
    statement = upsert(session, table)
    more = {name: table.c[name] + statement.excluded[name] for name in COUNTS}
    session.execute(
        statement.on_conflict_do_update(index_elements=["rehearsal_id", "employer_id"], set_=more), rows
    )


# ---------------------------------------------------------------- looking
def progress(run: Rehearsal) -> int:
    """Return how far a run is, in whole percent."""
    return min(100, 100 * run.done_count // run.people_count) if run.people_count else 100


def totals(session: Session, run: Rehearsal) -> dict[str, int]:
    """Return the counts of all employers together, and how many there are."""
    sums = (func.coalesce(func.sum(getattr(RehearsalLine, name)), 0).label(name) for name in COUNTS)
    row = session.execute(
        select(func.count(RehearsalLine.id).label("employers"), *sums).where(
            RehearsalLine.rehearsal_id == run.id
        )
    ).one()
    return {name: int(count) for name, count in row._asdict().items()}


def lines(session: Session, run: Rehearsal, limit: int) -> list[RehearsalLine]:
    """Return the employers whose people or hours would change, those with most flips first."""
    flips = RehearsalLine.lost + RehearsalLine.won
    return list(
        session.scalars(
            select(RehearsalLine)
            .where(RehearsalLine.rehearsal_id == run.id, (flips > 0) | (RehearsalLine.claims > 0))
            .order_by(flips.desc(), RehearsalLine.claims.desc(), RehearsalLine.id)
            .limit(limit)
        )
    )


def left_alone(session: Session, moment: datetime) -> list[int]:
    """Return the keys of running rehearsals that nobody has touched for a while: their worker is gone."""
    return list(
        session.scalars(
            select(Rehearsal.id)
            .where(Rehearsal.state == RehearsalState.RUNNING, Rehearsal.touched_at < moment - LEFT_ALONE)
            .order_by(Rehearsal.id)
        )
    )


def delete(session: Session, actor: Actor, run: Rehearsal, *, request_id: str | None = None) -> None:
    """Forget a run and what it found; a running one stops."""
    journal.record(
        session, actor, "rehearsal", run.id, "delete", details={"title": run.title}, request_id=request_id
    )
    session.delete(run)
    session.flush()


def drafts(session: Session) -> list[RuleDraft]:
    """Return the drafts that can be rehearsed."""
    return rule_drafts.open_drafts(session, REHEARSED)
