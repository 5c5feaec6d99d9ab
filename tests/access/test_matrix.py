"""Every page as every role: in scope, out of scope, and with the neighbour's ids smuggled in."""

import logging
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

import pytest
from celery.app.task import Task
from django.db import transaction
from django.urls import reverse

from carehelp.jobs.models import Job
from tests.access.matrix import ANONYMOUS, EVERYBODY, MATRIX, REACH, Row
from tests.access.urls import every_url
from tests.access.world import World

SIGN_IN = "/account/sign-in/"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes into the queue, as text."""
    payloads: list[str] = []
    original = Task.apply_async

    def noting(task: Task, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        payloads.append(repr((args, kwargs)))
        return original(task, args, kwargs, **options)

    monkeypatch.setattr(Task, "apply_async", noting)
    return payloads


class TestEveryPageIsDeclared:
    def test_no_page_is_missing_and_none_is_left_over(self) -> None:
        assert {name for name, _pattern in every_url()} == set(MATRIX)

    def test_every_page_has_a_name_of_its_own(self) -> None:
        names = [name for name, _pattern in every_url()]
        assert len(names) == len(set(names))

    def test_every_page_but_the_public_ones_asks_for_a_sign_in(self) -> None:
        public = {name for name, row in MATRIX.items() if row.who == EVERYBODY}
        assert public == {
            name for name, pattern in every_url() if not getattr(pattern.callback, "login_required", True)
        }


class Walk:
    """One page, walked by everybody; collects what is wrong instead of stopping at the first."""

    def __init__(self, name: str, world: World) -> None:
        self.name, self.world, self.row = name, world, MATRIX[name]
        self.wrong: list[str] = []

    def everybody(self) -> list[str]:
        for actor in REACH:
            for place, address in self.addresses_for(actor):
                for method in ("GET", "POST"):
                    self.one(actor, place, address, method)
            if actor in self.row.who and REACH[actor] and not self.row.own:
                self.smuggle(actor)
        return self.wrong

    def addresses_for(self, actor: str) -> list[tuple[str, str]]:
        """All places for whoever may open the page; one is enough to be turned away at."""
        every = list(self.addresses())
        return every if actor in self.row.who else every[:1]

    def addresses(self) -> Iterator[tuple[str, str]]:
        row = self.row
        if row.own:
            yield "here", self.address(self.world.owned[row.own].pk)
        elif row.of:
            for key in self.world.places:
                yield key, self.address(self.key_at(key))
        else:
            yield "", reverse(self.name, kwargs=row.more) + row.query

    def address(self, pk: Any) -> str:
        return reverse(self.name, kwargs={self.row.key: pk} | self.row.more)

    def key_at(self, place: str) -> Any:
        there = self.world.places[place]
        if self.row.of == "appointment":
            return there.account.appointments.get().pk
        return getattr(there, self.row.of).pk

    def one(self, actor: str, place: str, address: str, method: str) -> None:
        with self.changing_nothing_elsewhere(actor, f"{method} {address}"):
            answer = self.world.clients[actor].generic(method, address)
            expected = self.expected(actor, place, method)
            if not self.fits(answer, expected):
                got = f"{answer.status_code} {answer.headers.get('Location', '')}"
                self.wrong.append(f"{actor} {method} {place} {address}: {got} instead of {expected}")
            self.no_canary(actor, answer, f"{method} {address}")

    def smuggle(self, actor: str) -> None:
        """The neighbour's ids in the query string and in the form of pages that one may open."""
        reach = REACH[actor]
        near = "next" if "next" not in reach else "far"
        ids = self.world.places[near].ids | dict(parse_qsl(self.row.query.removeprefix("?")))
        address = next(address for place, address in self.addresses() if not place or place in reach)
        client = self.world.clients[actor]
        for method in self.row.methods:
            what = f"{method} {address} smuggling {near}"
            with self.changing_nothing_elsewhere(actor, what):
                answer = client.get(address, ids) if method == "GET" else client.post(address, ids)
                self.no_canary(actor, answer, what)

    def expected(self, actor: str, place: str, method: str) -> str:
        row = self.row
        if actor == ANONYMOUS and actor not in row.who:
            return "sign-in"
        if row.own:
            allowed = actor in row.who
            # Others get 404; whoever may not import at all is refused already.
            return ("open" if method in row.methods else "405") if allowed else "refused"
        if actor not in row.who:
            return "refused"
        if method not in row.methods:
            return "405"
        return "open" if not place or place in REACH[actor] else "not found"

    @staticmethod
    def fits(answer: Any, expected: str) -> bool:
        status, to_sign_in = answer.status_code, answer.headers.get("Location", "").startswith(SIGN_IN)
        match expected:
            case "sign-in":
                return status == 302 and to_sign_in
            case "refused":
                return status in (403, 404, 405)
            case "not found":
                return status == 404
            case "405":
                return status == 405
        # A page that only shows may refuse the other method; an empty form is sent back with what is missing.
        return status in (200, 204, 302, 400, 405, 409, 422)

    def no_canary(self, actor: str, answer: Any, what: str) -> None:
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = body.decode("utf-8", "replace") + repr(dict(answer.headers))
        sees_people = actor not in ("system_admin", "security_admin", "audit_admin", "stranger", ANONYMOUS)
        for key, place in self.world.places.items():
            inside = key in REACH[actor]
            hidden = [] if inside and sees_people else place.words[:5]
            if not inside:
                hidden = [*place.words, place.organization.name]
            for word in hidden:
                if word in text:
                    self.wrong.append(f"{actor} {what}: shows {word!r} of {key}")

    def changing_nothing_elsewhere(self, actor: str, what: str) -> "Unchanged":
        return Unchanged(self, actor, what)


class Unchanged:
    """Runs a request, checks that nothing changed where the actor has no power, and takes it all back."""

    def __init__(self, walk: Walk, actor: str, what: str) -> None:
        self.walk, self.actor, self.what = walk, actor, what
        self.outside = [place for key, place in walk.world.places.items() if key not in REACH[actor]]

    def __enter__(self) -> None:
        self.cookies = {name: kept.value for name, kept in self.walk.world.clients[self.actor].cookies.items()}
        self.before = [place.state() for place in self.outside] if "POST" in self.what else []
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        if kind is None:
            if self.before and [place.state() for place in self.outside] != self.before:
                self.walk.wrong.append(f"{self.actor} {self.what}: changed rows out of scope")
            transaction.set_rollback(True)
        self.atomic.__exit__(kind, value, trace)
        self.walk.world.clients[self.actor].cookies = SimpleCookie(self.cookies)  # Signed in again.


def test_every_page_opens_to_those_who_may_and_to_nobody_else(
    world: World, sent: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wrong = [fault for name in sorted(MATRIX) for fault in Walk(name, world).everybody()]
    assert not wrong, "\n".join(wrong)
    told = caplog.text + "".join(sent) + repr(list(Job.objects.values_list("params", "result", "message")))
    secrets = [word for place in world.places.values() for word in place.words]
    assert [word for word in secrets if word in told] == []


class TestTheMatrixItself:
    def test_it_notices_a_page_that_is_too_open(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(MATRIX, "members:detail", Row(frozenset({"officer"}), of="member"))
        wrong = Walk("members:detail", world).everybody()
        assert any(line.startswith("secretary GET here") for line in wrong)

    def test_it_notices_a_word_from_next_door(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(REACH, "officer", frozenset({"here"}))
        assert any("shows '金丝雀前'" in line for line in Walk("members:list", world).everybody())
