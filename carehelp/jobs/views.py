from io import BytesIO
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from carehelp.accounts.requests import AuthedRequest
from carehelp.jobs import work
from carehelp.jobs.models import Job


def detail(request: AuthedRequest, pk: UUID) -> HttpResponse:
    """The progress of a job; htmx asks for the fragment until it has ended, then the page takes over."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    onward = job.result.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, None):
        onward = ""
    fragment = bool(request.htmx) and "full" not in request.GET
    if job.state == Job.State.DONE and onward and not fragment:
        return redirect(onward)
    response = render(
        request,
        "jobs/_progress.html" if fragment else "jobs/detail.html",
        {"job": job, "progress": work.progress_of(job)},
    )
    if fragment and job.ended:
        response["HX-Redirect"] = onward if job.state == Job.State.DONE and onward else request.path
    return response


@require_POST
def cancel(request: AuthedRequest, pk: UUID) -> HttpResponse:
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    work.cancel(job)
    return redirect("jobs:detail", pk=job.pk)


def download(request: AuthedRequest, pk: UUID) -> FileResponse:
    """The result file, for the person who asked for it."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk, state=Job.State.DONE)
    try:
        content = work.result_of(job)
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(BytesIO(content), as_attachment=True, filename=job.result_name)
