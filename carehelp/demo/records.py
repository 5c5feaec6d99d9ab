"""What branches did about their duties in the past twelve months: some diligent, some late, some all too uniform."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, CharField, DateField, F, Value, When
from django.db.models.functions import Cast, Greatest

from carehelp.accounts.models import User
from carehelp.demo import loading
from carehelp.demo.parallel import in_order
from carehelp.lib import crypto
from carehelp.lib.clock import SHANGHAI
from carehelp.lib.ids import uuid7_from
from members.models import Organization
from visits.models import CareAction, Duty
from visits.rules import catalogue

TABLE = CareAction._meta.db_table
COLUMNS = (
    "id",
    "organization_id",
    "member_id",
    "kind",
    "on",
    "who_went",
    "found",
    "done",
    "created_by_id",
    "created_at",
    "cancel_reason",
)
SHARE = 4_000  # Duties handled at a time; several shares are in memory at once.
DILIGENT, AVERAGE, LATE, UNIFORM = "diligent", "average", "late", "uniform"
# Of a hundred branches; out of a hundred duties ended; out of a hundred of those in time.
HABITS = {DILIGENT: (55, 97, 99), AVERAGE: (28, 88, 88), LATE: (12, 64, 45), UNIFORM: (5, 100, 100)}
UNIFORM_DAY = 28
UNIFORM_TEXT = ("走访慰问，情况良好。", "已完成。")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = ["志强", "建军", "晓梅", "永福", "秀英", "海涛", "文华", "立新", "国平", "春燕"]
FOUND: dict[str, list[str]] = {
    "political-birthday": [
        "精神很好，回忆了入党时的情形，感谢组织记挂。",
        "身体尚可，仍坚持参加支部学习，对支部工作提了两条建议。",
        "家中一切平安，孩子在外工作，希望支部活动安排在周末。",
        "近来血压偏高，正在按时服药，情绪稳定。",
        "工作较忙，思想积极，主动承担了党员示范岗任务。",
    ],
    "medal-50": ["在党五十年，一贯表现良好，家属陪同领章，十分激动。", "身体硬朗，表示要继续发挥余热。"],
    "festival-visit": [
        "老人身体总体平稳，与老伴同住，取暖物资齐备。",
        "行动不便，由女儿照料，药品充足，惦记村里的变化。",
        "听力下降，说话需大声，精神不错，对党的政策非常感激。",
        "独居，邻居每日照看，希望装一个扶手。",
    ],
    "leader-contact": [
        "谈了思想、工作和家庭情况，无突出困难。",
        "反映岗位任务重，希望加强业务培训；思想稳定。",
        "对村集体项目有想法，愿意带头参与。",
        "家中老人住院，近期请假较多，组织上予以理解。",
    ],
}
DONE: dict[str, list[str]] = {
    "political-birthday": [
        "赠送政治生日贺卡，重温入党誓词。",
        "在支部主题党日集体过政治生日。",
        "谈心谈话半小时，送上祝福。",
    ],
    "medal-50": ["在“七一”仪式上颁发“光荣在党50年”纪念章。"],
    "festival-visit": ["送去慰问品，宣讲近期惠民政策。", "上门慰问，检查用电用气安全。", "送慰问金，帮助打扫院落。"],
    "leader-contact": ["听取意见，作了记录并答复。", "肯定成绩，指出努力方向。"],
}


class Owed(NamedTuple):
    """A duty of the past as far as it matters here; `branch` is the branch that a Party group belongs to.

    A tuple, and identifiers as text: millions of them go to other processes.
    """

    id: str
    rule: str
    subject: str
    period: str
    organization: int
    branch: int
    member: str
    opens: date
    due: date
    grace_until: date
    earliest: date  # Not before the person joined, and not before the twelve months.


@dataclass(frozen=True)
class Share:
    seed: int
    today: date
    by: int
    kinds: dict[str, tuple[str, ...]]
    owed: list[Owed]


def write(*, seed: int, today: date, by: User) -> int:
    """Records for the duties that have opened, and the duties ended by them; gives the number of records."""
    loading.run("CREATE TEMPORARY TABLE outcome (duty_id uuid, action_id uuid, ended_on date) ON COMMIT DROP")
    for actions, outcomes in in_order(prepare, _shares(seed, today, by)):
        loading.copy(TABLE, COLUMNS, actions)
        loading.copy("outcome", ("duty_id", "action_id", "ended_on"), outcomes)
    loading.run("ANALYZE outcome, visits_careaction")
    ended = loading.run(
        "UPDATE visits_duty d SET status = 'done', ended_on = o.ended_on, ended_by_id = %s, "
        " fulfilled_by_id = o.action_id"
        " FROM outcome o WHERE d.id = o.duty_id",
        [by.pk],
    )
    loading.add_history(CareAction, "created_at")
    loading.add_history(Duty, "ended_on + time '18:00' AT TIME ZONE 'Asia/Shanghai'", kind="~", where="status = 'done'")
    loading.run(
        "UPDATE members_member m SET last_care_on = a.day, medal_on = coalesce(m.medal_on, a.medal)"
        " FROM (SELECT c.member_id, max(c.on) AS day, max(d.due) FILTER (WHERE c.kind = 'award') AS medal"
        "       FROM visits_careaction c JOIN visits_duty d ON d.fulfilled_by_id = c.id GROUP BY c.member_id) a"
        " WHERE m.id = a.member_id"
    )
    return ended


def _shares(seed: int, today: date, by: User) -> Iterator[Share]:
    first = today - timedelta(days=365)
    kinds = {rule.code: rule.fulfilled_by for rule in catalogue.rules()}
    duties = Duty.objects.filter(opens__lte=today, status=Duty.Status.OPEN, member__isnull=False)
    branch = Case(
        When(organization__kind=Organization.Kind.GROUP, then=F("organization__parent_id")),
        default=F("organization_id"),
    )
    rows: Iterator[Any] = (
        duties.order_by()
        .annotate(branch=branch, earliest=Greatest("member__joined_on", Value(first, DateField())))
        .annotate(id_text=Cast("id", CharField()), member_text=Cast("member_id", CharField()))
        .values_list(
            "id_text", "rule_code", "subject_key", "period", "organization_id", "branch", "member_text",
            "opens", "due", "grace_until", "earliest",
        )
        .iterator(chunk_size=SHARE)
    )  # fmt: skip
    while part := list(map(Owed._make, islice(rows, SHARE))):
        yield Share(seed, today, by.pk, kinds, part)


def prepare(share: Share) -> tuple[str, str]:
    """COPY lines of the records, and of which duty each ended on which day."""
    actions, outcomes = [], []
    for owed in share.owed:
        drawn = _draw(share.seed, owed.rule, owed.subject, owed.period)
        habit = habit_of(share.seed, owed.branch)
        on = _day(owed, habit, drawn)
        if on is None or on > share.today:
            continue
        at = datetime.combine(on, time_of_day(17 + drawn[10] % 5, drawn[11] % 60), SHANGHAI)
        pk = uuid7_from(int(at.timestamp() * 1000), int.from_bytes(drawn[12:22], "big") >> 6)
        actions.append(loading.line(_values(owed, share, habit, pk, on, at, drawn)))
        outcomes.append(loading.line((owed.id, pk, on)))
    return "".join(actions), "".join(outcomes)


def habit_of(seed: int, branch: int) -> str:
    """How a branch goes about its duties."""
    place = int.from_bytes(_draw(seed, "habit", branch)[:4], "big") % 100
    for habit, (share, _ended, _in_time) in HABITS.items():
        if place < share:
            return habit
        place -= share
    return DILIGENT


def _draw(*parts: object) -> bytes:
    return blake2b("|".join(map(str, parts)).encode(), digest_size=32).digest()


def _day(owed: Owed, habit: str, drawn: bytes) -> date | None:
    """The day on which the branch did it; None when it never did (or has not yet)."""
    _branches, ended, in_time = HABITS[habit]
    if drawn[0] % 100 >= ended:
        return None
    start = max(owed.opens, owed.earliest)
    if habit == UNIFORM:
        return max(start, min(owed.due.replace(day=UNIFORM_DAY), owed.grace_until))
    if drawn[1] % 100 < in_time:
        share = 0.25 + 0.75 * drawn[2] / 255
        return max(start, start + timedelta(days=int((owed.due - start).days * share)))
    # Too late for the due day; the later half too late for the days of grace as well.
    return max(start, owed.due + timedelta(days=1 + drawn[3] % (12 if habit == AVERAGE else 45)))


def _values(owed: Owed, share: Share, habit: str, pk: UUID, on: date, at: datetime, drawn: bytes) -> tuple[object, ...]:
    kinds = share.kinds[owed.rule]
    if habit == UNIFORM:
        kind, (found, done) = kinds[0], UNIFORM_TEXT
    else:
        kind = kinds[drawn[4] % len(kinds)]
        found, done = _phrase(FOUND, owed.rule, drawn[5]), _phrase(DONE, owed.rule, drawn[6])
    # fmt: off
    return (
        pk, owed.organization, owed.member, kind, on, _who_went(share.seed, owed, drawn),
        crypto.seal(found, table=TABLE, pk=pk, field="found"), crypto.seal(done, table=TABLE, pk=pk, field="done"),
        share.by, at, "",
    )
    # fmt: on


def _phrase(phrases: dict[str, list[str]], rule: str, byte: int) -> str:
    found = phrases.get(rule) or phrases["political-birthday"]
    return found[byte % len(found)]


def _who_went(seed: int, owed: Owed, drawn: bytes) -> str:
    own = _draw(seed, "secretary", owed.branch)
    leader = owed.rule == "leader-contact"
    title = (
        ("党委书记", "党委副书记", "组织委员")[drawn[7] % 3]
        if leader
        else ("党支部书记", "组织委员")[drawn[7] % 5 == 0]
    )
    pick = own if title == "党支部书记" else drawn[8:10] + own
    return f"{title}{SURNAMES[pick[0] % len(SURNAMES)]}{GIVEN[pick[1] % len(GIVEN)]}"
