"""The request as the views read it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

NUL = "\x00"


class CleanRequest(Request):
    """A request without NUL characters: nobody types them, and PostgreSQL stores none and fails at each."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The query parameters."""
        return _without_nul(super().args)

    def _load_form_data(self) -> None:
        loaded = "form" in self.__dict__
        super()._load_form_data()
        if not loaded:
            self.__dict__["form"] = _without_nul(self.__dict__["form"])


def _without_nul(values: Any) -> Any:
    if not any(NUL in name or NUL in value for name, value in values.items(multi=True)):
        return values
    return ImmutableMultiDict(
        (name.replace(NUL, ""), value.replace(NUL, "")) for name, value in values.items(multi=True)
    )
