"""What may be uploaded as a certificate template, and what each refusal says."""

import io
import stat
import zipfile

import pytest
from PIL import Image

from services.certificate_archive import packed, read_archive, starter, unpacked
from services.certificate_fields import CertificateRenderError
from services.certificate_marks import lay_out
from services.certificate_template import TEMPLATE_FOLDER, TemplateFolder
from services.certificate_text import FONT_FOLDER
from services.errors import InputError

MAIN = (TEMPLATE_FOLDER / "template.html").read_bytes()


def picture(kind="PNG"):
    target = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(target, kind)
    return target.getvalue()


def archive(files, **attributes):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for path, content in files.items():
            member = zipfile.ZipInfo(path)
            for name, value in attributes.items():
                setattr(member, name, value)
            file.writestr(member, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def test_the_system_s_own_template_can_be_uploaded_as_it_was_downloaded():
    files = read_archive(starter(), "证书模板.zip")
    assert files == {path.name: path.read_bytes() for path in TEMPLATE_FOLDER.iterdir()}
    assert unpacked(packed(files)) == files


def test_a_folder_around_everything_and_what_desktops_add_are_taken_off():
    files = {
        "模板/template.html": MAIN,
        "模板/图/章.png": picture(),
        "__MACOSX/模板/._template.html": b"\0\1",
        "模板/.DS_Store": b"\0",
    }
    assert set(read_archive(archive(files), "a.zip")) == {"template.html", "图/章.png"}


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"PK\3\4 nothing", "a.zip", "已损坏"),
        (MAIN, "template.html", "压缩成 zip"),
        (MAIN, "a.zip", "内容不是 ZIP"),
        (archive({"theme.css": b""}), "a.zip", "没有 template.html"),
        (archive({"template.html": MAIN, "../x.css": b""}), "a.zip", "以外的位置"),
        (archive({"template.html": MAIN, "/etc/x.css": b""}), "a.zip", "以外的位置"),
        (archive({"template.html": MAIN, "C:\\x.css": b""}), "a.zip", "以外的位置"),
        (archive({"template.html": MAIN}, external_attr=(stat.S_IFLNK | 0o777) << 16), "a.zip", "是链接"),
        (archive({"template.html": MAIN, "zeros.css": b"0" * 50_000_000}), "a.zip", "压缩比"),
        (archive({f"{place}.css": b"" for place in range(300)}), "a.zip", "超过 200 个"),
        (archive({"template.html": MAIN, "run.exe": b"MZ"}), "a.zip", "是程序"),
        (archive({"template.html": MAIN, "page.py": b"print()"}), "a.zip", "是程序"),
        (archive({"template.html": MAIN, "logo.svg": b"<svg/>"}), "a.zip", "用不到"),
        (archive({"template.html": MAIN, "logo.png": picture("JPEG")}), "a.zip", "logo.png.*不是 PNG"),
        (archive({"template.html": MAIN, "name.ttf": picture()}), "a.zip", "name.ttf.*TrueType"),
        (archive({"template.html": MAIN, "theme.css": "宋".encode("gb18030")}), "a.zip", "theme.css.*UTF-8"),
        (archive({"template.html": MAIN, "theme.css": b"a\0b"}), "a.zip", "不是文本"),
    ],
)
def test_an_archive_that_is_no_template_is_refused_with_what_to_do(data, name, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        read_archive(data, name)
    assert set(caught.value.errors) == {"file"}


def test_a_template_may_bring_its_own_font_and_picture():
    css = (TEMPLATE_FOLDER / "theme.css").read_text("utf-8")
    css = '@font-face { font-family: own; src: url("own.ttf"); }\n' + css.replace(
        "body { font-family: certificate-serif", "body { font-family: own"
    )
    html = MAIN.replace(b"<h1>", b'<img src="logo.png" style="width: 10pt; height: 10pt"><h1>')
    font = (FONT_FOLDER / "NotoSansSC_700Bold.ttf").read_bytes()
    files = {"template.html": html, "theme.css": css.encode(), "own.ttf": font, "logo.png": picture()}
    assert list(lay_out(TemplateFolder(files)).fonts) == ["NotoSansSC-Bold"]


@pytest.mark.parametrize(
    "source",
    [
        "/etc/hostname",
        "file:///etc/hostname",
        "../secret.png",
        "http://127.0.0.1:9/x.png",
        "https://example.com/x.png",
    ],
)
def test_a_template_reaches_neither_network_nor_files_of_others(source, tmp_path, caplog):
    html = MAIN.replace(b"<h1>", f'<img src="{source}"><h1>'.encode())
    files = {path.name: path.read_bytes() for path in TEMPLATE_FOLDER.iterdir()} | {"template.html": html}
    with pytest.raises(CertificateRenderError, match="证书模板"):
        lay_out(TemplateFolder(files))
    assert "could not lay out" in caplog.text
