"""Templates hold words and structure: nothing that the content policy blocks, nothing that skips escaping."""

import re

import pytest

from tests.architecture import sources

RULES = {
    "an inline style": r"<style\b|\sstyle\s*=",
    "an inline script": r"<script(?![^>]*\ssrc=)[^>]*>(?!\s*</script>)(?<!json\">)",
    "an inline handler": r"\son[a-z]+\s*=\s*[\"']",
    "an htmx handler": r"\shx-on[:\-a-z]*\s*=",
    "an unescaped value": r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off",
    "a script address": r"(?:href|src|action)\s*=\s*[\"']\s*javascript:",
    "another host": r"(?:src|href)\s*=\s*[\"'](?:https?:)?//",
}


@pytest.mark.parametrize("what", RULES)
def test_no_template_has(what: str) -> None:
    found = [
        f"{sources.short(path)}: {match.group(0).strip()}"
        for path in sources.templates()
        for match in re.finditer(RULES[what], path.read_text(encoding="utf-8"))
        # A PDF's own page carries its styles inside: it is never shown by a browser.
        if "pdf" not in path.parent.parts
    ]
    assert found == []


def test_the_pdf_templates_escape_too() -> None:
    found = [
        sources.short(path)
        for path in sources.templates()
        if re.search(RULES["an unescaped value"], path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_post_form_carries_its_token() -> None:
    for path in sources.templates():
        text = path.read_text(encoding="utf-8")
        for form in re.findall(r"<form\b[^>]*method=\"post\"[^>]*>.*?</form>", text, flags=re.DOTALL | re.IGNORECASE):
            assert "csrf_token" in form or "{% include" in form, sources.short(path)


def test_marking_a_text_as_safe_is_left_to_format_html() -> None:
    found = {
        sources.short(path)
        for path in sources.python_files()
        if re.search(r"\bmark_safe\(", path.read_text(encoding="utf-8"))
    }
    # The styles of a PDF are constants of that module.
    assert found <= {"carehelp/reports/printing.py"}
