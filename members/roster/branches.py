"""Which branch a roster means by a name: looked for in the subtree that the roster is for, nowhere else."""

import re
from collections import defaultdict

from django.utils.translation import gettext as _

from members.models import Organization
from members.roster.cells import name_of

HOLDING = (Organization.Kind.BRANCH.value, Organization.Kind.GROUP.value)
MOST_DIGITS = 10
IGNORED = re.compile(r"[\s()\[\]【】《》“”\"'·、,.。]+")


class Branches:
    """The branches of one subtree by name, by "superior + name", and by code."""

    def __init__(self, organization: Organization) -> None:
        self.default = organization.pk if organization.kind in HOLDING and organization.is_open else None
        self.by_name: dict[str, list[int]] = defaultdict(list)
        self.closed: set[str] = set()
        self.others: set[str] = set()
        self.shown: list[str] = []
        rows = Organization.objects.under(organization).values_list(
            "pk", "code", "name", "kind", "closed_on", "parent__name"
        )
        for pk, code, name, kind, closed_on, parent in rows:
            self._add(pk, code, name_of(name), kind, closed_on is not None, name_of(parent or ""))

    def _add(self, pk: int, code: str, name: str, kind: str, closed: bool, parent: str) -> None:
        key = _key(name)
        if closed:
            self.closed.add(key)
        elif kind not in HOLDING:
            self.others.add(key)
        else:
            self.shown.append(name)
            for known in {key, _key(parent + name), _key(code)}:
                self.by_name[known].append(pk)

    def names(self) -> list[str]:
        """Names under which people can be put, for a drop-down."""
        return [name for name in self.shown if self.by_name.get(_key(name))]

    def find(self, name: str) -> tuple[int | None, str]:
        """The branch's primary key, or None and a sentence that says what to do."""
        if not name:
            if self.default is not None:
                return self.default, ""
            return None, _("The branch is missing: please fill it in.")
        key = _key(name)
        found = self.by_name.get(key, [])
        if len(found) == 1:
            return found[0], ""
        return None, self._why_not(key, len(found)) % {"name": _shown(name)}

    def _why_not(self, key: str, found: int) -> str:
        if found > 1:
            return _(
                "Several branches are called %(name)s: please write the superior organization before the name,"
                " or the code."
            )
        if key in self.closed:
            return _("The branch %(name)s is closed: please name the branch that the person belongs to now.")
        if key in self.others:
            return _("%(name)s is no branch: please name the branch that the person belongs to.")
        return _("There is no branch %(name)s here: please check the name, or set the branch up first.")


def _shown(name: str) -> str:
    """The name for a message; not when it holds so many digits that it could be an ID number in the wrong column."""
    return "…" if sum(character.isdigit() for character in name) > MOST_DIGITS else name[:40]


def _key(name: str) -> str:
    return IGNORED.sub("", name).lower()
