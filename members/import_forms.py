"""Forms of an import: the upload, and what the columns of a sheet mean."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carehelp.lib.sheets import MOST_BYTES
from members.forms import OrganizationField, StyledForm
from members.models import Organization, RosterImport
from members.roles import IMPORT_PEOPLE, MANAGE_ORGANIZATIONS
from members.roster import showing
from members.roster.columns import TITLES, Layout
from members.roster.intake import Look

if TYPE_CHECKING:
    from carehelp.accounts.models import User

PERMS = {RosterImport.Kind.ROSTER: IMPORT_PEOPLE, RosterImport.Kind.ORGANIZATIONS: MANAGE_ORGANIZATIONS}


class UploadForm(StyledForm):
    """What is in the workbook, for which part of the tree, and the file."""

    kind = forms.ChoiceField(label=gettext_lazy("What the workbook holds"), choices=RosterImport.Kind)
    organization = OrganizationField(
        purpose="import",
        label=gettext_lazy("For which organization"),
        help_text=gettext_lazy("Branches are looked for in this organization and everything below it."),
    )
    file = forms.FileField(
        label=gettext_lazy("Workbook"),
        help_text=gettext_lazy("An Excel workbook (.xlsx or .xls) of at most 30 MB, without a password."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.xlsm,.xlsb,.ods"}),
    )

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:
        self.user = user
        scope = Organization.objects.visible_to(user, IMPORT_PEOPLE).open().order_by("path")
        kwargs["initial"] = {"organization": scope.first()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["organization"].offer(scope, "organization")  # type: ignore[attr-defined]  # Declared above with this type.
        if not Organization.objects.visible_to(user, MANAGE_ORGANIZATIONS).exists():
            self.fields["kind"].choices = [RosterImport.Kind.choices[0]]  # type: ignore[attr-defined]  # Declared above with this type.

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 30 MB: please split it into several files."))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind, organization = cleaned.get("kind"), cleaned.get("organization")
        if kind and organization:
            allowed = Organization.objects.visible_to(self.user, PERMS[RosterImport.Kind(kind)])
            if not allowed.filter(pk=organization.pk).exists():
                self.add_error("organization", _("You may not change the organizations there."))
        return cleaned


class ColumnsForm(forms.Form):
    """One select per column of the sheet; `layout()` gives what was chosen."""

    sheet = forms.CharField(widget=forms.HiddenInput)
    header_row = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: Any = None, *, look: Look) -> None:
        super().__init__(data, initial={"sheet": look.sheet.name, "header_row": look.layout.header_row})
        self.look, self.kept = look, look.layout
        self.shown = showing.columns_shown(look.sheet, look.layout)
        self.header_rows = showing.header_rows(look.sheet)
        for column in self.shown:
            self.fields[f"column-{column.index}"] = forms.ChoiceField(
                label=column.title or _("Column %(number)s") % {"number": column.index + 1},
                choices=showing.field_choices,
                required=False,
                initial=column.key,
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def rows(self) -> list[tuple[showing.ColumnShown, Any]]:
        return [(column, self[f"column-{column.index}"]) for column in self.shown]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = [key for name, key in cleaned.items() if name.startswith("column-") and key]
        twice = {key for key in chosen if chosen.count(key) > 1}
        if twice:
            names = "、".join(TITLES[key] for key in sorted(twice))
            raise ValidationError(
                _("Two columns mean the same: %(names)s. Please leave one of them out.") % {"names": names}
            )
        return cleaned

    def layout(self) -> Layout:
        """The layout as chosen on the screen (valid form)."""
        columns = {
            self.cleaned_data[f"column-{column.index}"]: column.index
            for column in self.shown
            if self.cleaned_data[f"column-{column.index}"]
        }
        return Layout(self.kept.header_row, columns, self.kept.titles)
