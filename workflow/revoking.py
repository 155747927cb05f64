"""Certificates revoked because what they rest on is gone: set-based, in the transaction that takes it away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, literal, or_, update

from models import Account, Certificate
from models.enums import AccountStatus, CertificateStatus, UserType
from workflow import undo
from workflow.effects import put_notices
from workflow.journaling import journal
from workflow.sentences import sentence

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from models.enums import Revocation
    from workflow.core import Firing

account, certificate = Account.__table__.c, Certificate.__table__.c
HOLDERS = or_(
    and_(account.user_type == UserType.PERSON, account.person_id == certificate.person_id),
    and_(account.user_type == UserType.EMPLOYER, account.organization_id == certificate.employer_id),
)
"""Who has the paper in his hands: the professional, and the administrators of the employer that issued it."""


def revoke_certificates(
    firing: Firing, concerned: ColumnElement[bool], kind: Revocation, detail: str | None = None
) -> None:
    """Revoke the valid certificates that meet a condition and tell those who hold them.

    Args:
        firing: what happened.
        concerned: condition on certificates.
        kind: what anybody who verifies one is told.
        detail: what only those who see the certificate inside the system are told besides.
    """
    fallen = and_(certificate.status == CertificateStatus.VALID, concerned)
    reason = kind.reason(detail)
    journal(
        firing, Certificate.__table__, fallen, "revoke", from_status=CertificateStatus.VALID,
        to_status=CertificateStatus.REVOKED, reason=reason,
    )  # fmt: skip
    told = and_(
        fallen, HOLDERS, account.status == AccountStatus.ACTIVE, account.id != firing.actor.account_id
    )
    put_notices(
        replace(firing, reason=f"{sentence(reason)}已打印的不要再使用或发放"),
        literal("证书已被撤销：") + certificate.number,
        told,
        undo.page_of(Certificate),
    )
    firing.session.execute(
        update(Certificate.__table__)
        .where(fallen)
        .values(status=CertificateStatus.REVOKED, revoked_at=firing.moment, revoked_reason=reason)
    )
