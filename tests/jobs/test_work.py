from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection

from carehelp.accounts.models import User
from carehelp.jobs import work
from carehelp.jobs.models import Job
from carehelp.lib import clock
from tests import people
from tests.conftest import signed_in

State = Job.State
LONG_AGO = timedelta(minutes=10)


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Kinds of work for a test, beside those of the product."""
    mine: dict[str, Any] = {"nothing": lambda context: None}
    monkeypatch.setattr(work, "_handlers", mine)
    return mine


@pytest.fixture
def waiting(kinds: dict[str, Any], stranger: User) -> Job:
    return Job.objects.create(kind="nothing", owner=stranger)


class TestDoingIt:
    def test_it_is_done_once_however_often_it_is_sent(self, waiting: Job, kinds: dict[str, Any]) -> None:
        done: list[Any] = []
        kinds["nothing"] = lambda context: done.append(context.job.pk)
        assert [work.run(waiting.pk) for _turn in range(3)] == [True, False, False]
        assert done == [waiting.pk]
        waiting.refresh_from_db()
        assert (waiting.state, waiting.attempts) == (State.DONE, 1)

    def test_asking_nudges_after_the_commit_only(
        self, kinds: dict[str, Any], stranger: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            job = work.ask("nothing", by=stranger)
            assert Job.objects.get(pk=job.pk).state == State.WAITING
        assert Job.objects.get(pk=job.pk).state == State.DONE

    def test_an_unknown_kind_is_a_mistake_of_ours(self, stranger: User) -> None:
        with pytest.raises(KeyError):
            work.ask("os.system", by=stranger)

    def test_a_refusal_is_told_and_a_fault_is_not(
        self, kinds: dict[str, Any], stranger: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuse(context: work.Context) -> None:
            raise work.JobRefused("请换一个文件。")

        def break_down(context: work.Context) -> None:
            raise RuntimeError("secret of the house")

        kinds |= {"refuse": refuse, "break": break_down}
        messages = []
        for kind in ("refuse", "break"):
            job = Job.objects.create(kind=kind, owner=stranger)
            work.run(job.pk)
            job.refresh_from_db()
            assert job.state == State.FAILED
            messages.append(job.message)
        assert messages[0] == "请换一个文件。"
        assert "secret" not in messages[1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_not_do_the_same_job(kinds: dict[str, Any]) -> None:
    owner = people.user("owner")
    done, start = [], Barrier(4)
    kinds["count"] = lambda context: done.append(context.job.pk)
    jobs = [Job.objects.create(kind="count", owner=owner) for _turn in range(5)]

    def worker() -> None:
        start.wait()
        for job in jobs:
            work.run(job.pk)
        connection.close()

    workers = [Thread(target=worker) for _turn in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(done) == sorted(job.pk for job in jobs)


class TestCancelling:
    def test_one_that_waits_ends_at_once(self, waiting: Job) -> None:
        work.cancel(waiting)
        waiting.refresh_from_db()
        assert waiting.state == State.CANCELLED
        assert work.run(waiting.pk) is False

    def test_one_that_runs_stops_at_its_next_step(self, waiting: Job, kinds: dict[str, Any]) -> None:
        steps: list[int] = []

        def count(context: work.Context) -> None:
            for step in range(10):
                context.progress(step, 10)
                steps.append(step)
                if step == 3:
                    work.cancel(context.job)

        kinds["nothing"] = count
        work.run(waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.state, steps) == (State.CANCELLED, [0, 1, 2, 3])

    def test_one_whose_worker_died_meanwhile_is_not_begun_again(self, waiting: Job) -> None:
        Job.objects.filter(pk=waiting.pk).update(cancel_asked=True)
        work.run(waiting.pk)
        waiting.refresh_from_db()
        assert waiting.state == State.CANCELLED

    def test_one_that_has_ended_stays_as_it_ended(self, waiting: Job) -> None:
        work.run(waiting.pk)
        work.cancel(waiting)
        waiting.refresh_from_db()
        assert waiting.state == State.DONE


class TestADeadWorker:
    def leave(self, job: Job, *, attempts: int = 1, since: timedelta = LONG_AGO) -> None:
        Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempts=attempts, heartbeat=clock.now() - since)

    def test_its_job_is_given_to_another(self, waiting: Job) -> None:
        self.leave(waiting)
        assert work.sweep(clock.now()) == [str(waiting.pk)]
        assert work.run(waiting.pk) is True
        waiting.refresh_from_db()
        assert (waiting.state, waiting.attempts) == (State.DONE, 2)

    def test_one_that_still_beats_is_left_alone(self, waiting: Job) -> None:
        self.leave(waiting)
        work.beat(waiting.pk)
        assert work.sweep(clock.now()) == []

    def test_the_third_death_sets_it_aside_and_stops_nobody(self, waiting: Job, kinds: dict[str, Any]) -> None:
        self.leave(waiting, attempts=work.MOST_ATTEMPTS)
        other = Job.objects.create(kind="nothing", owner=waiting.owner)
        assert work.sweep(clock.now()) == [str(other.pk)]
        waiting.refresh_from_db()
        assert waiting.state == State.FAILED
        assert waiting.message

    def test_one_thought_dead_cannot_end_what_another_took_over(self, waiting: Job, kinds: dict[str, Any]) -> None:
        def slow(context: work.Context) -> None:
            # Meanwhile the sweep gave it away and somebody else took it.
            Job.objects.filter(pk=context.job.pk).update(attempts=2)
            context.job.result = {"from": "the slow one"}

        kinds["nothing"] = slow
        work.run(waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.state, waiting.result) == (State.RUNNING, {})

    def test_a_message_that_was_lost_is_found(self, waiting: Job) -> None:
        assert work.sweep(clock.now()) == [str(waiting.pk)]


class TestThePages:
    @pytest.fixture
    def done(self, waiting: Job, settings: Any, tmp_path: Any) -> Job:
        settings.MEDIA_ROOT = tmp_path
        waiting.state = State.DONE
        made = tmp_path / "made.pdf"
        made.write_bytes(b"%PDF")
        work.Context(waiting).keep_file(made, name="台账.pdf")
        waiting.ended_at = clock.now()
        waiting.save()
        return waiting

    def test_the_file_is_its_owners(self, done: Job, stranger: User, secretary: User) -> None:
        answer = signed_in(stranger).get(f"/jobs/{done.pk}/file/")
        assert b"".join(answer.streaming_content) == b"%PDF"
        assert "attachment" in answer["Content-Disposition"]
        assert "no-store" in answer["Cache-Control"]
        for path in ("", "file/"):
            assert signed_in(secretary).get(f"/jobs/{done.pk}/{path}").status_code == 404
        assert signed_in(secretary).post(f"/jobs/{done.pk}/cancel/").status_code == 404

    def test_the_file_lies_sealed(self, done: Job) -> None:
        with default_storage.open(done.result_file) as kept:
            assert b"%PDF" not in kept.read()

    def test_it_is_forgotten_after_a_week(self, done: Job, stranger: User) -> None:
        assert work.forget_results(clock.now()) == 0
        assert work.forget_results(clock.now() + timedelta(days=8)) == 1
        assert not default_storage.exists(done.result_file)
        assert signed_in(stranger).get(f"/jobs/{done.pk}/file/").status_code == 404

    def test_a_file_that_is_gone_is_a_404(self, done: Job, stranger: User) -> None:
        default_storage.delete(done.result_file)
        assert signed_in(stranger).get(f"/jobs/{done.pk}/file/").status_code == 404

    def test_progress_comes_as_a_fragment_and_stops_asking_at_the_end(self, waiting: Job, stranger: User) -> None:
        client = signed_in(stranger)
        cache.set(f"job-progress:{waiting.pk}", {"done": 3, "total": 9, "what": "读取"})
        Job.objects.filter(pk=waiting.pk).update(state=State.RUNNING)
        part = client.get(f"/jobs/{waiting.pk}/", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert 'value="3"' in part
        assert "every 1s" in part
        Job.objects.filter(pk=waiting.pk).update(state=State.DONE)
        ended = client.get(f"/jobs/{waiting.pk}/", headers={"HX-Request": "true"})
        assert "every 1s" not in ended.content.decode()
        assert ended["HX-Redirect"] == f"/jobs/{waiting.pk}/"

    def test_where_it_leads_is_on_this_site(self, waiting: Job, stranger: User) -> None:
        Job.objects.filter(pk=waiting.pk).update(state=State.DONE, result={"next": "//evil.example/"})
        answer = signed_in(stranger).get(f"/jobs/{waiting.pk}/")
        assert answer.status_code == 200
