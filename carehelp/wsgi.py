"""Entry for gunicorn.  A server that nobody told its mode is a production server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("CAREHELP_MODE", "production")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carehelp.settings")

application = get_wsgi_application()
