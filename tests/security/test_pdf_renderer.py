"""Whatever HTML gets into the renderer: nothing leaves, nothing is read, and monsters end in one clear sentence."""

import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carehelp.lib import pdf
from tests.lib.test_pdf import document
from tests.reports import reading

SECRET = "root:x:0:0"
SHORT = pdf.Limits(megabytes=900, cpu_seconds=4, wall_seconds=30)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server that must not be asked for anything."""
    asked: list[str] = []

    class Ears(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_HEAD = do_GET

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ears)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def hostile(url: str) -> str:
    """Every way we know of to make a renderer fetch something."""
    wanted = (f"{url}/a", "file:///etc/passwd", "//127.0.0.1/etc/passwd", "ftp://127.0.0.1/x", "/etc/passwd")
    parts = []
    for target in wanted:
        parts += [
            f'<img src="{target}">',
            f'<img srcset="{target} 2x">',
            f'<link rel="stylesheet" href="{target}">',
            f'<link rel="attachment" href="{target}">',
            f'<a rel="attachment" href="{target}">x</a>',
            f'<object data="{target}"></object><embed src="{target}"><iframe src="{target}"></iframe>',
            f'<style>@import "{target}"; @import url({target});</style>',
            f'<style>@font-face {{ font-family: x; src: url("{target}") }} p {{ font-family: x }}</style>',
            f"<p style=\"background: url('{target}'); list-style-image: url('{target}')\">x</p>",
            f"<p style=\"content: url('{target}')\">x</p>",
            f'<svg width="9" height="9"><image href="{target}" width="9" height="9"/><use href="{target}#a"/></svg>',
            f'<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{target}"/></svg>',
            f'<base href="{target}/"><img src="x">',
            f'<meta http-equiv="refresh" content="0; url={target}"><script src="{target}"></script>',
            f'<img src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22%3E'
            f'%3Cimage href=%22{target}%22/%3E%3C/svg%3E">',
        ]
    return "".join(parts)


class TestNothingLeavesTheRenderer:
    def test_no_request_and_no_file(self, listener: tuple[str, list[str]], tmp_path: Path) -> None:
        url, asked = listener
        output = tmp_path / "hostile.pdf"
        pdf.render(document(["<td>1</td><td>" + hostile(url) + "</td>"], opening=hostile(url)), output)
        assert asked == []
        assert SECRET not in reading.text(output)
        assert SECRET.encode() not in output.read_bytes()
        assert not {"/EmbeddedFiles", "/EmbeddedFile", "/Type=/EmbeddedFile", "/AF"} & reading.keys_of(output)

    def test_no_script_and_no_action_stands_in_the_file(self, listener: tuple[str, list[str]], tmp_path: Path) -> None:
        output = tmp_path / "hostile.pdf"
        pdf.render(document([], opening=hostile(listener[0]) + "<script>app.alert(1)</script>"), output)
        wrong = {
            "/JS",
            "/JavaScript",
            "/OpenAction",
            "/AA",
            "/Launch",
            "/S=/JavaScript",
            "/S=/Launch",
            "/S=/SubmitForm",
        }
        assert not wrong & reading.keys_of(output)

    def test_the_child_sees_nothing_of_our_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_KEY", "must not be inherited")
        child = pdf._Child(pdf.Limits())
        try:
            given = Path(f"/proc/{child.process.pid}/environ").read_bytes()
        finally:
            child.end()
        assert b"SECRET_KEY" not in given
        assert given.split(b"\0")[:1] == [b"LANG=C.UTF-8"]


class TestMonsters:
    @pytest.mark.parametrize(
        "body",
        [
            "<table><tr><td colspan=1000000 rowspan=65534>x</td></tr><tr><td colspan=999999>y</td></tr></table>",
            "<ol>" + "<li>x" * 20_000 + "</ol>",
            "<div>" * 3000 + "x",
            "<p>" + "长" * 3_000_000,
            "<p style='column-count: 9999'>" + "x " * 200_000,
        ],
        ids=["colspan", "list", "nesting", "word", "columns"],
    )
    def test_end_in_a_clear_sentence_within_the_limits(self, body: str, tmp_path: Path) -> None:
        start, output, said = time.monotonic(), tmp_path / "monster.pdf", ""
        try:
            pdf.render(document([], opening=body), output, limits=SHORT)
        except pdf.PdfFailed as refusal:
            said = str(refusal)
        assert bool(said) != output.exists()
        assert time.monotonic() - start < 2 * SHORT.wall_seconds

    def test_too_much_processor_time_is_too_large(self, tmp_path: Path) -> None:
        rows = [f"<td>{number}</td><td>{'文' * 400}</td>" for number in range(4000)]
        with pytest.raises(pdf.PdfTooLarge):
            pdf.render(document(rows), tmp_path / "slow.pdf", limits=pdf.Limits(cpu_seconds=1), processes=1)

    def test_too_much_memory_is_too_large(self, tmp_path: Path) -> None:
        text = "文" * 50_000_000
        with pytest.raises(pdf.PdfTooLarge):
            pdf.render(document([], opening=text), tmp_path / "fat.pdf", limits=pdf.Limits(megabytes=350))

    def test_no_child_is_left_behind(self) -> None:
        with pdf._children(2, pdf.Limits()) as children:
            processes = [child.process for child in children]
            assert [process.poll() for process in processes] == [None, None]
        assert None not in [process.poll() for process in processes]
