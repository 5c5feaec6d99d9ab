"""Making a cell of a roster plain: width, spaces, line breaks, words for "none"."""

import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache
from typing import Any

# Zero-width and control characters, and the byte-order mark, that copying from web pages leaves behind.
INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff]"
)
SPACES = re.compile(r"\s+")
NONE = frozenset(
    {
        "",
        "无",
        "没有",
        "暂无",
        "不详",
        "未知",
        "空",
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "/",
        "//",
        "\\",
        "*",
        "?",
        "、",
        ".",
        "n/a",
    }
    | {"na", "null", "none", "nil", "无。", "(无)", "#n/a"}
)
# Space between Latin words stays; between Chinese characters it only stretches a short name.
STRETCH = re.compile(
    r"(?<=[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]) +"
    r"| +(?=[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·])"
)
DOTS = str.maketrans({"•": "·", "・": "·", "‧": "·", "●": "·", "．": "·", "∙": "·"})


def text_of(value: Any) -> str:
    """The cell as text: width folded (NFKC), no spaces at the ends, single ones inside; "" for words that mean none."""
    if isinstance(value, str):
        return value if len(value) > 4 and value.isascii() and value.isalnum() else _plain(value)
    return _plain(_written(value))


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


@lru_cache(maxsize=50_000)
def _plain(value: str) -> str:
    plain = SPACES.sub(" ", INVISIBLE.sub("", unicodedata.normalize("NFKC", value))).strip()
    return "" if plain.lower() in NONE else plain


def name_of(value: Any) -> str:
    """A person's or an organization's name: stretching spaces gone, one kind of dot between parts."""
    plain = text_of(value.translate(DOTS) if isinstance(value, str) else value)
    return STRETCH.sub("", plain) if " " in plain else plain


def compact(value: Any) -> str:
    """The cell as text without any space."""
    return text_of(value).replace(" ", "")


def yes(value: Any) -> bool | None:
    """是 / 否 in their usual forms; None for nothing or something else."""
    word = compact(value).lower()
    if word in {"是", "有", "y", "yes", "√", "✓", "✔", "true", "1", "对"}:
        return True
    if word in {"否", "不是", "n", "no", "×", "x", "false", "0", "非"}:
        return False
    return None
