"""Rotating keys: what was sealed with an older key or cipher is sealed with the current one, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from carehelp.lib import crypto
from carehelp.lib.fields import SealedTextField, place_of

BATCH = 2000


@dataclass
class Resealed:
    """What was looked at, what was (or would be) sealed anew, and where a value does not open."""

    looked_at: int = 0
    outdated: int = 0
    broken: list[str] = field(default_factory=list)


def reseal_rows(*, write: bool) -> Resealed:
    """Go through every sealed column of every table, history included; with `write`, seal anew what is outdated.

    The product keeps running meanwhile: a value that somebody changes in between is left as they wrote it, and
    a run that is broken off is simply started again.  A value that does not open is named and left alone.
    """
    result = Resealed()
    for model in apps.get_models():
        names = [found.attname for found in model._meta.concrete_fields if isinstance(found, SealedTextField)]
        if names:
            for rows in _batches(model, names):
                _reseal(model, names, rows, result, write=write)
    return result


def _batches(model: type[models.Model], names: list[str]) -> Iterator[list[models.Model]]:
    """Rows in the order of their keys, without holding a transaction open."""
    last: Any = None
    fields = {"pk", *names, *({"id"} if hasattr(model, "instance_type") else set())}
    while True:
        rows = model._default_manager.order_by("pk").only(*fields)
        batch = list(rows.filter(pk__gt=last)[:BATCH] if last is not None else rows[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


def _reseal(
    model: type[models.Model], names: list[str], rows: list[models.Model], result: Resealed, *, write: bool
) -> None:
    changes: dict[str, list[tuple[bytes, Any, bytes]]] = {name: [] for name in names}
    for row in rows:
        table, pk = place_of(row)
        for name in names:
            sealed = getattr(row, name)
            if sealed is None:
                continue
            result.looked_at += 1
            place = {"table": table, "pk": pk, "field": name}
            try:
                plain = crypto.unseal_bytes(sealed, **place)
            except crypto.CannotUnseal as reason:
                result.broken.append(f"{model._meta.db_table} {row.pk}: {reason}")
                continue
            if crypto.needs_resealing(sealed):
                changes[name].append((crypto.seal_bytes(plain, **place), row.pk, bytes(sealed)))
    result.outdated += sum(map(len, changes.values()))
    if write:
        _write(model, changes)


def _write(model: type[models.Model], changes: dict[str, list[tuple[bytes, Any, bytes]]]) -> None:
    quoted = connection.ops.quote_name
    key = quoted(model._meta.pk.column)
    with transaction.atomic(), connection.cursor() as cursor:
        for name, values in changes.items():
            column = quoted(name)
            # Only if it is still what was read: a change made meanwhile is newer than ours.
            statement = f"UPDATE {quoted(model._meta.db_table)} SET {column} = %s WHERE {key} = %s AND {column} = %s"  # noqa: S608 (our names)
            cursor.executemany(statement, values)
