"""Finding people by name in the database."""

from typing import Any

from django.contrib.postgres.search import SearchQuery


class NameQuery(SearchQuery):
    """A `tsquery` literal as it is: a parser would drop Chinese characters under the C locale."""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        sql, params = compiler.compile(self.get_source_expressions()[-1])
        return f"{sql}::tsquery", params
