"""What is asked before a report is made, and what narrows the list of events."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carehelp.audit.models import AuditEvent
from carehelp.reports import periods
from carehelp.reports.catalogue import FORMATS
from carehelp.reports.periods import Period, Preset
from members import organizations
from members.access import powers_of
from members.forms import DayInput, OrganizationField, StyledForm
from members.models import Member, Organization
from members.roles import EXPORT, VIEW_AUDIT

if TYPE_CHECKING:
    from carehelp.accounts.models import User

EARLIEST = date(1921, 7, 23)


class ReportForm(StyledForm):
    """Organization (unless a person was chosen before), period and format; cleaned to `organization`, `period`, …"""

    organization = OrganizationField(label=gettext_lazy("Organization"), purpose="export", max_length=200)
    preset = forms.ChoiceField(label=gettext_lazy("Period"), choices=Preset.choices, initial=Preset.YEAR)
    first = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput())
    last = forms.DateField(label=gettext_lazy("Through"), required=False, widget=DayInput())
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=tuple(FORMATS.items()), initial="pdf")

    def __init__(self, *args: Any, user: "User", member: Member | None, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["preset"].help_text = _("“Other dates” takes the two days below.")
        if member:
            del self.fields["organization"]
            return
        offered = Organization.objects.visible_to(user, EXPORT)
        _offer(self.fields["organization"], offered, "organization")
        if not self.is_bound:
            asked = str(self.initial.get("organization", ""))
            chosen = offered.filter(pk=int(asked)).first() if asked.isdigit() and len(asked) < 16 else None
            own = organizations.topmost(offered, powers_of(user).paths(EXPORT))
            self.initial["organization"] = chosen or own.first()

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or {}
        first, last, preset = kept.pop("first", None), kept.pop("last", None), kept.pop("preset", None)
        if preset == Preset.OTHER:
            kept["period"] = self._other(first, last)
        elif preset:
            kept["period"] = periods.of(preset, self.today)
        return kept

    def _other(self, first: date | None, last: date | None) -> Period | None:
        if first is None or last is None:
            self.add_error("first" if first is None else "last", _("Give both days of the period."))
        elif last < first:
            self.add_error("last", _("The last day lies before the first."))
        elif first < EARLIEST or last.year > self.today.year + 2:
            self.add_error("first", _("Choose days between 1921 and two years from now."))
        else:
            return Period(first, last)
        return None


class AuditFilter(StyledForm):
    """What narrows the list of events.  Nothing is required."""

    verb = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    actor = forms.CharField(label=gettext_lazy("Account"), max_length=60, required=False)
    person = forms.UUIDField(label=gettext_lazy("Person's id"), required=False, widget=forms.TextInput())
    organization = OrganizationField(
        label=gettext_lazy("Organization"), purpose="audit", max_length=200, required=False
    )
    first = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput())
    last = forms.DateField(label=gettext_lazy("Through"), required=False, widget=DayInput())

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verbs = self.fields["verb"]
        assert isinstance(verbs, forms.ChoiceField)  # noqa: S101 (for the type checker)
        verbs.choices = [("", _("everything")), *AuditEvent.Verb.choices]
        _offer(self.fields["organization"], Organization.objects.visible_to(user, VIEW_AUDIT), "organization")

    def clean_person(self) -> str:
        return str(self.cleaned_data["person"] or "")

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or {}
        if kept.get("first") and kept.get("last") and kept["last"] < kept["first"]:
            raise ValidationError(_("The last day lies before the first."))
        return kept


def _offer(field: forms.Field, offered: Any, name: str) -> None:
    assert isinstance(field, OrganizationField)  # noqa: S101 (for the type checker)
    field.offer(offered, name)
