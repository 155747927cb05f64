"""Names under which a browser keeps what is typed into a form, so that it can be offered again."""

from __future__ import annotations

from flask import request

from views.extensions import actor

ASKED_FOR = ("id", "kind")


def draft_key(part: object = "") -> str:
    """Return the name of the form shown: whose it is, its page, and what the page is about.

    Args:
        part: which of several forms at one address, such as the step of a registration.

    Another account at the same computer has other names, so that it is never offered what is not its own.
    """
    about = [f"{name}={request.args[name]}" for name in ASKED_FOR if request.args.get(name)]
    return "|".join([str(actor().account_id or "visitor"), request.path, *about, str(part)])
