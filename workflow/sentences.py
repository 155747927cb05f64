"""What users type as a reason, put into sentences of ours."""

from __future__ import annotations

STOPS = "。.；;，,、"
ENDS = ("！", "!", "？", "?", "…")


def sentence(text: str) -> str:
    """Return what somebody typed as a sentence that ends once, whether or not he ended it himself."""
    plain = text.rstrip().rstrip(STOPS).rstrip()
    return plain if plain.endswith(ENDS) else f"{plain}。"
