"""Names for sorting and searching: characters, pinyin, initials, with every reading of a surname."""

import unicodedata
from functools import lru_cache

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


# Surnames of two characters whose reading is not that of their characters one by one.
COMPOUND: dict[str, str] = {
    "尉迟": "yu chi", "长孙": "zhang sun", "万俟": "mo qi", "单于": "chan yu", "澹台": "tan tai", "令狐": "ling hu",
    "鲜于": "xian yu", "亓官": "qi guan", "仉督": "zhang du", "宰父": "zai fu", "乐正": "yue zheng", "子车": "zi ju",
    "漆雕": "qi diao", "夏侯": "xia hou", "皇甫": "huang fu", "呼延": "hu yan", "公冶": "gong ye",
}  # fmt: skip
SEPARATORS = "··•・.-"  # Between the parts of names such as 买买提·艾力; nobody types them in a search.


@lru_cache(maxsize=20_000)
def _readings(character: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pinyin(character, style=Style.NORMAL, heteronym=True, errors=str.lower)[0]))


@lru_cache(maxsize=20_000)
def _common(character: str) -> str:
    return str(pinyin(character, style=Style.NORMAL, errors=str.lower)[0][0])


def plain(text: str) -> str:
    """The text as it is compared: full-width letters made ordinary, small, without the dots inside names."""
    return unicodedata.normalize("NFKC", text).lower().translate({ord(mark): None for mark in SEPARATORS})


@lru_cache(maxsize=200_000)
def spellings(name: str) -> tuple[str, ...]:
    """Spellings of a name, syllables divided by spaces, the likeliest first; every reading of the surname is there.

    The syllable lü stands as `lv`, `lu` and `lyu`: people type all three.
    """
    letters = [letter for letter in plain(name) if not letter.isspace()]
    if not letters:
        return ()
    rest = [_common(letter) for letter in letters[1:]]
    first = [*SURNAMES.get(letters[0], (_common(letters[0]),)), *_readings(letters[0])]
    found = [" ".join([reading, *rest]) for reading in dict.fromkeys(first)]
    compound = COMPOUND.get("".join(letters[:2]))
    if compound:
        found.insert(0, " ".join([compound, *rest[1:]]))
    umlauts = [one.replace("v", vowel) for one in found for vowel in ("u", "yu") if _has_umlaut(one)]
    return tuple(dict.fromkeys(found + umlauts))


def _has_umlaut(spelling: str) -> bool:
    return any(syllable in ("lv", "nv", "lve", "nve") for syllable in spelling.split(" "))


def sort_name(name: str) -> str:
    """What a list is sorted by: `chen hai tao 陈海涛`."""
    found = spellings(name)
    return f"{found[0]} {name}"[:120] if found else name


@lru_cache(maxsize=200_000)
def lexemes(name: str) -> tuple[str, ...]:
    """Words under which a name is found by their beginnings: 陈海涛, 海涛, 涛, chenhaitao, haitao, tao, cht, ht …"""
    letters = "".join(plain(name).split())
    words = {letters[start:] for start in range(len(letters))}
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
    words = plain(typed).replace("'", " ").replace("\\", " ").split()
    return " & ".join(f"{_quoted(word)}:*" for word in words)


def _quoted(word: str) -> str:
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
