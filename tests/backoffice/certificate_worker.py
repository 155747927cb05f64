"""A worker process that prints certificates and can be held still at an exact statement, to be killed there.

Arguments: ``run`` or ``resume``, key of the order, rows in a portion, what the statement to stop at begins with, and the
how manieth of these it is, as for ``batch_worker``.
"""

from __future__ import annotations

import sys

from batch_worker import hold

from backoffice import jobs
from services import certificate_run_steps as steps

if __name__ == "__main__":
    task, key, portion, start, number = sys.argv[1:]
    steps.PORTION = steps.PAGES = int(portion)
    hold(start, int(number))
    if task == "run":
        jobs.run_certificates.call_local(int(key))
    else:
        jobs.resume_certificates.call_local()
