"""Writing the evidence chain and checking it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from carehelp.audit.models import AuditEvent, AuditHead
from carehelp.lib import clock
from carehelp.lib.crypto import chain_hash

if TYPE_CHECKING:
    from carehelp.accounts.models import User

FIELDS = ("verb", "actor_id", "actor_name", "organization_id", "person_id", "target", "reason", "detail")


def record(
    verb: AuditEvent.Verb,
    *,
    by: "User | None",
    target: str,
    organization_id: int | None = None,
    person_id: object = "",
    reason: str = "",
    **detail: Any,
) -> AuditEvent:
    """Add one event to the chain, inside the caller's transaction (if that fails, it did not happen).

    `target` names what was touched (`member:<uuid>`, `report:duty-ledger`), `detail` holds counts, codes and ids:
    never names, numbers or text about a person.  Writers wait for each other until their transactions end, so a
    long transaction records last.
    """
    with transaction.atomic():
        head = AuditHead.objects.select_for_update().get(pk=1)
        event = AuditEvent(
            id=head.last_id + 1,
            at=clock.now(),
            verb=verb,
            actor_id=by.pk if by else None,
            actor_name=str(by)[:60] if by else "",
            organization_id=organization_id,
            person_id=str(person_id),
            target=target,
            reason=reason[:200],
            detail=detail,
            previous=bytes(head.last_seal),
        )
        event.seal = chain_hash(bytes(event.previous), content(event))
        event.save(force_insert=True)
        head.last_id, head.last_seal = event.id, event.seal
        head.save()
    return event


def content(event: AuditEvent) -> bytes:
    """What the seal covers: every field but the two hashes, in one canonical form."""
    body: dict[str, Any] = {name: getattr(event, name) for name in FIELDS}
    body |= {"id": event.id, "at": _instant(event.at)}
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Verdict:
    """The outcome of a check: how many rows hold, and the first that does not, with the reason."""

    checked: int
    broken_id: int | None = None
    fault: str = ""

    @property
    def intact(self) -> bool:
        return self.broken_id is None


def verify(progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Walk the whole chain; names the first row that is missing, altered or out of place.

    `progress(checked, all)` is called now and then; what it raises ends the walk.
    """
    previous, expected = bytes(32), 1
    length = AuditHead.objects.get(pk=1).last_id
    for event in _in_order():
        if progress and expected % 2000 == 1:
            progress(expected - 1, max(length, expected))
        if event.id != expected:
            return Verdict(expected - 1, expected, "missing")
        if bytes(event.previous) != previous or bytes(event.seal) != chain_hash(previous, content(event)):
            return Verdict(expected - 1, event.id, "altered")
        previous, expected = bytes(event.seal), expected + 1
    head = AuditHead.objects.get(pk=1)
    if head.last_id != expected - 1:
        return Verdict(expected - 1, expected, "missing")
    if bytes(head.last_seal) != previous:
        return Verdict(expected - 1, head.last_id, "altered")
    return Verdict(expected - 1)


def _in_order() -> Iterator[AuditEvent]:
    return AuditEvent.objects.order_by("id").iterator(chunk_size=2000)


def _instant(at: datetime) -> str:
    return at.astimezone(clock.SHANGHAI).isoformat(timespec="microseconds")
