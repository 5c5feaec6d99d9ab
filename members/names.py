"""Names for sorting and searching: characters, pinyin, initials, with every reading of a surname."""

from functools import lru_cache
from itertools import product

from pypinyin import Style, pinyin

# Readings that surnames have besides, or instead of, the common one.
SURNAMES: dict[str, tuple[str, ...]] = {
    "单": ("shan",), "解": ("xie",), "仇": ("qiu",), "区": ("ou",), "查": ("zha",), "盖": ("ge",), "朴": ("piao",),
    "翟": ("zhai",), "覃": ("qin", "tan"), "曾": ("zeng",), "任": ("ren",), "华": ("hua",), "宁": ("ning",),
    "燕": ("yan",), "冼": ("xian",), "尉": ("wei", "yu"), "乐": ("yue", "le"), "员": ("yun",), "缪": ("miao",),
    "繁": ("po",), "秘": ("bi",), "召": ("shao",), "洗": ("xian",), "黑": ("he",), "种": ("chong",), "晟": ("cheng",),
    "折": ("she",), "逄": ("pang",), "佴": ("nai",), "哈": ("ha",), "隗": ("wei", "kui"), "干": ("gan",),
    "牟": ("mu", "mou"),
    "祭": ("zhai",), "那": ("na",), "纪": ("ji",), "过": ("guo",), "呙": ("guo",), "车": ("che",), "万": ("wan",),
    "尹": ("yin",), "卜": ("bu",), "长": ("zhang",), "石": ("shi",), "叶": ("ye",), "沈": ("shen",), "阚": ("kan",),
}  # fmt: skip


@lru_cache(maxsize=20_000)
def _readings(character: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pinyin(character, style=Style.NORMAL, heteronym=True, errors=str.lower)[0]))


@lru_cache(maxsize=20_000)
def _common(character: str) -> str:
    return str(pinyin(character, style=Style.NORMAL, errors=str.lower)[0][0])


@lru_cache(maxsize=200_000)
def spellings(name: str) -> tuple[str, ...]:
    """Spellings of a name, syllables divided by spaces, the likeliest first; every reading of the surname is there."""
    if not name:
        return ()
    first = tuple(dict.fromkeys((*SURNAMES.get(name[0], ()), *_readings(name[0]))))
    if name[0] not in SURNAMES:
        first = tuple(dict.fromkeys((_common(name[0]), *first)))
    rest = tuple(_common(character) for character in name[1:])
    return tuple(" ".join(spelling) for spelling in product(first, *((syllable,) for syllable in rest)))


def sort_name(name: str) -> str:
    """What a list is sorted by: `chen hai tao 陈海涛`."""
    return f"{spellings(name)[0]} {name}"[:120] if name else ""


@lru_cache(maxsize=200_000)
def lexemes(name: str) -> tuple[str, ...]:
    """Words under which a name is found by their beginnings: 陈海涛, 海涛, 涛, chenhaitao, haitao, tao, cht, ht …"""
    words = {name[start:] for start in range(len(name))}
    for spelling in spellings(name):
        syllables = spelling.split(" ")
        for start in range(len(syllables)):
            words.add("".join(syllables[start:]))
            words.add("".join(syllable[:1] for syllable in syllables[start:]))
    return tuple(sorted(word for word in words if word))


def search_vector(name: str) -> str:
    """The lexemes as a literal of PostgreSQL's `tsvector`, needing no dictionary and no locale."""
    return " ".join(_quoted(word) for word in lexemes(name))


def search_query(typed: str) -> str:
    """A `tsquery` literal for what somebody typed: each word must begin one of the lexemes; empty for nothing."""
    words = [word for word in typed.replace("'", " ").replace("\\", " ").lower().split() if word]
    return " & ".join(f"{_quoted(word)}:*" for word in words)


def _quoted(word: str) -> str:
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
