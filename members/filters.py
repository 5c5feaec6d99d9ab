"""What the list of people can be narrowed to."""

import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carehelp.lib import idcard
from members import dates, people
from members.access import powers_of
from members.forms import OrganizationField
from members.models import Member, Organization
from members.names import search_query
from members.roles import VIEW_PEOPLE
from members.search import NameQuery

if TYPE_CHECKING:
    from carehelp.accounts.models import User
    from members.models.member import MemberQuerySet

SUSPENDED, DEAD, GONE = "suspended", "dead", "gone"
ALL = gettext_lazy("all")


def id_number_in(typed: str) -> str:
    """The full ID number that was typed, with 18 characters; empty when it is none."""
    number = "".join(unicodedata.normalize("NFKC", typed).upper().split())
    if len(number) == 15 and number.isdecimal():
        return idcard.from_15_digits(number)
    return number if idcard.is_well_formed(number) else ""


class MemberFilter(django_filters.FilterSet):
    """Narrows people in scope.  A full ID number finds its holder whatever else is set, the dead and gone included."""

    q = django_filters.CharFilter(method="named", label=gettext_lazy("Search"))
    at = django_filters.CharFilter(method="below", label=gettext_lazy("organization"))
    category = django_filters.ChoiceFilter(
        choices=Member.Category.choices, label=gettext_lazy("category"), empty_label=ALL
    )
    party_age = django_filters.TypedChoiceFilter(
        method="long_in_the_party",
        label=gettext_lazy("party age"),
        choices=[("", ALL), ("50", gettext_lazy("50 years and more")), ("30", gettext_lazy("30 years and more"))],
        coerce=int,
    )
    age = django_filters.TypedChoiceFilter(
        method="old",
        label=gettext_lazy("age"),
        choices=[("", ALL), ("80", gettext_lazy("80 years and more")), ("60", gettext_lazy("60 years and more"))],
        coerce=int,
    )
    whereabouts = django_filters.ChoiceFilter(
        method="elsewhere",
        label=gettext_lazy("whereabouts"),
        empty_label=ALL,
        choices=[("floating", gettext_lazy("works elsewhere")), ("lost", gettext_lazy("out of contact"))],
    )
    state = django_filters.ChoiceFilter(
        method="standing",
        label=gettext_lazy("standing"),
        empty_label=gettext_lazy("on the roster"),
        choices=[
            (SUSPENDED, gettext_lazy("membership suspended")),
            (DEAD, gettext_lazy("deceased")),
            (GONE, gettext_lazy("no longer on the roster")),
        ],
    )

    class Meta:
        model = Member
        fields: list[str] = []

    def __init__(self, data: Any, *, queryset: "MemberQuerySet", user: "User", today: date) -> None:
        self.user, self.today = user, today
        super().__init__(data, queryset=queryset)
        self._dress()

    def _dress(self) -> None:
        fields = self.form.fields
        for field in fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        fields["q"].widget.attrs |= {
            "type": "search",
            "data-search": "",
            "enterkeyhint": "search",
            "placeholder": _("Name, pinyin or full ID number"),
        }
        box = OrganizationField(purpose="view", label=fields["at"].label, required=False)
        box.widget.attrs |= {"class": "form-control", "placeholder": _("Name or code")}
        box.offer(self.offered, "at")
        fields["at"] = box

    @property
    def offered(self) -> Any:
        return Organization.objects.visible_to(self.user, VIEW_PEOPLE)

    @cached_property
    def organization(self) -> Organization | None:
        """The organization to which the list is narrowed, if any."""
        found: Organization | None = self.form.cleaned_data.get("at") if self.form.is_valid() else None
        return found

    @property
    def has_many_organizations(self) -> bool:
        """Whether choosing an organization makes sense (not for the secretary of one branch)."""
        paths = powers_of(self.user).paths(VIEW_PEOPLE)
        return len(paths) > 1 or self.offered.exclude(path__in=paths).exists()

    @property
    def narrowed(self) -> list[str]:
        """Names of the boxes in use, the search box excepted."""
        return [name for name in self.form.fields if name != "q" and self.form.data.get(name)]

    @property
    def searched(self) -> bool:
        return bool(self.form.data.get("q", "").strip())

    @property
    def hint(self) -> str:
        """What to say when somebody typed a part of an ID number."""
        typed = "".join(self.form.data.get("q", "").split())
        if len(typed) >= 6 and typed[:-1].isdecimal() and not id_number_in(typed):
            return _("An ID number is only found by all of its 18 (or 15) characters.")
        return ""

    def filter_queryset(self, queryset: "MemberQuerySet") -> "MemberQuerySet":
        number = id_number_in(self.form.cleaned_data.get("q") or "")
        if number:
            return queryset.filter(id_hash=people.id_hash(number))
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.in_place()
        narrowed: MemberQuerySet = super().filter_queryset(queryset)
        return narrowed

    def named(self, queryset: "MemberQuerySet", name: str, value: str) -> "MemberQuerySet":
        query = search_query(value)
        return queryset.filter(search=NameQuery(query)) if query else queryset

    def below(self, queryset: "MemberQuerySet", name: str, value: Organization) -> "MemberQuerySet":
        return queryset.under(value)

    def long_in_the_party(self, queryset: "MemberQuerySet", name: str, years: int) -> "MemberQuerySet":
        return queryset.filter(party_age_from__lte=dates.years_before(self.today, years))

    def old(self, queryset: "MemberQuerySet", name: str, years: int) -> "MemberQuerySet":
        return queryset.filter(birth_on__lte=dates.years_before(self.today, years))

    def elsewhere(self, queryset: "MemberQuerySet", name: str, value: str) -> "MemberQuerySet":
        return queryset.filter(lost_contact=True) if value == "lost" else queryset.filter(floating=True)

    def standing(self, queryset: "MemberQuerySet", name: str, value: str) -> "MemberQuerySet":
        if value == SUSPENDED:
            return queryset.in_place().filter(party_status=Member.PartyStatus.SUSPENDED)
        if value == DEAD:
            return queryset.filter(died_on__isnull=False)
        return queryset.filter(left_on__isnull=False, died_on__isnull=True)
