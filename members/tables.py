"""The table of people: on a phone the same rows stand as cards."""

from typing import TYPE_CHECKING, Any

import django_tables2
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from members.models import Member

if TYPE_CHECKING:
    from members.models.member import MemberQuerySet

COUNTED = 10_000  # Beyond that, a list says "over 10,000" instead of counting.
PER_PAGE = 50


class CountsToALimit(Paginator):
    """Pages of a long list; `count` stops one above `COUNTED`, and no page lies beyond."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Member] = self.object_list.data.data  # The rows of a table wrap its data, which wrap ours.
        return rows.order_by().values("pk")[: COUNTED + 1].count()

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, COUNTED) // self.per_page))


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


def member_table(request: Any, rows: "MemberQuerySet") -> MemberTable:
    """A page of people, sorted and cut as the address asks; sealed columns stay in the database."""
    light = rows.select_related("organization__parent").defer(
        "id_number", "id_hash", "phone", "landline", "address", "search"
    )
    table = MemberTable(light)
    django_tables2.RequestConfig(
        request, paginate={"per_page": PER_PAGE, "paginator_class": CountsToALimit, "silent": True}
    ).configure(table)
    return table
