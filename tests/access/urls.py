"""Every page of the product, read off the resolver."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def every_url() -> Iterator[tuple[str, URLPattern]]:
    """Name with namespace (`members:detail`) and pattern of every page; a page without a name goes by its route."""
    yield from _below(get_resolver().url_patterns, "")


def _below(patterns: list[URLPattern | URLResolver], namespace: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _below(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern
