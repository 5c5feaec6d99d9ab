"""Forms of the care screens.  What a date or a ticked duty may be is decided in `visits.actions`."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from carehelp.lib.ids import uuid7
from members.models import Member
from visits import actions, photos
from visits.models import CareAction, Duty

LONGEST_TEXT = 4000


class StyledForm(forms.Form):
    """A form whose single fields wear the classes of the design."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select) and not isinstance(field.widget, forms.RadioSelect):
                field.widget.attrs["class"] = "form-select"
            elif isinstance(field.widget, forms.TextInput | forms.Textarea | forms.DateInput):
                field.widget.attrs["class"] = "form-control"


class DayInput(forms.DateInput):
    """The device's own date picker."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Up to `photos.MOST` pictures, each decoded and made anew (a list of `CleanPhoto`)."""

    def clean(self, data: Any, initial: Any = None) -> list[photos.CleanPhoto]:
        uploads: list[UploadedFile] = [upload for upload in data or [] if upload]
        if len(uploads) > photos.MOST:
            raise forms.ValidationError(_("At most %(most)s photos."), params={"most": photos.MOST})
        cleaned, refused = [], []
        for upload in uploads:
            try:
                cleaned.append(photos.clean(upload, name=str(upload.name)[:60], size=upload.size or 0))
            except photos.PhotoRefused as refusal:
                refused.append(forms.ValidationError(str(refusal)))
        if refused:
            raise forms.ValidationError(refused)
        return cleaned


class ActionForm(StyledForm):
    """What one records about a care action; `CorrectionForm` and `LogForm` add what each needs."""

    kind = forms.ChoiceField(label=_("kind"), choices=CareAction.Kind.choices, widget=forms.RadioSelect)
    on = forms.DateField(label=_("date"), input_formats=["%Y-%m-%d"], widget=DayInput(required=True))
    who_went = forms.CharField(label=_("who went"), max_length=100, error_messages={"required": _("Say who went.")})
    found = forms.CharField(
        label=_("what was found"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Say in a sentence what was found.")},
    )
    done = forms.CharField(
        label=_("what was done"), max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    next_step = forms.CharField(label=_("next step"), max_length=500, required=False)
    next_on = forms.DateField(label=_("next step on"), input_formats=["%Y-%m-%d"], required=False, widget=DayInput())

    def refuse(self, refusal: actions.NotPossible) -> None:
        """Show what the business refused beside the field that it is about."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class LogForm(ActionForm):
    """The form behind "log a visit".  `id` is made before sending, so that sending twice makes one record."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    duties = forms.ModelMultipleChoiceField(
        queryset=Duty.objects.none(), required=False, label=_("Duties that this fulfils")
    )
    photos = PhotosField(
        label=_("photos"), required=False, widget=ManyFilesInput(attrs={"accept": "image/*", "multiple": True})
    )

    def __init__(self, *args: Any, duties: Any, proposed: list[Duty], today: date, **kwargs: Any) -> None:
        """`duties`: all that may be ticked (what somebody else just ended included); `proposed`: those to show."""
        super().__init__(*args, **kwargs)
        self.fields["duties"].queryset = duties  # type: ignore[attr-defined]
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        self.fields["next_on"].widget.attrs["min"] = today.isoformat()
        self.proposed = proposed

    @staticmethod
    def blank(*, member: Member, duty: Duty | None, proposed: list[Duty], who: str, today: date) -> dict[str, Any]:
        """What stands in a fresh form: today, one's own name, the duty's usual kind and all that it fulfils."""
        kind = actions.kinds_for(duty)[0] if duty else _likely_kind(proposed)
        ticked = [each.pk for each in proposed if actions.fits(each, kind, today)]
        return {"id": uuid7(), "kind": kind, "on": today, "who_went": who, "duties": ticked}

    def duty_rows(self) -> list[dict[str, Any]]:
        """The proposed duties with what the script beside the form needs to follow kind and date."""
        ticked = {str(getattr(value, "pk", value)) for value in self["duties"].value() or []}
        return [
            {
                "duty": duty,
                "ticked": str(duty.pk) in ticked,
                "kinds": " ".join(actions.kinds_for(duty)),
                "in_words": _in_words(actions.kinds_for(duty)),
            }
            for duty in self.proposed
        ]

    def renew_id(self) -> None:
        """Give the bound form another id, for sending it as a record of its own."""
        data: Any = self.data
        data = data.copy()
        data["id"] = str(uuid7())
        self.data = data


class CorrectionForm(ActionForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(StyledForm):
    reason = forms.CharField(
        label=_("reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why.")},
    )


class DueFilter(StyledForm):
    """What the due list can be narrowed to."""

    q = forms.CharField(label=_("Name, pinyin or initials"), required=False, max_length=60)
    rule = forms.ChoiceField(label=_("Rule"), required=False)

    def __init__(self, *args: Any, rules: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = [("", _("All rules")), *rules]  # type: ignore[attr-defined]
        self.fields["q"].widget.attrs |= {
            "data-search": "",
            "autocomplete": "off",
            "placeholder": self.fields["q"].label,
        }
        self.fields["q"].widget.input_type = "search"

    def wanted(self) -> dict[str, str]:
        """The valid part of what was asked for."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


def _in_words(kinds: Iterable[str]) -> str:
    return pgettext("between kinds", ", ").join(str(CareAction.Kind(kind).label) for kind in kinds)


def _likely_kind(proposed: list[Duty]) -> str:
    """The usual kind for the most urgent duty; a visit when nothing is due."""
    return actions.kinds_for(proposed[0])[0] if proposed else CareAction.Kind.VISIT
