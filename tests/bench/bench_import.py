"""Import of a large roster: seconds, peak memory, and the ratio to what reading, sealing and writing cost at least.

Everything is written into the bench's own database inside a transaction that is rolled back at the end.
BENCH_ROWS (default 100 000) makes it smaller.
"""

import io
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from tests.bench import common  # First: it sets Django up.

import python_calamine
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction
from simple_history.utils import bulk_create_with_history

from carehelp.lib import clock, idcard
from carehelp.lib.ids import uuid7
from carehelp.lib.workbooks import Column, Sheet, write_workbook
from members import organizations
from members.models import Member, Organization
from members.people import write
from members.roster.direct import import_roster

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
BRANCHES = 1000
HEAD = (
    "序号", "姓名", "性别", "公民身份证号码", "民族", "出生日期", "学历", "人员类别", "所在党支部", "加入党组织日期",
    "转为正式党员日期",
    "工作岗位", "联系电话", "家庭住址", "党籍状态",
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "伟芳秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂建国华文辉力永健世广志义兴良海山仁波宁贵福生龙元全学祥"
    "才发武新利清飞彬富顺信子昌成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江"
)


def branch(number: int) -> str:
    return f"第{number}村党支部"


def rows() -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)
    for number in range(ROWS):
        birth = date(1930, 1, 1) + timedelta(days=chance.randrange(25_000))
        # Another division than the seeded people have, so that nobody is known already.
        first_17 = f"6198{number // 1000 % 100:02}{birth:%Y%m%d}{number % 1000:03}"
        joined = birth + timedelta(days=19 * 366 + chance.randrange(2000))
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2, 2))))
        yield (
            number + 1, name, "男" if int(first_17[16]) % 2 else "女", first_17 + idcard.check_character(first_17),
            "汉族",
            f"{birth:%Y.%m.%d}" if number % 3 else birth, "高中", "正式党员", branch(number % BRANCHES),
            f"{joined:%Y-%m-%d}",
            f"{joined + timedelta(days=365):%Y年%m月%d日}" if number % 2 else joined + timedelta(days=365), "农牧渔民",
            f"199{number:08}", f"云岭县红旗镇{number}号", "正常",
        )  # fmt: skip


@contextmanager
def county() -> Iterator[Organization]:
    """A county with its branches that nobody sees and that is gone afterwards."""
    with transaction.atomic():
        top = organizations.found(code=secrets.token_hex(6), name="测试县委", kind="county", parent=None)
        for number in range(BRANCHES):
            organizations.found(code=f"{top.code}-{number}", name=branch(number), kind="branch", parent=top)
        yield top
        transaction.set_rollback(True)


def ours(path: Path) -> float:
    with county() as top:
        start = time.perf_counter()
        outcome = import_roster(path, top, today=common.TODAY, now=clock.now())
        took = time.perf_counter() - start
        if outcome.counts.created != ROWS:
            raise SystemExit(f"{outcome.counts}")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE members_member")  # What autovacuum does once an import is committed.
        start = time.perf_counter()
        again = import_roster(path, top, today=common.TODAY, now=clock.now())
        common.result(
            f"the same {ROWS:,} rows again, nothing changes", timing=common.Timing((time.perf_counter() - start,))
        )
        if again.counts.unchanged != ROWS:
            raise SystemExit(f"{again.counts}")
    return took


def floor(path: Path) -> float:
    """Read, seal four values a row, COPY, and one INSERT … SELECT with history: no check, no comparison."""
    columns = "id, organization_id, name, sex, birth_on, joined_on, full_on, id_number, phone, landline, address"
    with county() as top, connection.cursor() as cursor:
        start = time.perf_counter()
        cipher = AESGCM(secrets.token_bytes(32))
        lines = io.StringIO()
        sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        for cells in list(sheet.iter_rows())[2:]:
            pk = uuid7()
            place = f"members_member:{pk}:".encode()
            sealed = [
                cipher.encrypt(nonce := os.urandom(12), str(cells[i]).encode(), place) + nonce for i in (3, 12, 12, 13)
            ]
            values = (str(pk), str(top.pk), cells[1], "male", "1960-01-01", "1990-01-01", "1991-01-01")
            lines.write("\t".join((*values, *("\\\\x" + value.hex() for value in sealed))) + "\n")
        lines.seek(0)
        cursor.execute(
            "CREATE TEMP TABLE floor_stage (id uuid, organization_id bigint, name text, sex text, birth_on date,"
            " joined_on date, full_on date, id_number bytea, phone bytea, landline bytea, address bytea) ON COMMIT DROP"
        )
        cursor.copy_expert(f"COPY floor_stage ({columns}) FROM STDIN", lines)
        rest = (
            "sort_name, ethnicity, education, occupation, category, party_status, joined_precision, full_precision,"
            " suspended_days, party_age_basis, lost_contact, floating, floating_to, left_reason"
        )
        values_of_rest = "'', '', '', '', 'full', 'normal', 'day', 'day', 0, 'full', false, false, '', ''"
        cursor.execute(
            f"WITH made AS (INSERT INTO members_member ({columns}, {rest}, created_at, updated_at)"
            f" SELECT {columns}, {values_of_rest}, now(), now() FROM floor_stage RETURNING {columns}, {rest})"
            f" INSERT INTO members_historicalmember ({columns}, {rest}, history_date, history_type)"
            f" SELECT {columns}, {rest}, now(), '+' FROM made"
        )
        return time.perf_counter() - start


def bulk_create(sample: int) -> float:
    """`bulk_create_with_history` of finished objects: no reading, no checking."""
    with county() as top:
        people = [
            write(
                Member(organization=top), name="王建国", sex="male", birth_on=date(1960, 1, 1),
                joined_on=date(1990, 7, 1),
                full_on=date(1991, 7, 1), id_number=f"6199{number:014}", phone="19900000000", address="云岭县",
            )
            for number in range(sample)
        ]  # fmt: skip
        start = time.perf_counter()
        bulk_create_with_history(people, Member, batch_size=2000)
        return time.perf_counter() - start


def main() -> None:
    common.province()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        title = "党员花名册"
        write_workbook(path, [Sheet(title, [Column(name) for name in HEAD], rows(), title=title)])
        took = ours(path)
        peak = common.peak_mb()
        least = floor(path)
    common.result(
        f"import of {ROWS:,} rows, checked, sealed, with history",
        timing=common.Timing((took,)), ratio=took / least, peak=peak, median_limit=20, peak_limit=1024,
    )  # fmt: skip
    common.result("  floor: read, seal, COPY, INSERT with history", timing=common.Timing((least,)))
    sample = min(ROWS, 5000)
    scaled = bulk_create(sample) * ROWS / sample
    common.result(
        "  bulk_create_with_history alone (scaled from a sample)", timing=common.Timing((scaled,)), ratio=scaled / least
    )


if __name__ == "__main__":
    sys.exit(main())
