"""Forms of "my account"."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carehelp.accounts.models import User


class SignInForm(auth_forms.AuthenticationForm):
    """Says the same whether the name, the password or the account's state was the reason."""

    error_messages = {
        "invalid_login": _("User name or password is not right. After 5 failures the account is locked for a while."),
        "inactive": _("User name or password is not right. After 5 failures the account is locked for a while."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        for name in ("username", "password"):
            self.fields[name].widget.attrs["class"] = "form-control"


class PreferencesForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("language"), choices=settings.LANGUAGES, widget=forms.Select(attrs={"class": "form-select"})
    )

    class Meta:
        model = User
        fields = ["text_size", "look", "language"]
        widgets = {name: forms.Select(attrs={"class": "form-select"}) for name in ("text_size", "look")}


class PasswordForm(auth_forms.PasswordChangeForm):
    """The new password must really be a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.user.check_password(cleaned.get("new_password1") or ""):
            self.add_error(
                "new_password1",
                ValidationError(gettext("This is the old password: choose another one."), code="password_unchanged"),
            )
        return cleaned

    def save(self, commit: bool = True) -> User:
        self.user.must_change_password = False
        saved: User = super().save(commit)
        return saved
