"""A rule: one duty that the regulation asks for."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from visits.rules import sentences
from visits.rules.vocabulary import Audience, OnEvent, Responsible, When, Window


@dataclass(frozen=True)
class Rule:
    """Who is owed what, when, by whom, and how it is fulfilled; `fingerprint` changes with all but the words."""

    code: str
    article: str
    titles: dict[str, str] = field(hash=False)
    wording: str  # What the article says, in Chinese.
    who: Audience
    when: When
    window: Window
    by: Responsible
    fulfilled_by: tuple[str, ...]
    fingerprint: str
    in_force: bool = True

    @property
    def is_planned(self) -> bool:
        """Whether the calendar gives its duties (those of events are given when the event is recorded)."""
        return self.in_force and not isinstance(self.when, OnEvent)

    @property
    def title(self) -> str:
        """The title in the active language."""
        return self.titles["en" if (get_language() or "").startswith("en") else "zh"]

    @property
    def article_words(self) -> str:
        """第六条第二款 for article 6.2, in the active language."""
        return sentences.article(self.article)

    def terms(self, anchor: str) -> dict[str, Any]:
        """What a duty keeps of the rule under which it was given; `anchor` names the day or event it hangs on."""
        return {
            "anchor": anchor,
            "rule": self.fingerprint[:16],
            "by": self.by,
            "grace_days": self.window.grace_days,
            "fulfilled_by": list(self.fulfilled_by),
        }

    def parts(self) -> dict[str, str]:
        """Who, when, opening, due day, grace, responsible and fulfilment, each in words of the active language."""
        return sentences.parts(self.who, self.when, self.window, self.by, self.fulfilled_by)

    def sentence(self) -> str:
        """The whole rule in one sentence of the active language, as officers review it."""
        return " · ".join(part for part in self.parts().values() if part)
