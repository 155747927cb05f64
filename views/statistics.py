"""统计分析: completion, hours and what waits, each number with the list behind it and each table as Excel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for
from flask_admin import expose

from models.base import now, today
from models.enums import UserType
from services import settings, statistics, statistics_hours, statistics_keeping, statistics_waiting
from services.certificate_pdf import hours_text
from views import menu, statistics_links
from views.exporting import sent_workbook
from views.extensions import actor, db
from views.own_account import RolePage
from views.unknown import UnknownError
from views.values import shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Region

OFFICES_SHOWN = 20
TABS = (("index_view", "完成情况"), ("hours_view", "学时"), ("waiting_view", "待办与时限"))


class StatisticsView(RolePage):
    """The figures of the actor's scope."""

    @expose("/")
    def index_view(self) -> str:
        """Show how many people have completed a year."""
        year, region = asked_year(), _region()
        code = region.code if region else None
        tables = [
            statistics.table(db.session(), actor(), one, year, code, statistics.MOST_GROUPS)
            for one in statistics.offered(actor())
            if not (one == "region" and code and not code.endswith("00"))
        ]
        links = statistics_links.of_people(db.session(), actor(), year, code)
        return self._page(
            "completion", year=year, region=region, tables=tables, links=links,
            total=next(table.total for table in tables if table.total), drill=self._drill(code),
        )  # fmt: skip

    @expose("/hours/")
    def hours_view(self) -> str:
        """Show which hours were posted."""
        year, region = asked_year(), _region()
        code = region.code if region else None
        tables = [
            statistics_hours.table(db.session(), actor(), one, year, code) for one in statistics_hours.TITLES
        ]
        links = statistics_links.of_entries(actor(), year, code)
        return self._page("hours", year=year, region=region, tables=tables, links=links)

    @expose("/waiting/")
    def waiting_view(self) -> str:
        """Show what waits, and how long."""
        queues = statistics_waiting.of_scope(db.session(), actor(), today())
        link = statistics_links.of_waiting(actor())
        return self._page(
            "waiting",
            region=None,
            undivided=bool(request.args.get("year") or request.args.get("region")),
            queues=queues,
            most=OFFICES_SHOWN,
            late_title=_late_title(),
            link=link,
            only_counted=not all(map(link, (*queues.stages, *queues.offices[:OFFICES_SHOWN]))),
        )

    @expose("/export/")
    def export_view(self) -> Any:
        """Send one table as a workbook, all its lines."""
        code, session, who = request.args.get("table", ""), db.session(), actor()
        region = _region()
        place = region.code if region else None
        about = {"年度": str(asked_year())}
        about |= {"区域": region.name} if region else {}
        if code in statistics.offered(who):
            table = statistics.table(session, who, code, asked_year(), place)
            lines: Sequence[Sequence[Any]] = [
                (one.name, one.people, one.complete, one.missing, f"{one.percent}%")
                for one in (*table.groups, *([table.total] if table.total else []))
            ]
            return _sent(
                f"按{table.by}的完成情况", (table.by, "在职人数", "已完成", "未完成", "完成率"), lines, about
            )
        if code in statistics_hours.TITLES:
            hours = statistics_hours.table(session, who, code, asked_year(), place)
            lines = [
                (one.name, one.entries, one.public, one.specialty, one.total)
                for one in (*hours.lines, hours.total)
            ]
            return _sent(
                f"按{hours.by}的学时", (hours.by, "笔数", "公需学时", "专业学时", "合计学时"), lines, about
            )
        if code in {"stages", "offices"}:
            queues = statistics_waiting.of_scope(session, who, today())
            rows = queues.stages if code == "stages" else queues.offices
            lines = [
                (one.label, one.office or "全部", one.count, one.late, one.median, one.oldest) for one in rows
            ]
            header = ("事项", "办理机构", "件数", _late_title(), "等待天数（中位）", "等待天数（最长）")
            return _sent("待办与时限", header, lines, {})
        return abort(404)

    def _page(self, name: str, **context: Any) -> str:
        """Render a tab; year and region chosen go along to the others."""
        kept = {key: value for key in ("year", "region") if (value := request.args.get(key))}
        endpoint = str(request.endpoint).rpartition(".")[2]
        rest = {key: value for key, value in kept.items() if key != "year"}
        behind = statistics_keeping.as_of(db.session())
        return self.render(
            f"admin/statistics/{name}.html",
            tabs=[(label, url_for(f".{view}", **kept), view == endpoint) for view, label in TABS],
            years=[(number, url_for(f".{endpoint}", year=number, **rest)) for number in years_shown()],
            whole_url=url_for(
                f".{endpoint}", **{key: value for key, value in kept.items() if key != "region"}
            ),
            as_of=shown_text(behind or now()),
            behind=behind is not None,
            export=lambda table: url_for(".export_view", table=table, **kept),
            hours_text=hours_text,
            **context,
        )

    def _drill(self, region: str | None) -> Any:
        """Return where a line of the table of regions leads: to the counties of a city."""
        if actor().user_type is UserType.BUREAU or region:
            return lambda _code: ""
        return lambda code: (
            url_for(".index_view", year=asked_year(), region=code)
            if code and code.endswith("00") and code[2:] != "0000"
            else ""
        )


def _late_title() -> str:
    days = settings.value(db.session(), settings.REMIND_AFTER)
    return f"已满 {settings.REMIND_AFTER.kind.shown(days)}"


def years_shown() -> list[int]:
    """Return the years whose figures are offered, this one first."""
    return statistics.years(db.session(), today().year)


def asked_year() -> int:
    """Return the year the address asks for, this one where it asks for none.

    Raises:
        UnknownError: it is none of those offered; figures of another year are no answer.
    """
    asked, offered = request.args.get("year", ""), years_shown()
    if asked and asked not in map(str, offered):
        raise UnknownError(
            f"没有您所要的年度的统计。可以选择 {offered[-1]} 至 {offered[0]} 年度。",
            url_for(".index_view"),
            f"查看 {offered[0]} 年度的统计",
        )
    return int(asked or offered[0])


def _region() -> Region | None:
    """Return the region the address asks for, nothing where it asks for none.

    Raises:
        UnknownError: there is none of that code in the actor's own region; an employer has none to choose.
    """
    asked = request.args.get("region", "")
    if not asked:
        return None
    chooses = actor().user_type is not UserType.EMPLOYER
    region = statistics.region_named(db.session(), actor(), asked) if chooses else None
    if region is None:
        sentence = "没有您所要的区域的统计：没有这个代码的区域，或者它不在您的管辖范围内。"
        raise UnknownError(sentence, url_for(".index_view"), "查看全部区域的统计")
    return region


def _sent(title: str, header: Sequence[str], lines: Sequence[Sequence[Any]], about: dict[str, str]) -> Any:
    behind = statistics_keeping.as_of(db.session())
    return sent_workbook(
        title,
        header,
        lines,
        {
            "内容": f"{menu.title_of('statistics')}：{title}",
            **about,
            "数据截至": str(shown_text(behind or now())),
            "导出人": actor().label,
            "导出时间": str(shown_text(now())),
        },
    )
