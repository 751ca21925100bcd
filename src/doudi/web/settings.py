"""Settings. Everything an installation changes comes from the environment (``DOUDI_*``, ``DATABASE_URL``)."""

from __future__ import annotations

import os
from pathlib import Path

import pghistory

from doudi.apps.base.crypto import load_keys
from doudi.web.database import database_url, django_database, home

HOME = home()
DEMO = os.environ.get("DOUDI_DEMO") == "1"
DEBUG = os.environ.get("DOUDI_DEBUG_PAGES") == "1"
SECRET_KEY = load_keys(HOME).session_secret
ALLOWED_HOSTS = os.environ.get("DOUDI_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("DOUDI_ORIGINS", "").split(",") if origin]
HTTPS = os.environ.get("DOUDI_HTTPS") == "1"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "axes",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "doudi.apps.base",
    "doudi.apps.divisions",
    "doudi.apps.accounts",
    "doudi.apps.audit",
    "doudi.apps.registry",
    "doudi.apps.chain",
    "doudi.apps.exchange",
    "doudi.apps.linkage",
    "doudi.apps.policy",
    "doudi.apps.determination",
    "doudi.apps.assistance",
    "doudi.apps.payments",
    "doudi.apps.monitoring",
    "doudi.apps.casework",
    "doudi.apps.inspection",
    "doudi.apps.statistics",
    "doudi.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "doudi.apps.accounts.middleware.SignedInMiddleware",
    "doudi.apps.audit.middleware.RequestContextMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "doudi.web.urls"
WSGI_APPLICATION = "doudi.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parent / "jinja2"],
        "APP_DIRS": True,  # <app>/jinja2/<app>/…
        "OPTIONS": {
            "environment": "doudi.web.jinja.environment",
            "context_processors": ["doudi.web.context.page"],
        },
    },
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}},
]

DATABASES = {"default": django_database(database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False  # each service is its own transaction

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "doudi.apps.accounts.passwords.ThreeKindsValidator"},
]
# Lock a user name, not an address: a whole office shares one. LOGIN_FAILURES_PER_ADDRESS brakes guessing over many
# names, hence no axes.W006.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else anybody could keep an officer out for good
AXES_LOCKOUT_CALLABLE = "doudi.apps.accounts.views.locked_out"
AXES_CLIENT_IP_CALLABLE = "doudi.apps.audit.context.client_address"
LOGIN_FAILURES_PER_ADDRESS = int(os.environ.get("DOUDI_LOGIN_FAILURES_PER_ADDRESS", 60))  # in 30 minutes
# Reverse proxies in front of us: only their X-Forwarded-For is believed.
PROXY_ADDRESSES = frozenset(filter(None, os.environ.get("DOUDI_PROXIES", "").split(",")))
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"

CSRF_FAILURE_VIEW = "doudi.web.views.form_expired"

SESSION_COOKIE_AGE = 8 * 3600
SESSION_IDLE_SECONDS = 30 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
PERMISSIONS_POLICY = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
    }
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False
MEDIA_ROOT = HOME / "files"
LAKE_ROOT = HOME / "lake"
DROP_ROOT = Path(os.environ.get("DOUDI_DROP") or HOME / "drop")  # departments' drop folders
DROP_WAIT_MINUTES = int(os.environ.get("DOUDI_DROP_WAIT_MINUTES", 10))  # then a missing envelope is told of
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FEED_UPLOAD_MAX_BYTES = int(os.environ.get("DOUDI_FEED_MAX_BYTES", 512 * 1024 * 1024))

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())

# The pack that applies where no division says otherwise: {division code prefix: pack}.
POLICY_PACKS = {"6210": "qingyang", "4101": "zhengzhou", "42": "hubei", "4105": "anyang", "": "national_guide"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("DOUDI_LOG", "WARNING")},
}
