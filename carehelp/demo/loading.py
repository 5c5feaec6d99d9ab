"""Mass loading: rows go in through COPY, their history by one statement, slow indexes are built afterwards."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, models

MANY = 50_000  # From so many rows on it pays to build secondary indexes afterwards.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def line(values: Iterable[object]) -> str:
    """One row in the text form of COPY."""
    return "\t".join(map(_text, values)) + "\n"


def _text(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).translate(_ESCAPES)


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
def indexes_afterwards(*tables: str, keep: Iterable[str] = ()) -> Iterator[None]:
    """Without the indexes that no constraint needs while the block runs (inside the caller's transaction)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique",
            [list(tables)],
        )
        found = [(name, definition) for name, definition in cursor.fetchall() if name not in set(keep)]
        for name, _definition in found:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for _name, definition in found:
            cursor.execute(definition)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
