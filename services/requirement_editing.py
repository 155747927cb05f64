"""Changing what a year asks for (学时要求), for a year that is not closed; the year's summaries are judged anew."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from models import Certificate, CreditYear, Person, Requirement, RuleDraft, YearSummary
from models.base import label_of, today
from models.enums import CertificateStatus, DraftTarget, TitleLevelGroup
from permissions.wall import unscoped
from services.errors import InputError
from services.publishing import Published
from services.rule_fields import Unreadable, hours, line
from workflow.marks import mark
from workflow.postings import judge, upsert, would_change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

Content = dict[str, Any]
FIGURES = ("public_hours", "specialty_hours", "total_hours")
GROUPS = (TitleLevelGroup.SENIOR_MIDDLE, TitleLevelGroup.JUNIOR)
LABELS = {name: label_of(Requirement, name) for name in (*FIGURES, "legal_basis")}


def key_of(requirement: Requirement) -> str:
    """Return what drafts call a requirement by."""
    return f"{requirement.year}:{requirement.title_level_group}"


def stored(session: Session, key: str) -> Content | None:
    """Return a requirement as a draft writes it."""
    year, _, group = key.partition(":")
    if not (year.isascii() and year.isdigit()) or group not in set(TitleLevelGroup):
        return None
    row = session.scalars(
        select(Requirement).where(Requirement.year == int(year), Requirement.title_level_group == group)
    ).first()
    if row is None:
        return None
    figures = {name: f"{getattr(row, name).normalize():f}" for name in FIGURES}
    return {
        "year": row.year,
        "title_level_group": row.title_level_group.value,
        **figures,
        "legal_basis": row.legal_basis,
    }


def title(content: Mapping[str, Any]) -> str:
    """Return year and group."""
    return f"{content['year']} 年度学时要求（{TitleLevelGroup.of(content['title_level_group']).label}）"


def read(content: Mapping[str, Any], typed: Mapping[str, Any]) -> Content:
    """Return the requirement a form describes; raises :class:`InputError` by field."""
    errors: dict[str, str] = {}
    changed = dict(content)
    for name in FIGURES:
        try:
            changed[name] = hours(str(typed.get(name) or "").strip())
        except Unreadable as error:
            errors[name] = f"“{LABELS[name]}”{error}"
        else:
            if changed[name] is None:
                errors[name] = f"请填写“{LABELS[name]}”，没有要求的填 0"
    basis = str(typed.get("legal_basis") or "").strip()
    changed["legal_basis"] = basis
    try:
        line(basis)
    except Unreadable as error:
        errors["legal_basis"] = f"“{LABELS['legal_basis']}”{error}"
    if not basis:
        errors["legal_basis"] = f"请填写“{LABELS['legal_basis']}”"
    if not errors and Decimal(changed["total_hours"]) < Decimal(changed["public_hours"]) + Decimal(
        changed["specialty_hours"]
    ):
        errors["total_hours"] = "“总学时”不能小于公需与专业之和"
    if not errors and not Decimal(changed["total_hours"]):
        errors["total_hours"] = "“总学时”必须大于 0"
    if errors:
        raise InputError(errors)
    return changed


def problems(session: Session, content: Content) -> list[str]:
    """Return what stands in the way of publishing a requirement."""
    year = session.scalars(select(CreditYear).where(CreditYear.year == content["year"])).first()
    if year is None or year.approvals_close < today():
        return [f"{content['year']} 年度已关闭（审批已截止），不能再改学时要求"]
    if content["title_level_group"] == TitleLevelGroup.ANY and is_split(session, content["year"]):
        return [
            f"{content['year']} 年度已按职称级别分设，这份要求对谁都不起作用，请修改“高级、中级”和“初级”的要求"
        ]
    return []


def is_split(session: Session, year: int) -> bool:
    """Tell whether a year asks each group of title levels for something of its own."""
    return all(stored(session, f"{year}:{group.value}") for group in GROUPS)


def drafted_for(session: Session, drafts: Sequence[Content], group: str) -> Content | None:
    """Return the one of some drafts that would hold for a group of title levels: its own, else the one for everybody."""
    by_group = {draft["title_level_group"]: draft for draft in drafts}
    everybody = by_group.get(TitleLevelGroup.ANY.value)
    if everybody is not None and stored(session, f"{everybody['year']}:{group}"):
        everybody = None
    return by_group.get(group, everybody)


def publish(session: Session, content: Content) -> Published:
    """Store the requirement, a new year's too, and judge every summary of its year anew."""
    figures = {name: Decimal(content[name]) for name in FIGURES}
    known = stored(session, f"{content['year']}:{content['title_level_group']}") is not None
    key = {"year": content["year"], "title_level_group": TitleLevelGroup.of(content["title_level_group"])}
    told = {**figures, "legal_basis": content["legal_basis"]}
    session.execute(
        upsert(session, Requirement.__table__)
        .values(**key, **told)
        .on_conflict_do_update(index_elements=[*key], set_=told)
    )
    of_year = YearSummary.__table__.c.credit_year == content["year"]
    won, lost = would_change(session, of_year)
    judge(session, of_year)
    mark(session, select(Person.__table__.c.employer_id))
    earlier = select(func.max(RuleDraft.published_version)).where(
        RuleDraft.target == DraftTarget.REQUIREMENT,
        RuleDraft.target_key == f"{content['year']}:{content['title_level_group']}",
    )
    return Published((session.scalar(earlier) or int(known)) + 1, won, lost)


def described(_session: Session, content: Content) -> list[tuple[str, str]]:
    """Return what a requirement says, as (label, text)."""
    return [(label, content[name]) for name, label in LABELS.items()]


def certificates(session: Session, year: int) -> int:
    """Return how many valid certificates of a year there are: they stay, whatever the year asks for later."""
    with unscoped(session, "a count without names, for whoever changes what the year asks for"):
        return (
            session.scalar(
                select(func.count(Certificate.id)).where(
                    Certificate.credit_year == year, Certificate.status == CertificateStatus.VALID
                )
            )
            or 0
        )
