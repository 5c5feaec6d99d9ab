"""Settings.  Three modes: `demo` and `test` bring what they need along, `production` takes it from the environment.

`manage.py` starts in demo mode; gunicorn (`carehelp.wsgi`) and the unit files start in production mode, which
refuses to run with a secret that is missing or was never chosen.
"""

import hashlib
import os
import secrets
from datetime import date
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from carehelp.lib.embedded import Embedded
from carehelp.lib.logs import logging_config

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

CAREHELP_MODE = env("CAREHELP_MODE", default="demo")
if CAREHELP_MODE not in ("demo", "test", "production"):
    raise ImproperlyConfigured("CAREHELP_MODE is demo, test or production.")
PRODUCTION = CAREHELP_MODE == "production"
CAREHELP_DATA = Path(env("CAREHELP_DATA", default=str(BASE_DIR / ".data"))).resolve()

_pinned = env("CAREHELP_TODAY", default="")
if _pinned and PRODUCTION:
    raise ImproperlyConfigured("CAREHELP_TODAY is for demo and test mode only.")
CAREHELP_TODAY = date.fromisoformat(_pinned) if _pinned else None


def _secret(name: str, *, length: int = 32) -> str:
    """A secret from the environment; outside production one that is made once and kept in the data folder."""
    given: str = env(name, default="")
    if PRODUCTION:
        made_up = given.lower().startswith(("change", "insecure", "secret", "default")) or len(set(given)) < 4
        if len(given) < length or made_up:
            raise ImproperlyConfigured(
                f"{name} must be set to at least {length} random characters, for example from `openssl rand -hex 32`."
            )
        return given
    return given or _kept_secret(name)


def _kept_secret(name: str) -> str:
    folder = CAREHELP_DATA / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / name.lower()
    try:
        with open(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    except FileExistsError:
        pass  # Made before, or by another process a moment ago.
    text = kept.read_text()
    if not text:
        raise ImproperlyConfigured(f"{kept} is empty; remove it only if no data was encrypted with it.")
    return text


SECRET_KEY = _secret("SECRET_KEY")
# "key id:hex[,key id:hex…]": the first one seals, the others still open what they sealed before a rotation.
CAREHELP_KEYS = (
    _secret("CAREHELP_KEYS") if PRODUCTION else env("CAREHELP_KEYS", default="") or f"k1:{_kept_secret('k1')}"
)
CAREHELP_LOOKUP_KEY = _secret("CAREHELP_LOOKUP_KEY")
CAREHELP_AUDIT_KEY = _secret("CAREHELP_AUDIT_KEY")
if PRODUCTION and len({SECRET_KEY, CAREHELP_KEYS, CAREHELP_LOOKUP_KEY, CAREHELP_AUDIT_KEY}) < 4:
    raise ImproperlyConfigured("SECRET_KEY and the CAREHELP_… keys must differ from each other.")
CAREHELP_CIPHER = env("CAREHELP_CIPHER", default="aes")  # or "sm4", with SM3 for look-ups

DEBUG = False
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "carehelp.urls"
WSGI_APPLICATION = "carehelp.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "carehelp.statics.CollectedStaticFiles",
    "django.forms",
    "axes",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "simple_history",
    "carehelp.accounts",
    "carehelp.audit",
    "carehelp.jobs",
    "members",
    "visits",
    "carehelp.dashboard",
    "carehelp.reports",
    "carehelp.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Outside of everything that may refuse a request: refusals carry these headers too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "carehelp.accounts.middleware.NoStore",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "carehelp.accounts.middleware.WholePageForSignIn",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "carehelp.accounts.middleware.OwnPasswordFirst",
    "carehelp.accounts.middleware.PreferredLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "carehelp.navigation.navigation",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "carehelp.lib.templatetags.carehelp",
            ],
        },
    },
]

# --- data ---------------------------------------------------------------------------------------

_embedded = Embedded(CAREHELP_DATA)
if PRODUCTION and not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
    raise ImproperlyConfigured("DATABASE_URL and REDIS_URL must be set in production.")
DATABASES = {"default": env.db_url("DATABASE_URL", default=_embedded.database_url)}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

REDIS_URL: str = env("REDIS_URL", default=_embedded.redis_url)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env("PYTEST_XDIST_WORKER", default=""),
        # Django's own is pickle: whoever reaches Redis must not run code in every process.
        "OPTIONS": {"serializer": "carehelp.lib.caching.JsonSerializer"},
    }
}
MEDIA_ROOT = CAREHELP_DATA / "media"  # Never served by a web server: every file goes through an access check.

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_ALWAYS_EAGER = CAREHELP_MODE == "test" and not env.bool("CAREHELP_REAL_QUEUE", default=False)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]  # Never pickle: whoever reaches the queue must not run code in the worker.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    # Every task looks at the database for what there is to do, so the rhythm only decides how soon.
    "plan-duties": {"task": "visits.tasks.plan_today", "schedule": 3600.0},
    "fold-tallies": {"task": "visits.tasks.fold_tallies", "schedule": 300.0},
    "remove-photo-orphans": {"task": "visits.tasks.remove_photo_orphans", "schedule": 24 * 3600.0},
    "forget-old-imports": {"task": "members.tasks.forget_old_imports", "schedule": 24 * 3600.0},
    "sweep-jobs": {"task": "carehelp.jobs.tasks.sweep_jobs", "schedule": 60.0},
}
DJANGO_CELERY_BEAT_TZ_AWARE = True

# --- people -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "dashboard:home"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "carehelp.accounts.passwords.ThreeKindsValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_RESET_ON_SUCCESS = True
# By name alone: whoever guesses from many addresses is held up as well.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # The page names an hour, and that must stay true.
AXES_CLIENT_IP_CALLABLE = "carehelp.accounts.clients.address"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "next"]
AXES_USERNAME_CALLABLE = "carehelp.accounts.names.username_for_lockout"
AXES_LOCKOUT_CALLABLE = "carehelp.accounts.views.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # carehelp.accounts keeps its own list of sign-ins.
AXES_VERBOSE = False

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 30 * 60  # Thirty minutes without a request (protection level 3 asks for a timeout).
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# A name of its own: browsers keep cookies per host, not per port, and two checkouts must not sign each other out.
# In production the prefix makes browsers refuse one that another host of the domain or plain http has set.
_cookie = "__Host-" if PRODUCTION else f"{hashlib.sha256(str(CAREHELP_DATA).encode()).hexdigest()[:8]}-"
SESSION_COOKIE_NAME = f"{_cookie}carehelp"
CSRF_COOKIE_NAME = f"{_cookie}csrf"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True  # Forms and htmx take the token from the page.
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "carehelp.errors.csrf_failure"

# --- the web ------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# How many of our own proxies stand in front; what they write about the client is believed, and nothing else.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if PRODUCTION else 0)
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # Asked from the machine itself, without TLS.
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / ".static")))
STATICFILES_DIRS = [
    BASE_DIR / "static" / "carehelp",
    ("bootstrap", BASE_DIR / "assets/node_modules/bootstrap/dist/css"),
    ("icons", BASE_DIR / "assets/node_modules/bootstrap-icons"),
    ("idb-keyval", BASE_DIR / "assets/node_modules/idb-keyval/dist"),
]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if CAREHELP_MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = CAREHELP_MODE == "test"
WHITENOISE_AUTOREFRESH = CAREHELP_MODE == "test"  # Looks for a file when asked: no scan for every test client.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("png", "jpg", "webp", "gz", "br", "woff", "woff2", "map")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- words --------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = ["carehelp.formats"]
PRODUCT_NAME = _("Care and assistance")
DJANGO_TABLES2_TEMPLATE = "django_tables2/bootstrap5.html"

LOGGING = logging_config(json=PRODUCTION)
SILENCED_SYSTEM_CHECKS = [
    "axes.W006",  # Failures are summed over all addresses and devices of a name; an office shares one address.
]
