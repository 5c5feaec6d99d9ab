from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "carehelp.jobs"

    def ready(self) -> None:
        from carehelp.jobs import tasks, work

        work.on_new_job(tasks.run_job.delay)
