"""Puts the made-up people on the rosters: prepared in parallel, loaded through COPY."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from uuid import UUID

from carehelp.demo import loading
from carehelp.demo.landscape import County
from carehelp.demo.parallel import in_order
from carehelp.demo.population import Person, person
from carehelp.lib import crypto, idcard
from carehelp.lib.ids import uuid7_from
from members import names, party_age, people
from members.models import Member

TABLE = Member._meta.db_table
COLUMNS = [
    "id", "organization_id", "name", "sort_name", "search", "sex", "ethnicity", "birth_on", "education",
    "occupation", "id_number", "id_hash", "phone", "landline", "address", "category", "party_status", "suspended_on",
    "joined_on", "joined_precision", "full_on", "full_precision", "suspended_days", "party_age_from",
    "party_age_basis", "medal_on", "lost_contact", "lost_since", "floating", "floating_to", "died_on", "left_on",
    "left_reason", "created_at", "updated_at",
]  # fmt: skip
SHARE = 12_500  # People prepared at a time.
# Division codes 619911 to 619999 were never assigned, so no number can be a real person's.
FIRST_AREA, AREAS = 619911, 89
EPOCH_MS = 1_735_689_600_000  # 1 January 2025: identifiers must not depend on the hour of seeding.


@dataclass(frozen=True)
class Share:
    """A part of a county's people, prepared on its own: number, seed, day, and where people can belong."""

    number: int
    seed: int
    people: int
    today: date
    at: datetime
    place: str
    # Sort of branch → (organization ids, cumulated weights)
    holders: dict[str, tuple[tuple[int, ...], tuple[float, ...]]]


def fill(counties: Sequence[County], *, seed: int, today: date, at: datetime) -> None:
    """Load everybody."""
    for lines in in_order(prepare, _shares(counties, seed, today, at)):
        loading.copy(TABLE, COLUMNS, lines)


def _shares(counties: Sequence[County], seed: int, today: date, at: datetime) -> Iterator[Share]:
    number = 0
    for county in counties:
        holders = {
            sort: (tuple(node.id for node in nodes), tuple(accumulate(node.weight for node in nodes)))
            for sort, nodes in county.holders.items()
        }
        place = county.node.name.removeprefix("中共").removesuffix("委员会")
        left = county.members
        # Small counties are divided too, so that both halves of a small machine work.
        size = min(SHARE, max(500, -(-county.members // 4)))
        while left > 0:
            yield Share(number, seed, min(size, left), today, at, place, holders)
            left -= size
            number += 1


def prepare(share: Share) -> str:
    """The COPY lines of one share of people."""
    chance = random.Random(f"people:{share.seed}:{share.number}")
    born: Counter[date] = Counter()
    lines = []
    for index in range(share.people):
        someone = person(chance, share.today)
        nth = born[someone.birth_on]
        born[someone.birth_on] += 1
        pk = uuid7_from(EPOCH_MS + share.number * 100_000 + index, chance.getrandbits(74))
        ids, weights = share.holders[someone.sort]
        branch = chance.choices(ids, cum_weights=weights, k=1)[0]
        lines.append(loading.line(_values(someone, pk, branch, _id_number(someone, share, nth), share, chance)))
    return "".join(lines)


def _values(
    someone: Person, pk: UUID, branch: int, number: str, share: Share, chance: random.Random
) -> tuple[object, ...]:
    age = party_age.reckon(joined_on=someone.joined_on, full_on=someone.full_on, suspended_days=someone.suspended_days)
    phone = f"199{chance.randrange(10**8):08}"
    landline = f"0999-8{chance.randrange(10**6):06}" if chance.random() < 0.1 else None
    address = f"{share.place}{chance.randint(1, 99)}号{chance.randint(1, 30)}室"
    suspended = someone.party_status == Member.PartyStatus.SUSPENDED

    def sealed(field: str, text: str | None) -> bytes | None:
        return crypto.seal(text, table=TABLE, pk=pk, field=field) if text else None

    # fmt: off
    return (
        pk, branch, someone.name, names.sort_name(someone.name), names.search_vector(someone.name), someone.sex,
        someone.ethnicity, someone.birth_on, someone.education, someone.occupation, sealed("id_number", number),
        people.id_hash(number), sealed("phone", phone), sealed("landline", landline), sealed("address", address),
        someone.category, someone.party_status, share.today - timedelta(days=90) if suspended else None,
        someone.joined_on, someone.joined_precision, someone.full_on, someone.full_precision, someone.suspended_days,
        age.counts_from, age.basis, someone.medal_on, someone.lost_since is not None, someone.lost_since,
        bool(someone.floating_to), someone.floating_to, someone.died_on, someone.left_on,
        "转出组织关系" if someone.left_on else "", share.at, share.at,
    )
    # fmt: on


def _id_number(someone: Person, share: Share, nth: int) -> str:
    """Unique: shares differ in division code, or in their block of serial numbers; a share counts per birthday."""
    block, area = divmod(share.number, AREAS)
    serial = block * 100 + nth * 2 + (1 if someone.sex == Member.Sex.MALE else 2)
    first_17 = f"{FIRST_AREA + area}{someone.birth_on:%Y%m%d}{serial:03}"
    return first_17 + idcard.check_character(first_17)
