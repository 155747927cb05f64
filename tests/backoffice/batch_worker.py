"""A worker process that can be held still at an exact statement, to be killed there.

Arguments: ``run`` or ``resume``, key of the batch, rows in a portion, what the statement to stop at begins with, and the
how manieth of these it is. There it prints ``here`` and waits. The settings come from the environment, as a real worker's do.
"""

from __future__ import annotations

import sys
import time

from sqlalchemy import Engine, event

from backoffice import jobs
from services import batch_jobs


def hold(start: str, number: int) -> None:
    """Stop for good after the given statement, its transaction still open; ``COMMIT`` stops behind the commit."""
    seen = 0

    def reached() -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            time.sleep(600)

    def after(_connection, _cursor, statement, *_rest):
        if statement.startswith(start):
            reached()

    if start == "COMMIT":
        event.listen(Engine, "checkin", lambda *_rest: reached())
    else:
        event.listen(Engine, "after_cursor_execute", after)


if __name__ == "__main__":
    task, key, portion, start, number = sys.argv[1:]
    batch_jobs.PORTION = int(portion)
    hold(start, int(number))
    if task == "run":
        jobs.run_batch.call_local(key)
    else:
        jobs.resume_batches.call_local()
