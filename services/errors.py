"""How a service says that something typed in cannot be accepted."""

from __future__ import annotations


class InputError(ValueError):
    """Bad input, by field: Chinese sentences that name the way out.

    Attributes:
        errors: sentence by field name; the key ``""`` holds what belongs to no field.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = errors
