"""Who may open what: every page of the product, declared by hand.

This table is deliberately not derived from the code that it checks.  A page that is missing here fails the test.
"""

from dataclasses import dataclass, field
from typing import Any

ANONYMOUS = "anonymous"
ADMINS = frozenset({"system_admin", "security_admin", "audit_admin"})
CARERS = frozenset({"secretary", "neighbour", "officer", "other_officer"})
OFFICERS = frozenset({"officer", "other_officer"})
READERS = CARERS | {"auditor", "fund_officer"}
EXPORTERS = CARERS | {"auditor"}
CHECKERS = frozenset({"auditor", "audit_admin"})
SIGNED_IN = READERS | ADMINS | {"stranger"}
EVERYBODY = SIGNED_IN | {ANONYMOUS}
OWNER = frozenset({"secretary"})  # The rows made for "own" pages are the secretary's.

# The places that each actor's appointments reach.
REACH: dict[str, frozenset[str]] = {
    ANONYMOUS: frozenset(),
    "stranger": frozenset(),
    "secretary": frozenset({"here"}),
    "neighbour": frozenset({"next"}),
    "other_officer": frozenset({"far"}),
    **dict.fromkeys(["officer", "auditor", "fund_officer", *ADMINS], frozenset({"here", "next"})),
}


@dataclass(frozen=True)
class Row:
    """One page: who may open it, which row of a place its address names, and what else stands in the address.

    `of`: attribute of a place (`member`, `duty`, …) whose key the address takes; `own`: a row that belongs to the
    secretary alone; neither: a page without a row.  `methods`: what it answers; anything else is 405.
    """

    who: frozenset[str]
    of: str = ""
    own: str = ""
    methods: tuple[str, ...] = ("GET", "POST")
    more: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    key: str = "pk"


GET, POST = ("GET",), ("POST",)

MATRIX: dict[str, Row] = {
    "healthz": Row(EVERYBODY),
    "dashboard:home": Row(SIGNED_IN),
    "dashboard:organization": Row(READERS, of="organization"),
    "dashboard:rows": Row(EXPORTERS, of="organization", more={"figure": "overdue"}),
    # people
    "members:list": Row(READERS),
    "members:enroll": Row(CARERS),
    "members:detail": Row(READERS, of="member"),
    "members:edit": Row(CARERS, of="member"),
    "members:transfer": Row(CARERS, of="member"),
    "members:death": Row(CARERS, of="member"),
    "members:leaving": Row(CARERS, of="member"),
    "members:suspend": Row(CARERS, of="member"),
    "members:restore": Row(CARERS, of="member"),
    "members:put-back": Row(CARERS, of="member"),
    "members:masked": Row(CARERS, of="member", more={"group": "contact"}),
    "members:unmask": Row(CARERS, of="member", more={"group": "contact"}),
    # organizations
    "members:organizations": Row(SIGNED_IN - {"stranger"}),
    "members:organization-options": Row(SIGNED_IN - {"stranger"}, query="?for=view"),
    "members:organization": Row(SIGNED_IN - {"stranger"}, of="organization"),
    "members:organization-children": Row(SIGNED_IN - {"stranger"}, of="organization"),
    "members:organization-rename": Row(OFFICERS, of="organization"),
    "members:organization-found": Row(OFFICERS, of="organization"),
    "members:organization-move": Row(OFFICERS, of="organization"),
    "members:organization-close": Row(OFFICERS, of="organization"),
    # roster import: whoever uploaded it
    "members:imports": Row(CARERS, methods=GET),
    "members:import-new": Row(CARERS),
    "members:import-template": Row(CARERS, methods=GET),
    "members:import-template-tree": Row(CARERS, methods=GET),
    "members:import": Row(OWNER, own="import", methods=GET),
    "members:import-columns": Row(OWNER, own="import", methods=POST),
    "members:import-again": Row(OWNER, own="import", methods=POST),
    "members:import-transfers": Row(OWNER, own="import", methods=POST),
    "members:import-confirm": Row(OWNER, own="import", methods=POST),
    "members:import-discard": Row(OWNER, own="import", methods=POST),
    "members:import-cancel": Row(OWNER, own="import", methods=POST),
    "members:import-rejected": Row(OWNER, own="import", methods=GET),
    # accounts and appointments
    "members:accounts": Row(frozenset({"system_admin"})),
    "members:account-new": Row(frozenset({"system_admin"})),
    "members:account": Row(frozenset({"system_admin"}), of="account"),
    "members:account-close": Row(frozenset({"system_admin"}), of="account", methods=POST),
    "members:account-reopen": Row(frozenset({"system_admin"}), of="account", methods=POST),
    "members:account-unlock": Row(frozenset({"system_admin"}), of="account", methods=POST),
    "members:account-password": Row(frozenset({"system_admin"}), of="account", methods=POST),
    "members:appointments": Row(frozenset({"security_admin"})),
    "members:appointment-new": Row(frozenset({"security_admin"})),
    "members:appointment": Row(frozenset({"security_admin"}), of="appointment"),
    "members:appointment-end": Row(frozenset({"security_admin"}), of="appointment", methods=POST),
    "members:appointment-hand-over": Row(frozenset({"security_admin"}), of="appointment", methods=POST),
    # duties and care
    "visits:due": Row(READERS),
    "visits:start": Row(CARERS),
    "visits:log": Row(CARERS, of="duty"),
    "visits:log-person": Row(CARERS, of="member"),
    "visits:waive": Row(OFFICERS, of="duty"),
    "visits:action": Row(READERS, of="action"),
    "visits:correct": Row(CARERS, of="action"),
    "visits:cancel": Row(CARERS, of="action"),
    "visits:photo": Row(READERS, of="photo"),
    "visits:person": Row(READERS, of="member"),
    "visits:rules": Row(SIGNED_IN),
    "visits:records-to-complete": Row(READERS),
    # reports and evidence
    "reports:index": Row(EXPORTERS, methods=GET),
    "reports:ask": Row(EXPORTERS, more={"name": "duty-ledger"}),
    "audit:list": Row(CHECKERS, methods=GET),
    "audit:verify": Row(CHECKERS, methods=POST),
    "audit:person": Row(CHECKERS, of="member", methods=GET),
    # the own account
    "accounts:sign-in": Row(EVERYBODY),
    "accounts:sign-out": Row(SIGNED_IN, methods=POST),
    "accounts:language": Row(EVERYBODY, methods=POST),
    "accounts:password": Row(SIGNED_IN),
    "accounts:me": Row(SIGNED_IN),
    # background work: its owner's
    "jobs:detail": Row(OWNER, own="job"),
    "jobs:cancel": Row(OWNER, own="job", methods=POST),
    "jobs:file": Row(OWNER, own="job"),
}
