"""Comparing a typed password with a stored hash, in the same time whether or not there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.password_profile import MAXIMUM_PASSWORD
from services.typed_text import normal_password

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Hashing:
    """The scheme passwords are hashed with, as the application configured it.

    Attributes:
        hash: turns a password into its hash; slow on purpose.
        verify: (password, hash) → whether they match; as slow.
        outdated: whether a hash was made with other parameters than those of today.
    """

    hash: Callable[[str], str]
    verify: Callable[[str, str], bool]
    outdated: Callable[[str], bool]

    def matches(self, typed: str, stored: str | None) -> bool:
        """Tell whether ``typed`` is the password of a hash; without a hash it takes as long.

        A password longer than anybody's is none: hashing it would fail, and its length must not show.
        """
        password = normal_password(typed[:MAXIMUM_PASSWORD])
        if stored is None or len(typed) > MAXIMUM_PASSWORD or len(password) > MAXIMUM_PASSWORD:
            self.hash(password[:MAXIMUM_PASSWORD])
            return False
        return self.verify(password, stored)

    def renewed(self, typed: str, stored: str) -> str | None:
        """Return a new hash of a right password where the stored one is outdated."""
        return self.hash(normal_password(typed)) if self.outdated(stored) else None
