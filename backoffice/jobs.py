"""Background jobs: huey on SQLite or Redis, the same task code on both."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from huey import RedisHuey, SqliteHuey, crontab
from sqlalchemy import delete

from backoffice import batching, outbox, printing, rehearsing
from backoffice.app import create_app
from backoffice.config import load
from backoffice.importing import carry_out
from models import CaptchaChallenge
from models.base import now, today
from services import (
    audit,
    batch_jobs,
    certificate_runs,
    chain_checks,
    delegations,
    findings,
    import_runs,
    inbox_mail,
    lockout,
    mail,
    recovery,
    registration_drafts,
    rehearsals,
    reminders,
    sessions,
    statistics_keeping,
    stored_files,
    year_rows,
)
from services.queues import QUEUES
from views.extensions import system_session

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)

MOST_PORTIONS = 200
"""Portions of counting or writing in one run; the next one goes on."""


def make_queue(url: str) -> SqliteHuey | RedisHuey:
    """Return the queue of a setting: ``redis://…`` or ``sqlite:///path``."""
    if url.startswith("redis://"):
        return RedisHuey("backoffice", url=url)
    return SqliteHuey("backoffice", filename=url.removeprefix("sqlite:///"))


settings = load()
settings.var.mkdir(parents=True, exist_ok=True)
queue = make_queue(settings.queue_url)
_apps: list[Flask] = []


def _app() -> Flask:
    if not _apps:
        _apps.append(create_app(settings))
    return _apps[0]


@queue.periodic_task(crontab(minute="*"))
def seal_journal() -> int:
    """Seal what the requests themselves could not seal."""
    with _app().app_context(), system_session() as session:
        return audit.seal(session)


@queue.task()
def verify_journal(account_id: int) -> None:
    """Verify the whole journal as the account ordered it."""
    with _app().app_context(), system_session() as session:
        chain_checks.carry_out(session, account_id)


@queue.periodic_task(crontab(minute="*"))
def resume_verification() -> int:
    """Do what was ordered while no worker listened."""
    with _app().app_context(), system_session() as session:
        accounts = chain_checks.left_alone(session)
        for account_id in accounts:
            chain_checks.carry_out(session, account_id)
    return len(accounts)


@queue.periodic_task(crontab(minute="*"))
def deliver_mail() -> int:
    """Send what lies in the outbox; requests that put a mail there call for it as well."""
    with _app().app_context():
        return outbox.Delivery(system_session, outbox.carrier_of(settings), settings.public_url).run()


@queue.periodic_task(crontab(minute="*"))
def mail_inboxes() -> int:
    """Write the mails of messages for those who asked for them: at once, and once a day after the hour that was set."""
    number = 0
    with _app().app_context():
        for write in (inbox_mail.write_at_once, inbox_mail.write_digests):
            for _portion in range(MOST_PORTIONS):
                with system_session() as session:
                    written = write(session, now())
                number += written
                if not written:
                    break
    return number


@queue.task()
def run_import(key: int) -> None:
    """Store the good rows of an import, a portion in each transaction."""
    with _app().app_context():
        carry_out(system_session, key)


@queue.periodic_task(crontab(minute="*"))
def resume_imports() -> int:
    """Go on with imports whose worker is gone."""
    with _app().app_context():
        with system_session() as session:
            keys = import_runs.left_alone(session, now())
        for key in keys:
            carry_out(system_session, key)
    return len(keys)


@queue.task()
def run_batch(key: str) -> None:
    """Fire the portions of a batch."""
    with _app().app_context():
        batching.carry_out(system_session, key)


@queue.periodic_task(crontab(minute="*"))
def resume_batches() -> int:
    """Go on with batches whose worker is gone."""
    with _app().app_context():
        with system_session() as session:
            keys = batch_jobs.left_alone(session, now())
        for key in keys:
            batching.carry_out(system_session, key)
    return len(keys)


@queue.task()
def run_rehearsal(key: int) -> None:
    """Compute a rehearsal, a portion in each transaction."""
    with _app().app_context():
        rehearsing.carry_out(system_session, key)


@queue.periodic_task(crontab(minute="*"))
def resume_rehearsals() -> int:
    """Go on with rehearsals whose worker is gone."""
    with _app().app_context():
        with system_session() as session:
            keys = rehearsals.left_alone(session, now())
        for key in keys:
            rehearsing.carry_out(system_session, key)
    return len(keys)


@queue.task()
def run_certificates(key: int) -> None:
    """Issue and print what an order of certificates asks for."""
    app = _app()
    with app.app_context():
        printing.carry_out(system_session, app.media, key, settings.public_url)  # type: ignore[attr-defined]


@queue.periodic_task(crontab(minute="*"))
def resume_certificates() -> int:
    """Go on with orders of certificates whose worker is gone."""
    app = _app()
    with app.app_context():
        with system_session() as session:
            keys = certificate_runs.left_alone(session, now())
        for key in keys:
            printing.carry_out(system_session, app.media, key, settings.public_url)  # type: ignore[attr-defined]
    return len(keys)


@queue.periodic_task(crontab(minute="*"))
def count_anew() -> int:
    """Bring the counts of marked employers up to date, a portion in each transaction."""
    number = 0
    with _app().app_context():
        for _portion in range(MOST_PORTIONS):
            with system_session() as session:
                counted = statistics_keeping.refresh(session)
            number += counted
            if not counted:
                break
    return number


@queue.periodic_task(crontab(minute="41", hour="18"))
def count_everybody() -> int:
    """Make all counts anew at night in China: what was changed past the system is then counted too.

    Before that everybody gets the row of a year that has opened.
    """
    with _app().app_context(), system_session() as session:
        year_rows.begin(session)
    with _app().app_context(), system_session() as session:
        return statistics_keeping.rebuild(session)


@queue.periodic_task(crontab(minute="17"))
def clean_up() -> int:
    """Drop what expired (captchas, sessions, locks, links, registrations, printed files), old mails, and files of forms nobody saved."""
    app = _app()
    with app.app_context(), system_session() as session:
        session.execute(delete(CaptchaChallenge).where(CaptchaChallenge.expires_at < now()))
        mail.forget(session, now())
        inbox_mail.forget(session, now())
        sessions.clean_up(session, sessions.Limits(settings.session_idle, settings.session_longest))
        lockout.clean_up(session, now())
        recovery.clean_up(session)
        import_runs.clean_up(session, now())
        scans = registration_drafts.clean_up(session, now())
        orphans = stored_files.forget_unsaved(session, now())
        reminders.forget(session, today())
        printed = certificate_runs.clean_up(session, now())
    for key in (*orphans, *scans, *printed):
        app.media.delete(key)  # type: ignore[attr-defined]
    return len(orphans) + len(scans) + len(printed)


@queue.periodic_task(crontab(minute="3", hour="0-9"))
def remind_of_waiting() -> int:
    """Tell offices what waits too long, a queue in each transaction: at eight in China, and what was missed then each hour of the day."""
    number = 0
    with _app().app_context():
        for endpoint in QUEUES:
            with system_session() as session:
                number += reminders.remind(session, endpoint, now())
    return number


@queue.periodic_task(crontab(minute="11"))
def end_lapsed_delegations() -> int:
    """Write down that delegations are over by their last day, and tell both sides."""
    with _app().app_context(), system_session() as session:
        return delegations.lapse(session, today())


@queue.periodic_task(crontab(minute="23", hour="19"))
def delete_unnamed_files() -> int:
    """Delete stored files no row names, at night in China."""
    app = _app()
    with app.app_context(), system_session() as session:
        return stored_files.clean_up(session, app.media, now())  # type: ignore[attr-defined]


@queue.periodic_task(crontab(minute="*/10"))
def check_new_claims() -> int:
    """Check claims that wait and were never checked, such as those of before an upgrade."""
    with _app().app_context():
        return findings.check_waiting(system_session, today(), only_new=True)


@queue.periodic_task(crontab(minute="5", hour="16"))
def check_waiting_claims() -> int:
    """Check all claims that wait once more when the day begins in China: years close, rules and others change."""
    with _app().app_context():
        return findings.check_waiting(system_session, today(), only_new=False)
