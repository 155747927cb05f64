"""What is looked for in a claim before anybody looks at it: each check is one SQL statement and one Chinese sentence.

A check finds rows of (claim, earliest other claim it is about, number of such claims). ``workflow.checking`` stores what was found;
queues filter on the outcome that then stands on the claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Numeric,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    union,
)

from models import Claim, ClaimKind, HourRule
from models.enums import ClaimStatus
from models.types import bits_apart
from workflow import guards, periods
from workflow.evidence import (
    ANOTHER,
    BY_THE_SAME_FILE,
    IN_ANOTHER_YEAR,
    OF_SAME_PERSON,
    RANKED,
    SAME_EVIDENCE,
    SAME_FILE,
    SAME_HOLDER,
    SAME_KEY,
    SAME_KIND,
    SAME_TITLE,
    claim,
    mine,
    other_claim,
    theirs,
)
from workflow.taught import failed, taught_then

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy import ColumnElement, Select

    Found = Select[Any]

MANY_CLAIMS = 5
"""So many claims of one employer proved by one file are more than a group at the same meeting needs."""
SIMILAR_BITS = 3
"""Fingerprints that differ in so few of 64 bits are of the same picture, saved or scaled once more."""
USUAL_OF_PERSON, ABOVE_OF_PERSON = 3, 2
"""After three approved claims of a kind, twice a person's mean is unusual."""
USUAL_OF_EMPLOYER, ABOVE_OF_EMPLOYER = 10, 3
CLAIMED = "claimed_hours"
"""Code of the item where 其他 says how many hours are claimed."""

usual = Claim.__table__.alias("usual").c
newer = HourRule.__table__.alias("newer").c


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked for.

    Attributes:
        name: identifier, stored with what was found.
        sentence: what a reviewer reads.
        finds: claims to look at, calendar day → SELECT of claim, other claim, number of others.
        once: looked for when a claim enters the queue only, because nothing that happens later changes it.
        of_queue: whether the outcome depends on which queue the claim waits in.
    """

    name: str
    sentence: str
    finds: Callable[[Select[int], date], Found]
    once: bool = False
    of_queue: bool = False


def _alone(condition: ColumnElement[bool], chosen: Select[int]) -> Found:
    return select(claim.id, cast(null(), BigInteger), literal(0, Integer)).where(
        claim.id.in_(chosen), condition
    )


def _pairs(*same: ColumnElement[bool], least: int = 1) -> Callable[[Select[int], date], Found]:
    number = func.count(other_claim.id.distinct())

    def finds(chosen: Select[int], _day: date) -> Found:
        found = select(claim.id, func.min(other_claim.id), number).where(claim.id.in_(chosen), ANOTHER, *same)
        return found.group_by(claim.id).having(number >= least)

    return finds


def _same_holder(chosen: Select[int], _day: date) -> Found:
    pair = select(claim.id.label("claim_id"), other_claim.id.label("other_id")).where(
        claim.id.in_(chosen), ANOTHER, not_(OF_SAME_PERSON), SAME_HOLDER
    )
    found = union(pair.where(SAME_KEY), pair.where(SAME_FILE, SAME_KIND, RANKED)).subquery("pairs")
    return select(found.c.claim_id, func.min(found.c.other_id), func.count()).group_by(found.c.claim_id)


def _unusual(owner: str, least: int, times: int) -> Callable[[Select[int], date], Found]:
    """Return what finds hours far above the mean of approved claims of the same kind and the same ``owner``."""

    def finds(chosen: Select[int], _day: date) -> Found:
        concerned = select(claim[owner]).where(claim.id.in_(chosen)).correlate(None)
        means = (
            select(usual[owner], usual.kind_id, func.avg(usual.awarded_hours).label("mean"))
            .where(usual.status == ClaimStatus.APPROVED, usual[owner].in_(concerned))
            .group_by(usual[owner], usual.kind_id)
            .having(func.count() >= least)
            .subquery("means")
        )
        return _alone(
            and_(
                means.c[owner] == claim[owner],
                means.c.kind_id == claim.kind_id,
                cast(claim.computed_hours, Numeric) > cast(means.c.mean, Numeric) * Decimal(times),
            ),
            chosen,
        )

    return finds


def _closed(chosen: Select[int], day: date) -> Found:
    declared = claim.status == ClaimStatus.DECLARED
    where = claim.credit_year, claim.region_code
    is_open = case((declared, periods.approvals_open(day, *where)), else_=periods.claims_open(day, *where))
    return _alone(not_(is_open), chosen)


_OUTSIDE_YEAR = or_(
    extract("year", claim.end_date) < claim.credit_year, extract("year", claim.start_date) > claim.credit_year
)
_IS_OTHER = claim.kind_id.in_(select(ClaimKind.__table__.c.id).where(ClaimKind.__table__.c.code == "other"))
# Only inside the CASE: elsewhere the item may be missing, or no number.
_CLAIMED_HOURS = case((_IS_OTHER, cast(claim["items"][CLAIMED].as_string(), Numeric)))
_NEWER_RULE = exists(
    select(literal(1))
    .where(
        newer.code == claim.rule_code,
        newer.version > claim.rule_version,
        newer.effective_from <= claim.credit_year,
    )
    .correlate(Claim.__table__)
)

CHECKS: tuple[Check, ...] = (
    Check("duplicate", "本人已用同一证据（编号或名称）申报过学时", _pairs(OF_SAME_PERSON, SAME_EVIDENCE)),
    Check("same_file", "本人已用内容相同的文件申报过学时", _pairs(OF_SAME_PERSON, BY_THE_SAME_FILE)),
    Check(
        "same_title",
        "本人另有同名的申报，编号或日期不同，请核对是否为同一项",
        _pairs(
            OF_SAME_PERSON,
            SAME_TITLE,
            not_(SAME_EVIDENCE),
            or_(other_claim.credit_year == claim.credit_year, and_(RANKED, not_(IN_ANOTHER_YEAR))),
        ),
    ),
    Check(
        "taught_then",
        "本人在这段时间参加了培训班，学时已由施教机构申报或认定，请核对是否为同一项培训",
        lambda chosen, _day: _alone(taught_then(), chosen),
    ),
    Check(
        "failed_class",
        "本人参加同一培训的成绩为不合格，请核对是否应当计学时",
        lambda chosen, _day: _alone(failed(), chosen),
    ),
    Check("same_holder", "他人以相同的证据、相同的署名排名（或证书编号）申报", _same_holder),
    Check(
        "shared_file",
        f"本单位有 {MANY_CLAIMS} 条以上申报使用内容相同的文件",
        _pairs(
            not_(OF_SAME_PERSON),
            SAME_FILE,
            other_claim.employer_id == claim.employer_id,
            least=MANY_CLAIMS - 1,
        ),
    ),
    Check(
        "similar_image",
        "本单位另有申报使用十分相似的图片，请核对是否为同一份材料",
        _pairs(
            other_claim.employer_id == claim.employer_id,
            SAME_KIND,
            not_(and_(OF_SAME_PERSON, IN_ANOTHER_YEAR)),
            mine.claim_id == claim.id,
            theirs.claim_id == other_claim.id,
            theirs.sha256 != mine.sha256,
            bits_apart(theirs.image_hash, mine.image_hash) <= SIMILAR_BITS,
        ),
        once=True,
    ),
    Check(
        "over_cap",
        "加上已认定和在先申报的学时，将超过该类型的年度上限",
        lambda chosen, _day: _alone(not_(guards.within_year_cap(claim.computed_hours)), chosen),
        of_queue=True,
    ),
    Check(
        "no_proof",
        "没有证明材料",
        lambda chosen, _day: _alone(not_(guards.HAS_FILE), chosen),
        once=True,
    ),
    Check("year_closed", "计入年度当前不在办理期内", _closed, of_queue=True),
    Check(
        "outside_year",
        "起止日期不在计入年度内",
        lambda chosen, _day: _alone(_OUTSIDE_YEAR, chosen),
        once=True,
    ),
    Check(
        "claimed_differs",
        "核算学时与本人申报的学时不同",
        lambda chosen, _day: _alone(cast(claim.computed_hours, Numeric) != _CLAIMED_HOURS, chosen),
        once=True,
    ),
    Check(
        "rule_replaced",
        "核算所依据的学时规则已有新版本，请核对学时",
        lambda chosen, _day: _alone(_NEWER_RULE, chosen),
    ),
    Check(
        "unusual_for_person",
        "学时明显高于本人以往同类申报",
        _unusual("person_id", USUAL_OF_PERSON, ABOVE_OF_PERSON),
        once=True,
    ),
    Check(
        "unusual_for_employer",
        "学时明显高于本单位同类申报",
        _unusual("employer_id", USUAL_OF_EMPLOYER, ABOVE_OF_EMPLOYER),
        once=True,
    ),
)
"""In the order a reviewer reads them."""

RECURRING = tuple(check for check in CHECKS if not check.once)
OF_QUEUE = tuple(check for check in CHECKS if check.of_queue)
