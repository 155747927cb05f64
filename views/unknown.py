"""An address that asks for what is not there: said in a sentence, with a way back, instead of showing something else."""

from __future__ import annotations

from werkzeug.exceptions import NotFound


class UnknownError(NotFound):
    """What the address asks for is not there.

    Attributes:
        sentence: what is not there, and what is.
        url: where to go on.
        url_label: what that is called.
    """

    def __init__(self, sentence: str, url: str, url_label: str) -> None:
        super().__init__()
        self.sentence, self.url, self.url_label = sentence, url, url_label
