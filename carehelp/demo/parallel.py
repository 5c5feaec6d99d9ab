"""Preparing rows on all cores of a small machine."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`map` over child processes: results come in order, and only a few are prepared ahead.

    The children never touch the database connection that they inherit.
    """
    waiting = iter(items)
    first = list(islice(waiting, 2))
    workers = min(4, os.cpu_count() or 1)
    if workers < 2 or len(first) < 2:
        yield from map(work, chain(first, waiting))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        ahead: deque[Future[Result]] = deque()
        for item in chain(first, waiting):
            ahead.append(pool.submit(work, item))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
