"""The table of people: on a phone the same rows stand as cards."""

from typing import TYPE_CHECKING, Any

import django_tables2
from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from members.models import Member
from members.people import SEALED

if TYPE_CHECKING:
    from members.models.member import MemberQuerySet

COUNTED = 10_000  # Beyond that, a list says "over 10,000" instead of counting.
PER_PAGE = 50
FEW = 2_000  # So many are sorted faster than an index of everybody is walked until it met them.


class CountsToALimit(Paginator):
    """Pages of a long list; `count` stops one above `COUNTED`, and no page lies beyond.

    A page is found by its keys alone, which an index answers, and only then are its rows read, sealed columns not.
    A name that more than `COUNTED` people share is no search: `only_some` of them are shown, and the page says so.
    """

    object_list: "MemberQuerySet"

    def __init__(self, rows: "MemberQuerySet", per_page: int, *, searched: bool = False) -> None:
        super().__init__(rows, per_page)
        self.searched = searched

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[: COUNTED + 1].count()

    @property
    def only_some(self) -> bool:
        return self.searched and self.count > COUNTED

    @property
    def reach(self) -> int:
        """How many people the pages hold together."""
        return FEW if self.only_some else min(self.count, COUNTED)

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-self.reach // self.per_page))

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = list(self._ordered()[start : start + self.per_page])
        light = self.object_list.order_by().select_related("organization__parent").defer(*SEALED, "id_hash", "search")
        found = light.in_bulk(keys)
        return Page([found[key] for key in keys if key in found], number, self)

    def _ordered(self) -> "QuerySet[Member, Any]":
        """All keys in order.

        Many people are met soon by walking the index of the order.  A few, or those of one name (who stand together
        in that index, perhaps at its end), are picked out first; the limit keeps PostgreSQL from walking after all.
        """
        keys = self.object_list.values_list("pk", flat=True)
        if self.count > FEW and not self.searched:
            return keys
        return keys.filter(pk__in=self.object_list.order_by().values("pk")[: self.reach])


class MemberTable(django_tables2.Table):
    """Columns sort upwards so that those who need attention come first: the oldest, the longest without care."""

    name = django_tables2.Column(gettext_lazy("name"), order_by=("sort_name", "id"))
    birth_on = django_tables2.Column(gettext_lazy("born (age)"), order_by=("birth_on", "id"))
    organization = django_tables2.Column(gettext_lazy("branch"), orderable=False)
    category = django_tables2.Column(gettext_lazy("category"), orderable=False)
    party_age = django_tables2.Column(gettext_lazy("party age counts from"), order_by=("party_age_from", "id"))
    last_care = django_tables2.Column(gettext_lazy("last care"))

    # What the phone offers in place of column heads.
    SORTS = (
        ("name", gettext_lazy("by name")),
        ("birth_on", gettext_lazy("oldest first")),
        ("party_age", gettext_lazy("longest in the Party first")),
        ("last_care", gettext_lazy("longest without care first")),
    )

    class Meta:
        template_name = "members/people/_table.html"
        order_by = "name"

    def order_last_care(self, rows: "MemberQuerySet", is_descending: bool) -> tuple["MemberQuerySet", bool]:
        """Nobody cared for this person yet: that is the longest time of all."""
        care = F("last_care_on")
        if is_descending:
            return rows.order_by(care.desc(nulls_last=True), "-id"), True
        return rows.order_by(care.asc(nulls_first=True), "id"), True


def member_page(request: Any, rows: "MemberQuerySet", *, searched: bool) -> tuple[MemberTable, Page]:
    """The head of the table, and a page of people sorted and cut as the address asks."""
    table = MemberTable(rows)
    django_tables2.RequestConfig(request, paginate=False).configure(table)
    ordered: MemberQuerySet = table.data.data
    return table, CountsToALimit(ordered, PER_PAGE, searched=searched).get_page(request.GET.get("page"))
