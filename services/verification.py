"""证书查验: telling anybody whether a certificate is genuine, and telling administrators of one that was altered.

What is shown depends on what the visitor holds: the number alone (it can be counted up) opens the verdict with the name
and the citizen id covered; who also knows the name sees what the paper shows. See docs/decisions/0026.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, literal, or_, select

from models import Account, Certificate, JournalEntry, Notice
from models.base import now
from models.enums import AccountStatus, CertificateStatus, Revocation, UserType
from permissions import engine as permissions
from permissions.actor import VISITOR
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import certificate_seal, check_code, journal, lockout
from services.certificate_number import make_number, parse_number
from services.check_code import Check
from services.lockout import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

MISCOPIED = (
    "没有这样的编号：应为“豫继教”加 17 位数字（最后一位可能是 X）。多半是没有抄对，请对照证书逐位核对；"
    "反复核对仍然如此的，证书上的编号本身就不对，请向发证机关核实。"
)
"""No miss: nothing can be learned from it."""
UNKNOWN = "没有这个编号的证书，或证书内容与存档不符。请对照证书核对编号；仍然无效的，请向发证机关核实。"
WITHDRAWN = "发证单位已撤销这份证书，具体原因请向该单位核实"
"""Where the reason is of no kind that may be told to anybody."""
OTHER_NAME = "编号与姓名不符：这个编号的证书不是发给此人的。请对照证书核对姓名（生僻字、间隔号）和编号。"
MISSES = Limit(30, timedelta(minutes=15))
"""Wrong numbers, names and codes from one address: an office that mistypes stays below, who tries names does not."""
REPORT_AGAIN = timedelta(days=1)
ALTERED = "altered"
COVER = "**"
DOTS = dict.fromkeys(map(ord, "•・‧∙⋅．."), "·")  # noqa: RUF001  (what keyboards write for the dot of a minority name)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verifier is told.

    Attributes:
        status: ``None`` for 无效: unknown, forged, altered, or somebody else's.
        checked_at: when it was looked up.
        number: of the certificate; empty where there is none.
        fields: (label, value) that may be shown.
        reason: the kind of reason it was revoked for, or why it is invalid.
        revoked_at: when it was revoked.
        named: whether the name was compared and is right.
        code: the check code of this answer; empty where there is no such certificate.
        altered: key of a certificate that no longer is what was sealed.
    """

    status: CertificateStatus | None
    checked_at: datetime
    number: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    reason: str | None = None
    revoked_at: datetime | None = None
    named: bool = False
    code: str = ""
    altered: int | None = None


def verify(session: Session, text: str, name: str | None = None) -> Verification:
    """Tell anybody whether a certificate is genuine; what is no number at all was :data:`MISCOPIED`.

    Args:
        session: any session.
        text: the number as typed.
        name: the name on the paper as typed; ``None`` where only the number is known.
    """
    parts = parse_number(text)
    if parts is None:
        return Verification(None, now(), reason=MISCOPIED)
    with unscoped(session, "anybody may verify a number he holds"):
        found = session.scalars(select(Certificate).where(Certificate.number == make_number(*parts))).first()
        return _told(found, name)


def what_holds_now(session: Session, check: Check) -> Verification:
    """Tell what holds now of a certificate an earlier answer was about."""
    with unscoped(session, "who holds a check code was told about its certificate"):
        return _told(session.get(Certificate, check.certificate_id), None)


def holds(session: Session, actor: Actor, number: str) -> bool:
    """Tell whether a certificate is the actor's own, or issued by his employer: then it can be carried away."""
    if not permissions.may(actor, Verb.CARRY, Certificate):
        return False
    with unscoped(session, "the expression is the permission"):
        own = select(Certificate.id).where(
            Certificate.number == number, permissions.rows(actor, Verb.CARRY, Certificate)
        )
        return bool(session.scalar(select(own.exists())))


def _told(found: Certificate | None, name: str | None) -> Verification:
    moment = now()
    if found is None:
        return Verification(None, moment, reason=UNKNOWN)
    if not certificate_seal.holds(found):
        answer = Verification(None, moment, reason=UNKNOWN, altered=found.id)
    elif name is not None and not same_name(name, found.snapshot["name"]):
        return Verification(
            None, moment, reason=OTHER_NAME
        )  # no code: it would stand for a certificate not held
    else:
        named = name is not None
        answer = Verification(
            found.status, moment, found.number, _shown(found.snapshot, named=named), public_reason(found),
            found.revoked_at, named=named,
        )  # fmt: skip
    return replace(answer, code=check_code.write(Check(found.id, moment, answer.status, answer.named)))


def public_reason(found: Certificate) -> str | None:
    """Return the kind of reason a certificate was revoked for: what was written may name people and their ids."""
    if found.revoked_reason is None:
        return None
    kind = Revocation.of_reason(found.revoked_reason)
    return kind.label if kind else WITHDRAWN


def same_name(typed: str, printed: str) -> bool:
    """Tell whether a typed name is the printed one; blanks, width and the kind of dot do not matter."""
    return _plain(typed) == _plain(printed)


def _plain(name: str) -> str:
    dotted = unicodedata.normalize("NFKC", name.translate(DOTS)).translate(DOTS)
    return "".join(dotted.split()).casefold()


def _shown(snapshot: Mapping[str, Any], *, named: bool) -> tuple[tuple[str, str], ...]:
    hours = {"public_hours": "公需科目", "specialty_hours": "专业科目", "total_hours": "合计"}
    person = [("姓名", snapshot["name"] if named else snapshot["name"][:1] + COVER)]
    if named:
        person += [("性别", snapshot["sex"]), ("身份证号", snapshot["masked_citizen_id"])]
    return (
        ("证书编号", snapshot["number"]),
        *person,
        ("工作单位", snapshot["employer_name"]),
        ("年度", f"{snapshot['credit_year']} 年度"),
        *((label, f"{snapshot[key]} 学时") for key, label in hours.items()),
        ("发证机关", snapshot["issuing_office"]),
        ("发证日期", snapshot["issued_on"]),
    )


# ---------------------------------------------------------------- who asks too often
def held_until(session: Session, address: str) -> datetime | None:
    """Return until when an address gets no more answers, or ``None``."""
    with unscoped(session, "locks belong to no role"):
        return lockout.held_until(session, _counted_under(address), now())


def count_miss(session: Session, address: str) -> None:
    """Count a number, name or code that was wrong; the caller commits."""
    with unscoped(session, "locks belong to no role"):
        lockout.reserve(session, _counted_under(address), MISSES, now())


def _counted_under(address: str) -> str:
    return lockout.source_key(address, "verification")


# ---------------------------------------------------------------- one that was altered
def report_altered(session: Session, certificate_id: int, *, request_id: str | None = None) -> bool:
    """Tell the system's, the province's and the issuer's administrators that a certificate was altered.

    Told once a day for each certificate, however often it is asked about; the caller commits.

    Args:
        session: any session.
        certificate_id: key of the certificate.
        request_id: for the journal.

    Returns:
        Whether they were told now.
    """
    moment = now()
    with unscoped(session, "whoever finds it out is a visitor"):
        known = select(JournalEntry.id).where(
            JournalEntry.object_type == "certificate", JournalEntry.object_id == certificate_id,
            JournalEntry.action == ALTERED, JournalEntry.moment > moment - REPORT_AGAIN,
        )  # fmt: skip
        # The row lock lets one of two visitors at once report it.
        found = session.get_one(Certificate, certificate_id, with_for_update=True)
        if session.scalar(select(known.exists())):
            return False
        journal.record(
            session, VISITOR, "certificate", certificate_id, ALTERED, details={"number": found.number},
            on_behalf_of_id=found.person_id, request_id=request_id,
        )  # fmt: skip
        told = or_(
            Account.user_type.in_((UserType.SYSTEM, UserType.PROVINCE)),
            and_(Account.user_type == UserType.EMPLOYER, Account.organization_id == found.employer_id),
        )
        values = {
            "account_id": Account.id,
            "title": literal(f"证书 {found.number} 的存档被改动"),
            "body": literal(
                "存档内容与制证时的校验值不符，查验一律答复“无效”。这不是正常业务造成的，可能有人直接改动了数据库。"
                "请系统管理员用备份核对该证书的记录，并运行 audit verify、ledger verify。"
            ),
            "link": literal(""),
            "created_at": literal(moment, Notice.created_at.type),
        }
        rows = select(*values.values()).where(Account.status == AccountStatus.ACTIVE, told)
        session.execute(insert(Notice).from_select(list(values), rows))
    return True
