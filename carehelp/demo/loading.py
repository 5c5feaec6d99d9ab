"""Mass loading into bare tables: rows go in through COPY, their history by one statement, all else comes afterwards."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def line(values: Iterable[object]) -> str:
    """One row in the text form of COPY."""
    return "\t".join(map(_text, values)) + "\n"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)  # Numbers, dates and identifiers have nothing to escape.


def copy(table: str, columns: Iterable[str], lines: str) -> None:
    """Put prepared lines into a table."""
    with connection.cursor() as cursor:
        names = ", ".join(map(_quoted, columns))
        cursor.copy_expert(f"COPY {_quoted(table)} ({names}) FROM STDIN", io.StringIO(lines))  # noqa: S608 (our names)


def add_history(model: type[models.Model], moment: str, *, kind: str = "+", where: str = "TRUE") -> None:
    """Write a history row for every row of the model's table that meets `where`, in one statement.

    `moment` and `where` are SQL over the table's columns.
    """
    kept = model.history.model  # type: ignore[attr-defined]
    own = {"history_id", "history_date", "history_type", "history_change_reason", "history_user"}
    names = [_quoted(field.column) for field in kept._meta.concrete_fields if field.name not in own]
    columns = ", ".join(names)
    run(
        f"INSERT INTO {_quoted(kept._meta.db_table)} ({columns}, history_date, history_type)"  # noqa: S608 (our names)
        f" SELECT {columns}, {moment}, %s FROM {_quoted(model._meta.db_table)} WHERE {where}",
        [kind],
    )


def run(statement: str, params: Sequence[int | str] = ()) -> int:
    """Execute one statement; gives the number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def follow_ids(model: type[models.Model]) -> None:
    """Let the table's sequence go on behind the identifiers that were put in by hand."""
    table = model._meta.db_table
    run(
        f"SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {_quoted(table)}",  # noqa: S608 (our names)
        [table],
    )


@contextmanager
def bare(*tables: str, keep: Iterable[str] = ()) -> Iterator[None]:
    """Without triggers, foreign keys and the indexes that no constraint needs while the block runs.

    Everything is back in its exact definition after the block, and what was written is checked then.  It must run
    inside a transaction: when that breaks off, the tables are as they were.
    """
    for table in tables:
        run(f"ALTER TABLE {_quoted(table)} DISABLE TRIGGER USER")
    keys, indexes = _foreign_keys(tables), _indexes(tables, keep)
    for table, name, _definition in keys:
        run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _definition in indexes:
        run(f"DROP INDEX {name}")
    yield
    run("SET LOCAL maintenance_work_mem = '256MB'")
    run("SET LOCAL max_parallel_maintenance_workers = 1")
    for _name, definition in indexes:
        run(definition)
    for table, name, definition in keys:
        run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for table in tables:
        run(f"ALTER TABLE {_quoted(table)} ENABLE TRIGGER USER")


def _foreign_keys(tables: Sequence[str]) -> list[tuple[str, str, str]]:
    """Table, name and definition of each foreign key that the tables have, quoted where need be."""
    return _rows(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = ANY(%s::regclass[]) AND contype = 'f' ORDER BY conname",
        tables,
    )


def _indexes(tables: Sequence[str], keep: Iterable[str]) -> list[tuple[str, str]]:
    """Name and definition of each index that is there for speed alone."""
    found = _rows(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique ORDER BY 1",
        tables,
    )
    return [(name, definition) for name, definition in found if name not in set(keep)]


def _rows(query: str, tables: Sequence[str]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, [list(tables)])
        return list(cursor.fetchall())


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
