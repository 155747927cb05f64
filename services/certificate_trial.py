"""Trying an uploaded template out, in a process of its own with little memory and time.

A template is a program: it can fill the memory in one line, or never end. Whatever it does happens here first; what it
draws does not depend on chance or on the clock, so what was tried once behaves the same in the server and the worker. The
process gets the archive and nothing else: no settings, no keys, no connection.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from services.certificate_archive import packed, unpacked
from services.certificate_fields import CertificateFields, CertificateRenderError
from services.certificate_marks import lay_out
from services.certificate_pdf import render_document
from services.certificate_template import TEMPLATE_FOLDER, TemplateFolder

MEMORY = 400 * 2**20
"""Bytes the process may take for data; the system's own template takes 110 MB, fonts included."""
SECONDS = 20
"""Of computing; the system's own template takes 2."""
PATIENCE = 60
"""Seconds of waiting, however busy the machine is."""
TOO_MUCH = f"模板排版要用的内存超过 {MEMORY // 2**20} MB 或时间超过 {SECONDS} 秒：请去掉很长的填充、层层嵌套的循环和特别大的图片，再上传。"
LONG_NAME = "阿卜杜热西提·买买提明·库尔班江·艾合买提"
LONG_EMPLOYER = "示例市经济技术开发区示例科学院重点实验室示范研究中心与专业技术人才联合培养基地第三附属人民医院（东院区）继续教育科"
LONG_OFFICE = "示例航空港经济综合实验区（示例新郑综合保税区）人力资源和社会保障局"
ROOT = Path(__file__).resolve().parent.parent


def try_out(files: dict[str, bytes]) -> None:
    """Lay a template out and stamp the samples on it, where nothing of it can harm the server.

    Args:
        files: of its folder, by path.

    Raises:
        CertificateRenderError: it cannot be laid out, or takes too much; in words for the user.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "services.certificate_trial"],
            input=packed(files), capture_output=True, check=False, cwd=ROOT, timeout=PATIENCE,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise CertificateRenderError(TOO_MUCH) from error
    try:
        sentence = json.loads(done.stdout)
    except ValueError as error:  # ended by a limit before it could say so
        raise CertificateRenderError(TOO_MUCH) from error
    if sentence:
        raise CertificateRenderError(sentence)


def samples() -> list[CertificateFields]:
    """Return invented certificates that show what a template does."""
    plain = CertificateFields.from_snapshot(json.loads((TEMPLATE_FOLDER / "sample.json").read_text("utf-8")))
    return [plain, replace(plain, name=LONG_NAME, employer_name=LONG_EMPLOYER, issuing_office=LONG_OFFICE)]


def _tried(content: bytes) -> str:
    """Return what is wrong with a packed template; nothing where it can be printed with."""
    try:
        for _piece in render_document(samples(), lay_out(TemplateFolder(unpacked(content)))):
            pass
    except MemoryError:
        return TOO_MUCH
    except CertificateRenderError as error:
        return TOO_MUCH if isinstance(error.__cause__, MemoryError) else str(error)
    return ""


def _main() -> None:
    content = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(_tried(content)))


if __name__ == "__main__":
    _main()
