"""Made-up people whose ages, sexes, joining periods, schooling and work follow the bulletin for the end of 2024.

Pure: a `random.Random` in, a `Person` out.  Shares are those of the bulletin (ten thousands of people); where it
gives only one margin (sex, schooling, work), the split by age is ours and keeps the margin.
"""

import random
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

# Years of age from, to (both included), and people; the bulletin's "61 and over" (2897.3) is divided further by us.
AGES = [
    (19, 24, 320.0), (25, 30, 907.2), (31, 35, 1076.4), (36, 40, 1147.5), (41, 45, 968.7), (46, 50, 904.1),
    (51, 55, 941.2), (56, 60, 864.6), (61, 65, 660.0), (66, 70, 650.0), (71, 75, 630.0), (76, 80, 440.0),
    (81, 85, 290.0), (86, 90, 160.0), (91, 95, 55.0), (96, 100, 12.3),
]  # fmt: skip
# Joined before: the founding of the state, the third plenum of December 1978, the congress of November 2012, now.
PERIODS = [
    (date(1943, 1, 1), date(1949, 9, 30), 5.4),
    (date(1949, 10, 1), date(1978, 12, 17), 1230.9),
    (date(1978, 12, 18), date(2012, 11, 7), 5980.0),
    (date(2012, 11, 8), None, 2810.8),
]
MINORITIES = ["回族", "满族", "蒙古族", "藏族", "壮族", "苗族", "土家族", "维吾尔族", "彝族", "侗族", "瑶族"]
ELSEWHERE = ["广东省深圳市", "浙江省杭州市", "江苏省苏州市", "上海市", "北京市"]
# Oldest age of a band: share of women, share with junior college or above, and what they work as.
WOMEN = [(30, 0.46), (35, 0.42), (40, 0.38), (45, 0.34), (50, 0.31), (55, 0.29), (60, 0.25), (130, 0.19)]
SCHOOLED = [(30, 0.90), (40, 0.85), (50, 0.70), (60, 0.50), (130, 0.20)]
HIGHER = [("大专", 45), ("大学本科", 46), ("研究生", 9)]
LOWER_YOUNG = [("高中", 45), ("中专", 30), ("初中", 25)]
LOWER_OLD = [("高中", 22), ("中专", 12), ("初中", 38), ("小学", 28)]
FARMER, WORKER, PROFESSIONAL, MANAGER = "农牧渔民", "工人", "企事业单位专业技术人员", "企事业单位管理人员"
OFFICIAL, STUDENT, OTHER, RETIRED = "党政机关工作人员", "学生", "其他职业人员", "离退休人员"
WORK = [
    (24, [(STUDENT, 60), (FARMER, 15), (OTHER, 20), (WORKER, 5)]),
    (30, [(FARMER, 14), (WORKER, 9), (PROFESSIONAL, 25), (MANAGER, 14), (OFFICIAL, 10), (STUDENT, 8), (OTHER, 20)]),
    (40, [(FARMER, 18), (WORKER, 10), (PROFESSIONAL, 28), (MANAGER, 19), (OFFICIAL, 13), (OTHER, 12)]),
    (50, [(FARMER, 27), (WORKER, 10), (PROFESSIONAL, 25), (MANAGER, 18), (OFFICIAL, 12), (OTHER, 8)]),
    (60, [(RETIRED, 13), (FARMER, 33), (WORKER, 9), (PROFESSIONAL, 16), (MANAGER, 14), (OFFICIAL, 9), (OTHER, 6)]),
    (130, [(RETIRED, 66), (FARMER, 32), (OTHER, 2)]),
]
# In which sort of branch people of each kind of work are found.
PLACES: dict[str, list[tuple[str, int]]] = {
    FARMER: [("village", 97), ("community", 3)],
    WORKER: [("enterprise", 80), ("community", 20)],
    PROFESSIONAL: [("school", 44), ("hospital", 26), ("enterprise", 30)],
    MANAGER: [("enterprise", 80), ("office", 15), ("community", 5)],
    OFFICIAL: [("office", 100)],
    STUDENT: [("school", 100)],
    OTHER: [("community", 60), ("village", 40)],
    RETIRED: [("community", 45), ("retired", 20), ("village", 12), ("office", 10), ("school", 7), ("enterprise", 6)],
}
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤单仇区解查盖朴翟"
)
DOUBLE_SURNAMES = ["欧阳", "上官", "司马", "诸葛", "尉迟"]
# First and second characters of given names by generation (born until) and sex.
GIVEN = {
    (1959, "male"): ("建国志文德永福长金玉宝明春树有", "华国民祥才富贵生林山海清发根荣"),
    (1959, "female"): ("秀桂玉淑凤春金翠兰素月美", "英兰珍花芳云香莲梅琴霞"),
    (1979, "male"): ("建志国卫永立海春俊晓向文少宏", "军强平国伟华民斌林东明峰涛忠图"),
    (1979, "female"): ("丽秀爱晓红海春燕文玉雪", "华萍敏霞芳红娟英玲静琴莲"),
    (2100, "male"): ("子浩宇俊志嘉天文泽明晨博", "轩然杰豪涛鹏飞阳宇航凯哲"),
    (2100, "female"): ("雨思佳欣梦晓雅文诗婉静", "婷涵怡琪瑶颖雪琳洁妍萱静"),
}
TYPICAL_JOINING_AGE = [(18, 3), (20, 9), (22, 12), (25, 11), (28, 9), (32, 6), (38, 4), (45, 2.2), (52, 1), (60, 0.4)]


@dataclass(frozen=True)
class Person:
    """What the file says about somebody; party age and everything sealed is derived by the floor below."""

    name: str
    sex: str
    ethnicity: str
    birth_on: date
    education: str
    occupation: str
    sort: str  # The sort of branch they belong to.
    joined_on: date
    joined_precision: str
    full_on: date | None
    full_precision: str
    category: str
    party_status: str
    suspended_days: int
    medal_on: date | None
    lost_since: date | None
    floating_to: str
    died_on: date | None
    left_on: date | None


def person(chance: random.Random, today: date) -> Person:
    """Somebody on a roster today, or who died or left within the last year."""
    ages, periods = chance.choices(_cells(), cum_weights=_cumulated(today), k=1)[0]
    birth_on = _birthday(chance, ages, today)
    while _years_on(birth_on, 18) > (PERIODS[periods][1] or today):  # Too young for that period: somebody older.
        birth_on = _birthday(chance, ages, today)
    age = today.year - birth_on.year
    sex = "female" if chance.random() < _of_age(WOMEN, age) else "male"
    work = _drawn(chance, _of_age(WORK, age))
    joined_on = _joining(chance, birth_on, periods, today)
    return Person(
        name=_name(chance, sex, birth_on.year),
        sex=sex,
        ethnicity="汉族" if chance.random() < 0.923 else chance.choice(MINORITIES),
        birth_on=birth_on,
        education=_education(chance, age, work),
        occupation=work,
        sort=_drawn(chance, PLACES[work]),
        **_membership(chance, joined_on, today),
        **_whereabouts(chance, birth_on, joined_on, today),
    )


def _membership(chance: random.Random, joined_on: date, today: date) -> dict[str, Any]:
    full_on: date | None = _years_on(joined_on, 1)
    if date(1969, 4, 14) <= joined_on < date(1977, 8, 18) and chance.random() < 0.5:
        full_on = joined_on if chance.random() < 0.5 else None  # No probation in those years.
    elif chance.random() < 0.015:
        full_on = None  # The file has lost it.
    if full_on and full_on > today:
        full_on = None
    on_probation = _years_on(joined_on, 1) > today
    month_only = joined_on.year < 1995 and chance.random() < 0.06
    suspended = 0 if on_probation or chance.random() > 0.004 else chance.randint(30, 700)
    facts: dict[str, Any] = {
        "joined_on": joined_on.replace(day=1) if month_only else joined_on,
        "joined_precision": "month" if month_only else "day",
        "full_on": full_on.replace(day=1) if full_on and month_only else full_on,
        "full_precision": "month" if month_only else "day",
        "category": "probationary" if on_probation else "full",
        "party_status": "suspended" if not on_probation and chance.random() < 0.003 else "normal",
        "suspended_days": suspended,
    }
    return facts | {"medal_on": _medal(chance, full_on or joined_on, today)}


def _medal(chance: random.Random, counts_from: date, today: date) -> date | None:
    """Nearly everybody who reached fifty years before last 1 July has the medal; it was first awarded in 2021."""
    fifty = _years_on(counts_from, 50)
    year = fifty.year if (fifty.month, fifty.day) <= (7, 1) else fifty.year + 1
    last = today.year - (1 if (today.month, today.day) >= (7, 1) else 2)
    return date(max(2021, year), 7, 1) if year <= last and chance.random() < 0.97 else None


def _whereabouts(chance: random.Random, birth_on: date, joined_on: date, today: date) -> dict[str, Any]:
    age = today.year - birth_on.year
    last_year = today - timedelta(days=chance.randint(1, 360))
    fate = chance.random()
    dead = fate < (0.002 if age < 60 else 0.035 if age >= 80 else 0.01) and last_year > joined_on
    gone = not dead and 0.5 < fate < 0.503 and last_year > joined_on
    floats = chance.random() < (0.05 if 20 < age < 50 else 0.004)
    lost = not dead and not gone and chance.random() < 0.003
    return {
        "died_on": last_year if dead else None,
        "left_on": last_year if gone else None,
        "floating_to": chance.choice(ELSEWHERE) if floats else "",
        "lost_since": max(joined_on, today - timedelta(days=chance.randint(200, 3000))) if lost else None,
    }


def _education(chance: random.Random, age: int, work: str) -> str:
    if work == STUDENT:
        return "大学本科" if age < 24 else "研究生"
    share = _of_age(SCHOOLED, age)
    share *= 0.35 if work == FARMER else 1.4 if work in (PROFESSIONAL, MANAGER, OFFICIAL) else 1.0
    if chance.random() < share:
        return _drawn(chance, HIGHER)
    return _drawn(chance, LOWER_OLD if age > 55 else LOWER_YOUNG)


def _name(chance: random.Random, sex: str, year: int) -> str:
    # The first surnames are far more frequent than the last.
    surname = SURNAMES[min(int(chance.expovariate(1 / 24)), len(SURNAMES) - 1)]
    if chance.random() < 0.002:
        surname = chance.choice(DOUBLE_SURNAMES)
    until = next(until for until, of_sex in GIVEN if of_sex == sex and year <= until)
    first, second = GIVEN[until, sex]
    given = chance.choice(second) if chance.random() < 0.14 else chance.choice(first) + chance.choice(second)
    return surname + given


def _birthday(chance: random.Random, band: int, today: date) -> date:
    youngest, oldest, _people = AGES[band]
    # Within the old bands the younger are more; within the others it hardly matters.
    share = chance.random() ** (1.5 if oldest > 70 else 1.0)
    days = int((youngest + share * (oldest - youngest + 1)) * 365.2425)
    return today - timedelta(days=days + 1)


def _joining(chance: random.Random, birth_on: date, period: int, today: date) -> date:
    first, last, _people = PERIODS[period]
    earliest = max(first, _years_on(birth_on, 18))
    latest = last or today - timedelta(days=20)
    if earliest >= latest:
        return latest
    ages = range(earliest.year - birth_on.year, latest.year - birth_on.year + 1)
    age = chance.choices(ages, weights=[_likely(age) for age in ages], k=1)[0]
    day = date(birth_on.year + age, 1, 1) + timedelta(days=chance.randrange(365))
    if chance.random() < 0.22:  # Many branches admit around the Party's own day.
        day = day.replace(month=7, day=1) if chance.random() < 0.4 else day.replace(month=6, day=min(day.day, 30))
    return min(max(day, earliest), latest)


@cache
def _likely(age: int) -> float:
    """How likely it is to join at that age."""
    below = [point for point in TYPICAL_JOINING_AGE if point[0] <= age]
    return below[-1][1] if below else 0.0


@cache
def _cells() -> list[tuple[int, int]]:
    return [(ages, period) for ages in range(len(AGES)) for period in range(len(PERIODS))]


@cache
def _cumulated(today: date) -> list[float]:
    """Weights of (age band, joining period), fitted in turns to both margins of the bulletin."""
    table = {cell: _possible(*cell, today) for cell in _cells()}
    for _round in range(60):
        for axis, margin in ((0, AGES), (1, PERIODS)):
            for index, (_from, _to, people) in enumerate(margin):
                line = [cell for cell in table if cell[axis] == index]
                total = sum(table[cell] for cell in line)
                for cell in line:
                    table[cell] *= people / total if total else 0.0
    return list(accumulate(table[cell] for cell in _cells()))


def _possible(band: int, period: int, today: date) -> float:
    """How much of the usual ages of joining lies in that period for somebody of that age band."""
    youngest, oldest, _people = AGES[band]
    first, last, _joined = PERIODS[period]
    total = 0.0
    for age in range(youngest, oldest + 1):
        born = today.year - age
        years = range(max(first.year, born + 18), min((last or today).year, born + 65) + 1)
        total += sum(_likely(year - born) for year in years)
    return total


def _of_age(bands: Sequence[tuple[int, Any]], age: int) -> Any:
    return next(value for oldest, value in bands if age <= oldest)


def _drawn(chance: random.Random, shares: Iterable[tuple[str, float]]) -> str:
    words, cumulated = _prepared(tuple(shares))
    return words[bisect(cumulated, chance.random() * cumulated[-1])]


@cache
def _prepared(shares: tuple[tuple[str, float], ...]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    return tuple(word for word, _share in shares), tuple(accumulate(share for _word, share in shares))


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
