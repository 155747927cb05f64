"""填写成绩: choose a class, then type its results by keyboard; what others changed meanwhile stands beside what was typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose

from models import Grade
from models.enums import GradeResult
from permissions import engine as permissions
from permissions.verbs import Verb
from services import grades
from services.grades import Mark, Typed
from views.extensions import actor, db, request_id
from views.values import as_key
from workflow.changes import NOTHING

if TYPE_CHECKING:
    from services.grades import RollRow, Saved

ROWS = 100
RESULT, SCORE, SEEN = "result", "score", "seen"


@dataclass(slots=True)
class Line:
    """One row of the form.

    Attributes:
        row: the student and his grade as stored.
        number: his place on the roll, from 1.
        result: what the result's field holds.
        score: what the score's field holds.
        error: what is wrong with what was typed.
        other: what somebody else put there meanwhile, in words.
        lost: what was typed and cannot be stored any more, in words.
    """

    row: RollRow
    number: int
    result: str
    score: str
    error: str = ""
    other: str = ""
    lost: str = ""

    @property
    def seen(self) -> str:
        """What the form says it showed."""
        return f"{self.row.revision}|{self.row.mark.code}"


@dataclass(slots=True)
class Sent:
    """What came with the form: marks that can be read, what was typed as it was, and what is wrong by key."""

    typed: list[Typed] = field(default_factory=list)
    texts: dict[int, tuple[str, str]] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)


class GradeEntryMixin:
    """The pages of the grid of grades where an institution types them."""

    get_url: Any
    render: Any

    @property
    def can_type(self) -> bool:
        """Whether the actor gives grades."""
        return permissions.may(actor(), Verb.EDIT, Grade)

    def class_to_grade(self, key: object) -> Any:
        """Return a class whose grades the actor gives; everything else is 403 or 404."""
        if not self.can_type:
            abort(403)
        number = as_key(key)
        return (grades.class_of(db.session(), number) if number else None) or abort(404)

    @expose("/classes/")
    def classes_view(self) -> Any:
        """Let the institution choose a class."""
        if not self.can_type:
            abort(403)
        term = request.args.get("search", "").strip()
        return self.render(
            "admin/grade/classes.html",
            classes=grades.classes(db.session(), term),
            most=grades.SHOWN_CLASSES,
            search=term,
            return_url=self.get_url(".index_view"),
        )

    @expose("/enter/", methods=("GET", "POST"))
    def enter_view(self) -> Any:
        """Show the roll of a class to be filled in, and store what was."""
        klass = self.class_to_grade(request.args.get("class"))
        if request.method == "POST":
            return self._stored(klass)
        return self._entry(klass)

    def _stored(self, klass: Any) -> Any:
        session, sent, key = db.session(), _sent(), klass.id
        saved = grades.save(session, actor(), key, sent.typed, request_id=request_id())
        session.commit()
        if saved.done:
            flash(f"已保存 {len(saved.done)} 名学员的成绩", "success")
        if not (sent.errors or saved.conflicts or saved.closed):
            if not saved.done:
                flash("没有改动，不用保存", "info")
            step = 1 if request.form.get("command") == "next" and not request.args.get("open") else 0
            return redirect(self._page_url(key, _page() + step), code=303)
        return self._entry(self.class_to_grade(key), sent, saved)

    def _entry(self, klass: Any, sent: Sent | None = None, saved: Saved | None = None) -> str:
        session, without = db.session(), bool(request.args.get("open"))
        students, graded = grades.count(session, klass.id)
        shown = students - graded if without else students
        pages = max(1, -(-shown // ROWS))
        page = min(_page(), pages - 1)
        if sent is None:
            rows = grades.roll(
                session, actor(), klass, offset=page * ROWS, limit=ROWS, without_result=without
            )
        else:
            rows = grades.roll(session, actor(), klass, only=sent.texts)
        lines = [_line(row, page * ROWS + number, sent, saved) for number, row in enumerate(rows, 1)]
        return str(
            self.render(
                "admin/grade/enter.html",
                klass=klass,
                students=students,
                graded=graded,
                lines=lines,
                results=[(result, grades.KEYS[result][0]) for result in GradeResult],
                problems=[line for line in lines if line.error or line.other or line.lost],
                changeable=any(line.row.editable for line in lines),
                without=without,
                page=page,
                pages=pages,
                page_url=lambda number: self._page_url(klass.id, number),
                last=page == pages - 1,
                all_url=self.get_url(".enter_view", **{"class": klass.id}),
                open_url=self.get_url(".enter_view", **{"class": klass.id, "open": 1}),
                here=self._page_url(klass.id, page),
                return_url=self.get_url(".classes_view"),
            )
        )

    def _page_url(self, key: int, page: int) -> str:
        more = {"open": 1} if request.args.get("open") else {}
        return str(self.get_url(".enter_view", **{"class": key, **more, **({"page": page} if page else {})}))


def _page() -> int:
    return as_key(request.args.get("page")) or 0


def _sent() -> Sent:
    """Read the rows of the form; a row whose hidden field was tampered with is left out."""
    sent = Sent()
    for name, seen in request.form.items():
        key = as_key(name.removeprefix(f"{SEEN}-")) if name.startswith(f"{SEEN}-") else None
        revision, _, code = seen.partition("|")
        if key is None or as_key(revision) is None:
            continue
        texts = (request.form.get(f"{RESULT}-{key}", ""), request.form.get(f"{SCORE}-{key}", ""))
        try:
            before = grades.read_code(code)
        except ValueError:
            continue
        sent.texts[key] = texts
        try:
            mark = Mark(grades.read_result(texts[0]), grades.read_score(texts[1]))
        except ValueError as error:
            sent.errors[key] = str(error)
        else:
            sent.typed.append(Typed(key, int(revision), before, mark))
    return sent


def _line(row: RollRow, number: int, sent: Sent | None, saved: Saved | None) -> Line:
    stored = row.mark
    line = Line(
        row, number, stored.result or "", "" if stored.score is None else f"{stored.score.normalize():f}"
    )
    if sent is None or row.key not in sent.texts:
        return line
    result, score = sent.texts[row.key]
    typed = _in_words(result, score)
    if not row.editable:
        changed = saved is not None and row.key in saved.closed
        line.lost = typed if changed or row.key in sent.errors else ""
        return line
    line.error = sent.errors.get(row.key, "")
    if saved is not None and row.key in saved.conflicts:
        line.other = stored.text or "没有成绩"
    if line.error or line.other:
        line.result, line.score = result, score
    return line


def _in_words(result: str, score: str) -> str:
    try:
        named = grades.read_result(result)
    except ValueError:
        named = None
    return " ".join(text for text in (named.label if named else "", score.strip()) if text) or NOTHING
