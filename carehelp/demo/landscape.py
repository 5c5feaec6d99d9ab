"""The made-up tree of organizations: a province or a single county, with every kind of organization in it.

Pure: the same size and seed give the same tree, identifiers included.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, product

from members.models.organization import Organization, step

MEMBERS_PER_BRANCH = 22
MEMBERS_PER_COUNTY = 17_000
BRANCHES_PER_COMMITTEE = 18
ROOT_CODE = "88"  # No province has this division code.
Kind = Organization.Kind

# What sort of people a branch gathers, and its share of all branches.
SORTS = {
    "village": 0.33,
    "community": 0.17,
    "office": 0.12,
    "retired": 0.03,
    "school": 0.11,
    "hospital": 0.05,
    "enterprise": 0.19,
}
FIRST = "清云龙凤金银玉石松竹梅兰江河湖川平安兴和永长德明新东南西北"
SECOND = "岭溪泉山坪桥塘坝沟湾岗坡台原阳峰谷洲"
VILLAGES = "东风 前进 胜利 新民 红星 团结 光明 和平 丰收 向阳 柳林 杨树 枣园 梨花 桃源 双桥 石板 大坪 小河 上庄 下庄"
BUREAUS = "财政局 民政局 教育局 水利局 农业农村局 卫生健康局 交通运输局 自然资源局 司法局 审计局 统计局 应急管理局"
SCHOOLS = "第一中学 第二中学 实验小学 职业中学 第三中学 城关小学 高级中学 特殊教育学校 幼儿园"
WARDS = "人民医院内科 人民医院外科 中医医院 妇幼保健院 疾病预防控制中心 人民医院护理 第二医院"
FIRMS = "建材 粮油 机械 纺织 食品 农机 电力 物流 药业 水务 酒业 供销"


@dataclass
class Node:
    """One organization to be; `sort` and `weight` (its share of people) are set where members stand on the roster."""

    id: int
    code: str
    name: str
    kind: str
    parent: "Node | None"
    path: str
    sort: str = ""
    weight: float = 0.0
    children: int = 0


@dataclass
class County:
    """A county's part of the tree and how many people live in it."""

    node: Node
    members: int
    holders: dict[str, list[Node]] = field(default_factory=dict)


@dataclass
class Landscape:
    nodes: list[Node]
    counties: list[County]


def landscape(members: int, seed: int) -> Landscape:
    """A tree fit for so many members: one county of some 270 branches for 6000, a province for a million."""
    return _Builder(random.Random(f"landscape:{seed}")).build(members)


class _Builder:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.nodes: list[Node] = []
        self.ids = count(1)

    def build(self, members: int) -> Landscape:
        counties = max(1, round(members / MEMBERS_PER_COUNTY))
        places = [first + second for first, second in product(FIRST, SECOND)]
        self.chance.shuffle(places)
        names = iter(places)
        province = self.add(None, "中共华原省委员会", Kind.PROVINCE, ROOT_CODE)
        made: list[County] = []
        city = province
        for number in range(counties):
            if number % 10 == 0:
                city = self.add(province, f"中共{next(names)}市委员会", Kind.CITY, f"{province.children + 1:02}")
            place = f"{next(names)}县"
            node = self.add(city, f"中共{place}委员会", Kind.COUNTY, f"{city.children + 1:02}")
            share = members // counties + (number < members % counties)
            county = County(node, share)
            self.fill(county, place)
            made.append(county)
        return Landscape(self.nodes, made)

    def add(self, parent: Node | None, name: str, kind: str, tail: str) -> Node:
        if parent is None:
            node = Node(next(self.ids), tail, name, kind, None, step(1))
        else:
            parent.children += 1
            node = Node(next(self.ids), parent.code + tail, name, kind, parent, parent.path + step(parent.children))
        self.nodes.append(node)
        return node

    def fill(self, county: County, place: str) -> None:
        branches = max(len(SORTS) + 3, round(county.members / MEMBERS_PER_BRANCH))
        numbers = {sort: max(1, round(branches * share)) for sort, share in SORTS.items()}
        self.towns(county, numbers["village"], numbers["community"])
        self.units(county, "直属机关工作委员会", self.offices(place, numbers["office"], numbers["retired"]))
        self.units(county, "教育系统委员会", self.numbered(place, SCHOOLS, numbers["school"], "school"))
        self.units(county, "卫生健康系统委员会", self.numbered(place, WARDS, numbers["hospital"], "hospital"))
        self.units(county, "非公有制经济组织和社会组织委员会", self.firms(place, numbers["enterprise"]))

    def towns(self, county: County, villages: int, communities: int) -> None:
        towns = max(2, round((villages + communities) / BRANCHES_PER_COMMITTEE))
        places = self.chance.sample([first + second for first in FIRST for second in SECOND], towns)
        for number, place in enumerate(places):
            town = f"{place}{'街道' if number % 4 == 3 else '镇'}"
            head = f"中共{town}{'工作' if number % 4 == 3 else ''}委员会"
            committee = self.add(county.node, head, Kind.COMMITTEE, f"{county.node.children + 1:03}")
            mine = [(f"{town}{name}村", "village") for name in self.villages(villages, towns, number)]
            mine += [(f"{town}{name}社区", "community") for name in self.villages(communities, towns, number)]
            self.hang(county, committee, mine)

    def villages(self, total: int, towns: int, number: int) -> Iterator[str]:
        wanted = total // towns + (number < total % towns)
        names = VILLAGES.split()
        start = self.chance.randrange(len(names))
        for index in range(wanted):
            yield names[(start + index) % len(names)] + _ordinal(index // len(names))

    def offices(self, place: str, offices: int, retired: int) -> list[tuple[str, str]]:
        found = self.numbered(place, BUREAUS, offices, "office", "机关")
        return found + self.numbered(place, BUREAUS, retired, "retired", "离退休干部")

    def firms(self, place: str, wanted: int) -> list[tuple[str, str]]:
        trades = FIRMS.split()
        words = ["宏达", "恒丰", "兴业", "瑞祥", "天成", "永盛", "华泰", "金源", "鑫隆", "长青"]
        every = [f"{place}{word}{trade}公司" for word in words for trade in trades]
        self.chance.shuffle(every)
        return [(every[i % len(every)] + _ordinal(i // len(every)), "enterprise") for i in range(wanted)]

    def numbered(self, place: str, words: str, wanted: int, sort: str, tail: str = "") -> list[tuple[str, str]]:
        every = words.split()
        return [(f"{place}{every[i % len(every)]}{tail}{_ordinal(i // len(every))}", sort) for i in range(wanted)]

    def units(self, county: County, title: str, units: list[tuple[str, str]]) -> None:
        place = county.node.name.removeprefix("中共").removesuffix("委员会")
        size = BRANCHES_PER_COMMITTEE + 6
        for number, start in enumerate(range(0, len(units), size)):
            name = f"中共{place}{'' if number == 0 else '第' + '一二三四五六七八九十'[number % 10]}{title}"
            committee = self.add(county.node, name, Kind.COMMITTEE, f"{county.node.children + 1:03}")
            self.hang(county, committee, units[start : start + size])

    def hang(self, county: County, committee: Node, units: list[tuple[str, str]]) -> None:
        """Branches below a committee, some of them through a general branch, some with Party groups below."""
        waiting = list(units)
        while waiting:
            name, sort = waiting.pop(0)
            if self.chance.random() < 0.09 and len(waiting) > 2:
                above = self.add(committee, f"{name}党总支", Kind.GENERAL_BRANCH, f"{committee.children + 1:03}")
                parts = self.chance.randint(2, 3)
                for part in range(parts):
                    self.branch(county, above, f"{name}第{'一二三'[part]}党支部", sort)
                del waiting[: parts - 1]
            else:
                self.branch(county, committee, f"{name}党支部", sort)

    def branch(self, county: County, parent: Node, name: str, sort: str) -> None:
        branch = self.add(parent, name, Kind.BRANCH, f"{parent.children + 1:03}")
        self.holds(county, branch, sort, self.chance.lognormvariate(0, 0.45))
        if branch.weight > 1.25 and self.chance.random() < 0.3:
            for part in range(2):
                group = self.add(branch, f"{name}第{'一二'[part]}党小组", Kind.GROUP, f"{part + 1:02}")
                self.holds(county, group, sort, branch.weight * 0.25)
            branch.weight *= 0.5

    def holds(self, county: County, node: Node, sort: str, weight: float) -> None:
        node.sort, node.weight = sort, weight
        county.holders.setdefault(sort, []).append(node)


def _ordinal(number: int) -> str:
    return "" if number == 0 else f"第{'一二三四五六七八九十'[number % 10]}{'' if number < 10 else number}"
