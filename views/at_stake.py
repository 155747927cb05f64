"""What a decision means for certificates already issued, said before it is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services import certificates_at_stake
from views.extensions import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflow.core import Transition
    from workflow.crediting import Source


def falling(count: int, why: str) -> list[str]:
    """Return the sentence that so many certificates fall with a decision; none where none does."""
    if not count:
        return []
    return [f"{why}，{count} 份有效证书随之撤销，持证人和制发单位会收到消息；已打印的不能再使用。"]


class HoursAtStakeMixin:
    """A grid of what earns hours: certificates rest on it.

    Attributes:
        source: what its rows are to the ledger.
    """

    source: Source

    def consequences(self, transition: Transition, keys: Sequence[int]) -> list[str]:
        """Return how many certificates fall where hours are revoked."""
        if transition.name != "revoke":
            return []
        count = certificates_at_stake.with_hours(db.session(), self.source, keys)
        return falling(count, "撤销后学时不再齐全")
