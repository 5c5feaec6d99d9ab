"""Production refuses to start half-configured, and what it starts with is tight."""

import json

import pytest

from tests.security.production import GOOD, run

CHECK = "from django.core.management import call_command; call_command('check', deploy=True, fail_level='WARNING')"
SHOWN = (
    "SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE "
    "SESSION_COOKIE_HTTPONLY SESSION_COOKIE_AGE DEBUG CELERY_TASK_ALWAYS_EAGER SECURE_CONTENT_TYPE_NOSNIFF "
    "SESSION_COOKIE_NAME CSRF_COOKIE_NAME ALLOWED_HOSTS CELERY_ACCEPT_CONTENT"
)


def test_the_deployment_check_is_clean() -> None:
    done = run(CHECK)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "CAREHELP_KEYS", "CAREHELP_LOOKUP_KEY", "CAREHELP_AUDIT_KEY"])
@pytest.mark.parametrize("value", [None, "", "short", "change-me-change-me-change-me-change-me", "a" * 64])
def test_a_missing_or_default_secret_stops_it(name: str, value: str | None) -> None:
    done = run("", **{name: value})
    assert done.returncode != 0
    assert name in done.stderr
    assert value is None or len(value) < 6 or value not in done.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_it_needs_its_servers(name: str) -> None:
    done = run("", **{name: None})
    assert done.returncode != 0
    assert name in done.stderr


def test_it_lives_in_the_real_day() -> None:
    done = run("", CAREHELP_TODAY="2026-07-01")
    assert done.returncode != 0
    assert "CAREHELP_TODAY" in done.stderr


def test_the_same_secret_for_two_purposes_stops_it() -> None:
    done = run("", CAREHELP_AUDIT_KEY=GOOD["CAREHELP_LOOKUP_KEY"])
    assert done.returncode != 0


def test_what_it_starts_with() -> None:
    code = (
        "import json; from django.conf import settings\n"
        f"print(json.dumps({{name: getattr(settings, name) for name in {SHOWN.split()!r}}}))"
    )
    found = json.loads(run(code).stdout)
    assert found == {
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_AGE": 1800,
        "DEBUG": False,
        "CELERY_TASK_ALWAYS_EAGER": False,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SESSION_COOKIE_NAME": "__Host-carehelp",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "ALLOWED_HOSTS": ["care.example.cn"],
        "CELERY_ACCEPT_CONTENT": ["json"],
    }


def test_a_forged_proxy_header_is_not_believed_without_a_proxy() -> None:
    code = "from django.conf import settings; print(getattr(settings, 'SECURE_PROXY_SSL_HEADER', None))"
    assert run(code, TRUSTED_PROXIES="0").stdout.strip() == "None"
    assert "X_FORWARDED_PROTO" in run(code).stdout


def test_a_foreign_host_header_is_refused() -> None:
    code = (
        "from django.test import Client\n"
        "for host in ['care.example.cn', 'evil.example']:\n"
        "    print(Client().get('/account/sign-in/', headers={'Host': host}).status_code)"
    )
    # The right one is sent on to https.
    assert run(code).stdout.split() == ["301", "400"]
