"""The command line. Exit 0 is fine; errors are one sentence on stderr."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from backoffice.config import SettingsError, load
from models.enums import UserType

if TYPE_CHECKING:
    from flask import Flask


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


def _app() -> Flask:
    from backoffice.app import create_app

    return create_app()


@click.group()
def cli() -> None:
    """继教通: 专业技术人员继续教育信息管理系统."""


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), type=int)
@click.option("--workers", default=2, show_default=True)
def run(host: str, port: int, workers: int) -> None:
    """Serve the web application."""
    from backoffice.server import serve

    load()  # a wrong setting is told here, once, and not by every worker
    serve(host, port, workers)


@cli.command()
@click.option("--workers", default=1, show_default=True)
def worker(workers: int) -> None:
    """Work on background jobs."""
    from backoffice.jobs import queue

    # An idle worker looks at the queue every second, so that a mail somebody waits for leaves at once.
    queue.create_consumer(workers=workers, periodic=True, max_delay=1.0).run()


@cli.group()
def db() -> None:
    """Schema of the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date."""
    from backoffice import migrating

    settings = load()
    settings.var.mkdir(parents=True, exist_ok=True)
    migrating.upgrade(settings.database_url)


@db.command("check")
def db_check() -> None:
    """Tell whether the schema is what the models say."""
    from backoffice import migrating

    differences = migrating.check(load().database_url)
    if differences:
        _fail("数据库结构与模型不一致：" + "；".join(differences))
    click.echo("数据库结构与模型一致")


@cli.group()
def seed() -> None:
    """Reference data, demo world, bulk data."""


@seed.command("base")
def seed_base() -> None:
    """Put the reference data in; a second time changes nothing."""
    from seed.base import seed_base as put
    from views.extensions import system_session

    with _app().app_context(), system_session() as session:
        for line in put(session):
            click.echo(f"{line.code}\t{line.label}\t{line.entries}")


@seed.command("demo")
def seed_demo() -> None:
    """Build the demo world through the workflow; a second time changes nothing."""
    from backoffice.demo import build_world

    _demo(build_world)


@seed.command("load")
@click.option("--people", type=click.IntRange(1), required=True)
@click.option("--claims-per-person", type=click.IntRange(0), default=2, show_default=True)
@click.option("--seed", "number", type=int, default=1, show_default=True)
def seed_load(people: int, claims_per_person: int, number: int) -> None:
    """Load synthetic rows in bulk, for speed tests."""
    from seed.load import load as put
    from views.extensions import system_session

    with _app().app_context(), system_session() as session:
        click.echo(put(session, people=people, claims_per_person=claims_per_person, seed=number))


@cli.command()
def demo() -> None:
    """Tell the main job without a browser, in the demo world."""
    from backoffice.story import tell

    _demo(tell)


@cli.group()
def accounts() -> None:
    """Logins."""


@accounts.command("demo")
@click.option("--json", "as_json", is_flag=True, help="machine readable")
def accounts_demo(*, as_json: bool) -> None:
    """List the logins of the demo world."""
    from backoffice.demo import logins

    found = logins(_app())
    if not found:
        _fail("没有演示账户，请先运行 seed demo")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for login in found:
        click.echo(
            f"{login['role']}\t{login['organization_name']}\t{login['organization_code'] or '-'}\t"
            f"{login['citizen_id']}\t{login['password']}"
        )


@accounts.command("create-system")
@click.option("--citizen-id", prompt="身份证号")
@click.option("--name", prompt="姓名")
@click.option("--mobile", prompt="手机")
@click.option("--email", prompt="电子邮箱")
@click.password_option(prompt="密码")
def accounts_create_system(citizen_id: str, name: str, mobile: str, email: str, password: str) -> None:
    """Create the system administrator's first login."""
    from flask_security import hash_password

    from services.errors import InputError
    from services.offices import create_system_administrator
    from services.registration import Credentials
    from views.extensions import system_session

    try:
        with _app().app_context(), system_session() as session:
            create_system_administrator(
                session, Credentials(citizen_id, password, name, mobile, email), hash_password
            )
    except InputError as error:
        _fail(str(error))
    click.echo("已创建系统管理员")


@accounts.command("create-office")
@click.option("--kind", type=click.Choice(["province", "bureau", "authority", "institution"]), required=True)
@click.option("--name", required=True, help="full name of the office")
@click.option("--code", required=True, help="9 or 18 character organisation code")
@click.option("--region", help="GB/T 2260 code, for province, bureau and institution")
@click.option("--superior", help="organisation code of the office above")
@click.option("--industry", help="GB/T 4754 code, for an authority")
@click.option("--citizen-id", prompt="管理员身份证号")
@click.option("--administrator", prompt="管理员姓名")
@click.option("--mobile", prompt="手机")
@click.option("--email", prompt="电子邮箱")
@click.password_option(prompt="密码")
def accounts_create_office(**given: str) -> None:
    """Create an office and its first administrator, as an installation begins with them."""
    from flask_security import hash_password

    from services.errors import InputError
    from services.offices import OfficeInput, open_office
    from services.registration import Credentials
    from views.extensions import system_session

    office = OfficeInput(
        given["kind"], given["name"], given["code"], given["region"], given["superior"], given["industry"]
    )
    first = Credentials(
        given["citizen_id"], given["password"], given["administrator"], given["mobile"], given["email"]
    )
    try:
        with _app().app_context(), system_session() as session:
            open_office(session, office, first, hash_password)
    except InputError as error:
        _fail(str(error))
    click.echo(f"已创建 {office.name}")


@accounts.command("reset")
@click.option("--user-type", type=click.Choice([str(kind) for kind in UserType]), required=True)
@click.option("--code", default="", help="organisation code; nothing for a person")
@click.option("--citizen-id", prompt="身份证号")
def accounts_reset(user_type: str, code: str, citizen_id: str) -> None:
    """Give a login an initial password, unlock it and take its second factor off: the way in when nobody else can help."""
    from flask_security import hash_password

    from services import settings
    from services.errors import InputError
    from services.passwords import reset_by_operator
    from views.extensions import system_session

    app = _app()
    try:
        with app.app_context(), system_session() as session:
            password = reset_by_operator(
                session,
                UserType(user_type),
                code,
                citizen_id,
                fixed=app.settings.initial_password,  # type: ignore[attr-defined]
                hash_password=hash_password,
            )
            lifetime = settings.shown(session, settings.INITIAL_PASSWORD_HOURS)
    except InputError as error:
        _fail(str(error))
    click.echo(f"初始密码（{lifetime}内有效，首次登录须修改）：{password}")


@accounts.command("unite-duties")
def accounts_unite_duties() -> None:
    """Let every system administrator hold all three duties again (三员分立 off): no administrator can do it alone."""
    from services.duties import unite_by_operator
    from services.errors import InputError
    from views.extensions import system_session

    try:
        with _app().app_context(), system_session() as session:
            unite_by_operator(session)
    except InputError as error:
        _fail(str(error))
    click.echo("已停用三员分立：系统管理机构的每位管理员都可以办理三种职责的事项")


@accounts.command("new-keys")
def accounts_new_keys() -> None:
    """Print a new keyring for BACKOFFICE_DATA_KEYS."""
    from models.crypto import generate_setting

    click.echo(generate_setting())


@cli.group()
def ledger() -> None:
    """学时台账."""


@ledger.command("verify")
def ledger_verify() -> None:
    """Prove that ledger, claims and year summaries agree."""
    from services import ledger as service

    problems = _system(service.verify)
    if problems:
        _fail("\n".join(problems))
    click.echo("台账、申报与年度汇总一致")


@ledger.command("rebuild")
def ledger_rebuild() -> None:
    """Build the year summaries anew from the ledger."""
    from services import ledger as service

    click.echo(f"已重建 {_system(service.rebuild)} 条年度汇总")


@cli.group()
def statistics() -> None:
    """统计分析."""


@statistics.command("rebuild")
def statistics_rebuild() -> None:
    """Make the counts behind 统计分析 anew from people, years and ledger."""
    from services import statistics_keeping

    click.echo(f"已重建 {_system(statistics_keeping.rebuild)} 条统计")


@cli.group()
def audit() -> None:
    """操作日志."""


@audit.command("verify")
@click.option("--anchor", help="chain value printed by an earlier run, kept elsewhere: tells a cut-off end")
def audit_verify(anchor: str | None) -> None:
    """Prove that no sealed journal row was altered, removed or reordered."""
    from services import audit as service

    report = _system(lambda session: service.verify(session, anchor=anchor))
    if report.problem:
        _fail(report.problem)
    click.echo(f"已核对 {report.sealed} 条封存日志，未发现改动；另有 {report.unsealed} 条尚未封存")
    click.echo(f"链值 {report.head}")


@cli.group()
def certificates() -> None:
    """合格证书."""


@certificates.command("verify-credential")
@click.argument("file", type=click.Path())
@click.option("--keys", type=click.Path(), required=True, help="did.json of the issuer")
@click.option("--status-list", type=click.Path(), help="the list the credential names")
def certificates_verify_credential(file: str, keys: str, status_list: str | None) -> None:
    """Prove offline that a downloaded credential is genuine and, with a status list, not revoked."""
    from models.base import now
    from services.credential_check import CredentialError, check

    try:
        click.echo(check(_text(file), _text(keys), _text(status_list) if status_list else None, now()))
    except CredentialError as error:
        _fail(str(error))


@cli.command()
@click.argument("path", type=click.Path())
def backup(path: str) -> None:
    """Write database and files into one archive."""
    from backoffice import backups

    _backup(backups.backup, path)


@cli.command()
@click.argument("path", type=click.Path(exists=True))
def restore(path: str) -> None:
    """Put an archive back into an empty installation."""
    from backoffice import backups

    _backup(backups.restore, path)


@cli.command()
def docs() -> None:
    """Write the generated documents anew."""
    from backoffice.documents import write_all

    for path in write_all():
        click.echo(path)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        _fail(f"无法读取文件 {path}，或它不是 UTF-8 文本")


def _demo(work: Any) -> None:
    from seed.demo_stage import DemoError

    try:
        sentence = work(_app())
    except DemoError as error:
        _fail(str(error))
    else:
        if sentence:
            click.echo(sentence)


def _backup(action: Any, path: str) -> None:
    from backoffice.backups import BackupError

    try:
        click.echo(action(load(), path))
    except BackupError as error:
        _fail(str(error))


def _system(work: Any) -> Any:
    from views.extensions import system_session

    with _app().app_context(), system_session() as session:
        return work(session)


def main() -> None:
    """Run the command line; a wrong setting is one sentence, never a traceback."""
    try:
        cli()
    except SettingsError as error:
        _fail(str(error))
