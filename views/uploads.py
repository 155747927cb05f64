"""Workbooks as they arrive: the form they are sent with, and their content."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from services.spreadsheets import MAXIMUM_BYTES


def workbook_form(label: str, how: str) -> FlaskForm:
    """Return the form of one workbook.

    Args:
        label: which one, as in ``填好的 Excel 文件``.
        how: what to send and what happens then.
    """

    class Form(FlaskForm):
        file = FileField(
            f"{label}（.xlsx）",
            [FileRequired(f"请选择{label}")],
            description=how,
            render_kw={"accept": ".xlsx"},
        )

    return Form()


def sent_workbook_of(form: FlaskForm) -> tuple[str, bytes]:
    """Return name and content of what was sent, read no further than one byte beyond what is allowed."""
    upload = form.file.data
    with upload.stream as stream:
        return upload.filename, stream.read(MAXIMUM_BYTES + 1)
