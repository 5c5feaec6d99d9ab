"""Forms of the system administrator and the security administrator."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carehelp.accounts.models import User
from carehelp.accounts.names import folded
from members import accounts
from members.models import Organization
from members.models.appointment import AppointmentQuerySet
from members.roles import Role


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"} | attrs)


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def _search() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "type": "search", "data-search": ""})


class AccountFilter(forms.Form):
    q = forms.CharField(label=_("Name or user name"), required=False, max_length=50, widget=_search())
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all")), ("active", _("active")), ("closed", _("deactivated"))],
        widget=_select(),
    )


class AccountForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=50,
        widget=_text(autocapitalize="none"),
        help_text=_("Letters, digits and . _ - @ ; capitals make no difference."),
    )
    display_name = forms.CharField(label=_("Name"), max_length=50, widget=_text())

    def clean_username(self) -> str:
        name = folded(self.cleaned_data["username"])
        RegexValidator(r"^[\w.@-]{2,}$", gettext("Use letters, digits and . _ - @ only, at least two."))(name)
        return name


class UserNameField(forms.CharField):
    """The exact user name of an active account: nobody gets a list of the people outside their area."""

    def clean(self, value: Any) -> User:
        user = accounts.active(super().clean(value))
        if user is None:
            raise ValidationError(gettext("There is no active account with this user name."))
        return user


class PlaceField(forms.CharField):
    """An organization among `places`, by code or by its full name."""

    places = Organization.objects.none()

    def clean(self, value: Any) -> Organization:
        words = super().clean(value)
        found = list(self.places.filter(Q(code=words) | Q(name=words))[:2])
        if not found:
            raise ValidationError(gettext("No open organization in your area has this code or name."))
        if len(found) > 1:
            raise ValidationError(gettext("Several organizations have this name: give the code."))
        return found[0]


class AppointmentForm(forms.Form):
    user = UserNameField(label=_("User name"), max_length=150, widget=_text(autocapitalize="none"))
    organization = PlaceField(label=_("Organization (code or full name)"), max_length=120, widget=_text(list="places"))
    role = forms.ChoiceField(label=_("role"), choices=Role.choices, widget=_select())
    starts = forms.DateField(label=_("first day"), widget=_day())
    ends = forms.DateField(
        label=_("last day"), required=False, widget=_day(), help_text=_("The power ends by itself after this day.")
    )

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].places = places  # type: ignore[attr-defined]  # a PlaceField


class EndForm(forms.Form):
    last_day = forms.DateField(
        label=_("last day"), widget=_day(), help_text=_("Yesterday takes the power away at once.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=_text())


class HandOverForm(forms.Form):
    to = UserNameField(label=_("User name of the successor"), max_length=150, widget=_text(autocapitalize="none"))
    on = forms.DateField(label=_("from"), widget=_day())


class AppointmentFilter(forms.Form):
    q = forms.CharField(label=_("Person or organization"), required=False, max_length=60, widget=_search())
    role = forms.ChoiceField(label=_("role"), required=False, choices=[("", _("all")), *Role.choices], widget=_select())
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("in force")), ("coming", _("to come")), ("over", _("ended")), ("all", _("all"))],
        widget=_select(),
    )

    def apply(self, rows: AppointmentQuerySet, today: date) -> AppointmentQuerySet:
        """The rows that are asked for; an unreadable question asks for those in force."""
        asked = self.cleaned_data if self.is_valid() else {}
        match asked.get("state", ""):
            case "":
                rows = rows.in_force(today)
            case "coming":
                rows = rows.filter(starts__gt=today)
            case "over":
                rows = rows.filter(ends__lt=today)
        if role := asked.get("role"):
            rows = rows.filter(role=role)
        if words := asked.get("q"):
            rows = rows.filter(
                Q(user__username__contains=folded(words))
                | Q(user__display_name__contains=words)
                | Q(organization__name__contains=words)
                | Q(organization__code=words)
            )
        return rows
