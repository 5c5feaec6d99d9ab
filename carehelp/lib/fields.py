"""A model field whose column holds a sealed value; opening it is a deliberate act, never a side effect of reading."""

from typing import Any

from django.db import models

from carehelp.lib import crypto


class SealedTextField(models.BinaryField):
    """Text that lies encrypted in the row (see `carehelp.lib.crypto`).

    Reading the attribute gives the sealed bytes (or None).  `put(row, field, text)` seals, `reveal(row, field)`
    opens.  The row's primary key is part of the seal, so it must be known first (UUIDs made by us).  A
    history model keeps the same bytes, bound to the same table and key.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("null", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)


def put(row: models.Model, field: str, text: str) -> None:
    """Seal `text` into `row.field`; an empty text clears it."""
    table, pk = place_of(row)
    setattr(row, field, crypto.seal(text, table=table, pk=pk, field=field) if text else None)


def reveal(row: models.Model, field: str) -> str:
    """The text sealed in `row.field`, empty when there is none; raises `CannotUnseal`."""
    sealed = getattr(row, field)
    if sealed is None:
        return ""
    table, pk = place_of(row)
    return crypto.unseal(sealed, table=table, pk=pk, field=field)


def place_of(row: models.Model) -> tuple[str, Any]:
    """Table and primary key that the row's sealed values are bound to (a history row's are those of its original)."""
    model: type[models.Model] = getattr(row, "instance_type", type(row))
    return model._meta.db_table, getattr(row, model._meta.pk.attname)
