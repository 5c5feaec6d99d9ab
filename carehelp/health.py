"""For a load balancer or a watchdog: does this process reach its database and its queue?  Says nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """`ok`, or status 503 and the name of what is missing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database\n", status=503, content_type="text/plain")
    try:
        cache.get("healthz")
    except RedisError:
        return HttpResponse("redis\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
