"""Forms about people and organizations.  What contradicts is for `members.people.contradictions` to say."""

import unicodedata
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carehelp.lib import idcard
from carehelp.lib.fields import reveal
from members import masking, organizations, people
from members.models import Member, Organization
from members.models.member import Precision

NOTHING = ("无", "—", "/")  # What people write into a paper form for "none".
BLANK_KEEPS = gettext_lazy("On file: %(text)s. Leave empty to keep it; write “无” if there is none.")


class StyledForm(forms.Form):
    """A form whose widgets carry the product's classes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            if isinstance(widget, forms.CheckboxInput):
                widget.attrs.setdefault("class", "form-check-input")
            elif isinstance(widget, forms.Select):
                widget.attrs.setdefault("class", "form-select")
            else:
                widget.attrs.setdefault("class", "form-control")


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), **kwargs)


class OrganizationField(forms.CharField):
    """A box into which the name or code of an organization is typed; suggestions come from the organizations offered.

    `purpose` names the list of suggestions (see `members.views.organizations.options`); the form sets `offered`.
    """

    offered: "QuerySet[Organization, Any]" = Organization.objects.none()

    def __init__(self, *, purpose: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.purpose = purpose

    def offer(self, offered: "QuerySet[Organization, Any]", name: str) -> None:
        """Say which organizations may be chosen, and let the box ask for suggestions under its own name."""
        self.offered = offered
        self.widget.attrs |= {
            "list": f"{name}-suggestions",
            "autocomplete": "off",
            "hx-get": f"{reverse('members:organization-options')}?for={self.purpose}&name={name}",
            "hx-trigger": "input changed delay:250ms, focus once",
            "hx-target": f"#{name}-suggestions",
            # Not what a form around it says about its own answer.
            "hx-swap": "innerHTML",
            "hx-select": "unset",
            "hx-push-url": "false",
            "hx-sync": "this:queue last",
        }

    def clean(self, value: Any) -> Organization | None:
        text = super().clean(value)
        if not text:
            return None
        found = organizations.named(self.offered, text)
        if not found:
            raise ValidationError(_("No such organization in your area: type a part of its name and choose one."))
        if len(found) > 1:
            raise ValidationError(_("Several organizations have this name: please type the code instead."))
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        return organizations.label(value) if isinstance(value, Organization) else value


def _choices(choices: Any) -> list[tuple[str, Any]]:
    return [("", gettext_lazy("— please choose —")), *choices]


class MemberForm(StyledForm):
    """The facts of one person, sealed ones excepted in what they show: those boxes begin empty."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=60)
    sex = forms.ChoiceField(label=gettext_lazy("sex"), choices=_choices(Member.Sex.choices))
    birth_on = day_field(gettext_lazy("date of birth"))
    id_number = forms.CharField(label=gettext_lazy("ID number"), max_length=30, required=False)
    ethnicity = forms.CharField(label=gettext_lazy("ethnicity"), max_length=20, required=False)
    education = forms.CharField(label=gettext_lazy("education"), max_length=40, required=False)
    occupation = forms.CharField(label=gettext_lazy("occupation"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("mobile number"), max_length=20, required=False)
    landline = forms.CharField(label=gettext_lazy("landline"), max_length=20, required=False)
    address = forms.CharField(label=gettext_lazy("home address"), max_length=200, required=False)
    category = forms.ChoiceField(label=gettext_lazy("category"), choices=Member.Category.choices)
    joined_on = day_field(gettext_lazy("date of joining"))
    joined_month_only = forms.BooleanField(label=gettext_lazy("The file names only the month"), required=False)
    full_on = day_field(gettext_lazy("date of becoming a full member"), required=False)
    full_month_only = forms.BooleanField(label=gettext_lazy("The file names only the month"), required=False)
    suspended_days = forms.IntegerField(
        label=gettext_lazy("days of suspended membership"), min_value=0, max_value=36_500, required=False
    )
    medal_on = day_field(gettext_lazy("50-year medal awarded on"), required=False)
    lost_contact = forms.BooleanField(label=gettext_lazy("out of contact"), required=False)
    lost_since = day_field(gettext_lazy("out of contact since"), required=False)
    floating = forms.BooleanField(label=gettext_lazy("works elsewhere"), required=False)
    floating_to = forms.CharField(label=gettext_lazy("where to"), max_length=100, required=False)

    GROUPS: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (
            gettext_lazy("Personal facts"),
            ("name", "sex", "birth_on", "id_number", "ethnicity", "education", "occupation"),
        ),
        (gettext_lazy("How to reach"), ("phone", "landline", "address")),
        (
            gettext_lazy("Party life"),
            ("category", "joined_on", "joined_month_only", "full_on", "full_month_only", "suspended_days", "medal_on"),
        ),
        (gettext_lazy("Whereabouts"), ("lost_contact", "lost_since", "floating", "floating_to")),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The boxes in their sections, for the template."""
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in self.GROUPS]

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_id_number(self) -> str:
        number = "".join(unicodedata.normalize("NFKC", self.cleaned_data["id_number"]).upper().split())
        return idcard.from_15_digits(number) if len(number) == 15 and number.isdigit() else number

    def clean_suspended_days(self) -> int:
        return self.cleaned_data["suspended_days"] or 0

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        for date_name, box in (("joined_on", "joined_month_only"), ("full_on", "full_month_only")):
            if facts.get(box) and facts.get(date_name):
                facts[date_name] = facts[date_name].replace(day=1)
            facts[date_name.replace("_on", "_precision")] = Precision.MONTH if facts.get(box) else Precision.DAY
        for field, message in people.contradictions(self.facts_to_compare(facts), today=self.today).items():
            self.add_error(field if field in self.fields else None, message)
        return facts

    def facts_to_compare(self, facts: dict[str, Any]) -> dict[str, Any]:
        return facts

    def facts(self) -> dict[str, Any]:
        """What was filled in, as keywords for `members.people`."""
        facts = {name: value for name, value in self.cleaned_data.items() if not name.endswith("_month_only")}
        return facts | {field: "" for field in people.SEALED if facts.get(field) in NOTHING}


class EnrollForm(MemberForm):
    """A new person for a branch in scope."""

    branch = OrganizationField(label=gettext_lazy("branch"), purpose="roster")
    GROUPS = ((gettext_lazy("Roster"), ("branch",)), *MemberForm.GROUPS)

    def __init__(self, *args: Any, branches: "QuerySet[Organization, Any]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].offer(branches, "branch")  # type: ignore[attr-defined]  # Declared above.
        self.fields["id_number"].required = True

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        del facts["branch"]
        return facts


class EditForm(MemberForm):
    """Correct a person's facts.  Knows which history row the editor saw, and sends only what the editor changed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, member: Member, today: date) -> None:
        self.member = member
        self.row, number = self._seen_row(data)
        super().__init__(data, today=today, initial=initial_of(self.row) | {"seen": number})
        for group in masking.GROUPS:
            for fact in masking.masked(member, group):
                self.fields[fact.field].help_text = BLANK_KEEPS % {"text": fact.text or _("none")}

    def _seen_row(self, data: Any) -> tuple[Any, int]:
        """The facts as the editor saw them: the history row that the form names, else the person as of now."""
        number = str(data.get("seen", "")) if data else ""
        row = self.member.history.filter(history_id=int(number)).first() if number.isdecimal() else None
        return (row, int(number)) if row else (self.member, people.newest_change(self.member))

    def facts_to_compare(self, facts: dict[str, Any]) -> dict[str, Any]:
        typed = facts.get("id_number") or ""
        known = typed or reveal(self.member, "id_number")
        return facts | {"id_number": "" if typed in NOTHING else known}

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        changed = set(self.changed_data)
        for box, name in (("joined_month_only", "joined"), ("full_month_only", "full")):
            if box in changed or f"{name}_on" in changed:
                changed |= {f"{name}_on", f"{name}_precision"}
        return {name: facts[name] for name in facts if name in changed and name != "seen"}

    def rebased(self) -> "EditForm":
        """The same typing upon what others wrote meanwhile: boxes that the editor left alone take the new facts."""
        data: Any = dict(self.data.items())
        fresh = initial_of(self.member) | {"seen": people.newest_change(self.member)}
        for name, value in fresh.items():
            if name in self.changed_data:
                continue
            data.pop(name, None)
            if value not in (None, "", False):
                data[name] = "on" if value is True else str(value)
        return EditForm(data, member=self.member, today=self.today)


def initial_of(row: Any) -> dict[str, Any]:
    """What the boxes show for a person or a history row: everything but sealed facts."""
    shown = {name: getattr(row, name) for name in MemberForm.base_fields if hasattr(row, name)}
    return {name: value for name, value in shown.items() if name not in people.SEALED} | {
        "joined_month_only": row.joined_precision == Precision.MONTH,
        "full_month_only": row.full_precision == Precision.MONTH and row.full_on is not None,
    }


class DeathForm(StyledForm):
    died_on = day_field(gettext_lazy("died on"))


class LeavingForm(StyledForm):
    left_on = day_field(gettext_lazy("left the roster on"))
    reason = forms.CharField(
        label=gettext_lazy("reason for leaving"),
        max_length=100,
        help_text=gettext_lazy("For example: 组织关系转往外省, 退党, 除名, 开除党籍"),
    )


class SuspendForm(StyledForm):
    suspended_on = day_field(gettext_lazy("membership suspended since"))


class RestoreForm(StyledForm):
    suspended_on = day_field(
        gettext_lazy("membership suspended since"),
        required=False,
        help_text=gettext_lazy("The days until membership is restored do not count as party age."),
    )
    restored_on = day_field(gettext_lazy("membership restored on"))

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if member.suspended_on is None:
            self.fields["suspended_on"].required = True
        else:
            del self.fields["suspended_on"]


class PutBackForm(StyledForm):
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=100)


class TransferForm(StyledForm):
    to = OrganizationField(label=gettext_lazy("branch to move to"), purpose="roster")

    def __init__(self, *args: Any, branches: "QuerySet[Organization, Any]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(branches, "to")  # type: ignore[attr-defined]  # Declared above.


class UnmaskForm(StyledForm):
    """Why somebody has to see the whole number, telephone or address."""

    purpose = forms.ChoiceField(label=gettext_lazy("What for"), choices=_choices(masking.PURPOSES.items()))
    words = forms.CharField(
        label=gettext_lazy("In a few words"),
        min_length=masking.LEAST_WORDS,
        max_length=150,
        help_text=gettext_lazy("Recorded together with your name and the time; auditors read it."),
    )

    def clean_words(self) -> str:
        words = " ".join(str(self.cleaned_data["words"]).split())
        if len(words) < masking.LEAST_WORDS:
            raise ValidationError(_("Say in a few words what you need it for."))
        return words


class RenameForm(StyledForm):
    name = forms.CharField(label=gettext_lazy("name"), max_length=120)


class FoundForm(StyledForm):
    code = forms.CharField(label=gettext_lazy("code"), max_length=40)
    name = forms.CharField(label=gettext_lazy("name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("kind"))

    def __init__(self, *args: Any, parent: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        possible = organizations.possible_kinds(parent)
        field = self.fields["kind"]
        field.choices = [  # type: ignore[attr-defined]  # A choice field.
            (kind, label) for kind, label in Organization.Kind.choices if kind in possible
        ]


class MoveOrganizationForm(StyledForm):
    under = OrganizationField(label=gettext_lazy("organization to move it under"), purpose="tree")

    def __init__(self, *args: Any, offered: "QuerySet[Organization, Any]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["under"].offer(offered, "under")  # type: ignore[attr-defined]  # Declared above.


class CloseForm(StyledForm):
    on = day_field(gettext_lazy("closed on"))
    members_to = OrganizationField(label=gettext_lazy("branch to which its members go"), purpose="roster")

    def __init__(self, *args: Any, offered: "QuerySet[Organization, Any]", has_members: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members_to"].offer(offered, "members_to")  # type: ignore[attr-defined]  # Declared above.
        if not has_members:
            del self.fields["members_to"]
