"""Every setting, read once from the environment. `.env.example` says what each one does."""

import os
import sys
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from smsgateway import env as environment
from smsgateway import logs, schedule

django_stubs_ext.monkeypatch()  # lets ModelAdmin, ModelForm and the like name their model's type

BASE_DIR = Path(__file__).resolve().parent.parent
SMSGATEWAY_HOME = Path(os.environ.get("SMSGATEWAY_HOME") or BASE_DIR / ".local").expanduser().resolve()
env = environment.load(BASE_DIR, SMSGATEWAY_HOME)

# --- Who we are -----------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
USE_HTTPS = env.bool("USE_HTTPS", False)
TRUSTED_PROXY_HOPS = env.int("TRUSTED_PROXY_HOPS", 0)

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if USE_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if USE_HTTPS else 0
X_FRAME_OPTIONS = "DENY"

# --- Staff ----------------------------------------------------------------------------------------
STAFF_TOTP = env.str("STAFF_TOTP", "optional" if DEBUG else "required")
STAFF_IDLE_MINUTES = env.float("STAFF_IDLE_MINUTES", 60.0)
STAFF_SESSION_HOURS = env.float("STAFF_SESSION_HOURS", 12.0)
STAFF_RESET_HOURS = env.float("STAFF_RESET_HOURS", 24.0)
SESSION_COOKIE_AGE = int(STAFF_IDLE_MINUTES * 60)
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "accounts.staff.lockout.address_of"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "accounts.staff.lockout.say_locked"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "smsgateway"
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # its middleware stands within smsgateway.browsers.Staff

# --- Database and bell ----------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", "")
REDIS_URL = env.str("REDIS_URL", "")
DATABASES = {"default": env.db_url_config(DATABASE_URL or "postgres://127.0.0.1:5432/smsgateway")}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "connect_timeout": 5,
    # Of itself the driver prepares nothing; what asks for it is prepared at once (`messaging.prepared`).
    "prepare_threshold": sys.maxsize if env.bool("PREPARE_STATEMENTS", True) else None,
    "application_name": env.str("PROCESS_NAME", "smsgateway"),
    # Only where requests come and go in threads: a prefork or thread worker keeps its own connection.
    **(
        {"pool": {"min_size": 1, "max_size": env.int("WEB_DATABASE_POOL", 10), "timeout": 5}}
        if env.bool("USE_DATABASE_POOL", False)
        else {}
    ),
}
# A connection that a restart has cut must cost nobody a 503; those of a pool are looked at by the backend.
DATABASES["default"]["ENGINE"] = "smsgateway.database"
DATABASES["default"]["CONN_HEALTH_CHECKS"] = not env.bool("USE_DATABASE_POOL", False)
DATABASES["default"]["CONN_MAX_AGE"] = 0 if env.bool("USE_DATABASE_POOL", False) else 600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sending --------------------------------------------------------------------------------------
UPSTREAM_DEADLINE_SECONDS = env.float("UPSTREAM_DEADLINE_SECONDS", 15.0)
UPSTREAM_CONNECT_SECONDS = env.float("UPSTREAM_CONNECT_SECONDS", 5.0)
ATTEMPT_LEASE_SECONDS = env.float("ATTEMPT_LEASE_SECONDS", 24.0)
NO_REPORT_AFTER_HOURS = env.float("NO_REPORT_AFTER_HOURS", 72.0)
UNRESOLVED_AFTER_HOURS = env.float("UNRESOLVED_AFTER_HOURS", 72.0)
REMEMBER_SECONDS = env.float("REMEMBER_SECONDS", 1.0)
OTP_CONNECTION_SHARE = env.float("OTP_CONNECTION_SHARE", 0.2)
FREQUENCY_LIMITS = environment.limits_by_category(env.str("FREQUENCY_LIMITS", "otp=1/60,5/3600,10/86400"))
MAX_BACKLOG_MESSAGES = env.int("MAX_BACKLOG_MESSAGES", 1_000_000)
IDEMPOTENCY_SECONDS = 7 * 24 * 3600  # published in the API's description
DEFAULT_CHUNK_NUMBERS = 200  # PROTOCOL 3.6: the ceilings of the document disagree
MAX_RECIPIENTS = 10_000
PRICE_PER_PART = env.int("PRICE_PER_PART", 45)
MAX_CONTENT_CHARACTERS = env.int("MAX_CONTENT_CHARACTERS", 1000)

# --- Taking in ------------------------------------------------------------------------------------
REPORT_POLL_SECONDS = env.float("REPORT_POLL_SECONDS", 5.0)
MO_POLL_SECONDS = env.float("MO_POLL_SECONDS", 10.0)
BALANCE_POLL_SECONDS = env.float("BALANCE_POLL_SECONDS", 60.0)
FETCH_PAGE_SIZE = env.int("FETCH_PAGE_SIZE", 2000)
SMSGATEWAY_SPOOL_DIR = Path(env.str("SMSGATEWAY_SPOOL_DIR", str(SMSGATEWAY_HOME / "spool")))
PUSH_MAX_BYTES = 4 * 1024 * 1024
REQUEST_BODY_SECONDS = env.float("REQUEST_BODY_SECONDS", 30.0)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_REQUEST_BYTES", 8 * 1024 * 1024)

# --- Calling out ----------------------------------------------------------------------------------
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])

# --- Keeping --------------------------------------------------------------------------------------
RETENTION_MONTHS = env.int("RETENTION_MONTHS", 0)

# --- Alarms ---------------------------------------------------------------------------------------
ALERT_WEBHOOK_URL = env.str("ALERT_WEBHOOK_URL", "")
ALERT_WEBHOOK_FORM = env.str("ALERT_WEBHOOK_FORM", "generic")
ALERT_WEBHOOK_SECRET = env.str("ALERT_WEBHOOK_SECRET", "")
ALERT_MAIL_TO = env.list("ALERT_MAIL_TO", default=[])
ALERT_REPEAT_SECONDS = env.float("ALERT_REPEAT_SECONDS", 3600.0)
REPORT_SILENCE_MINUTES = env.float("REPORT_SILENCE_MINUTES", 30.0)
DEFAULT_FROM_EMAIL = env.str("ALERT_MAIL_FROM", "smsgateway@localhost")
globals().update(env.email_url("EMAIL_URL", "smtp://localhost:25"))
EMAIL_TIMEOUT = 10

# --- Celery: a bell, never a store ----------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "redis://127.0.0.1:6379/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "protocol": 2,
    "visibility_timeout": 3600,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_DB_REUSE_MAX = 1000  # else a worker connects anew for each task
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_QUEUES = schedule.QUEUES
CELERY_TASK_DEFAULT_QUEUE = "upkeep"
CELERY_TASK_ROUTES = schedule.ROUTES
CELERY_BEAT_SCHEDULE = schedule.beat_table(
    reports=REPORT_POLL_SECONDS, inbound=MO_POLL_SECONDS, balances=BALANCE_POLL_SECONDS
)

# --- Django ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "accounts",
    "messaging",
    "smsgateway",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "smsgateway.requests.RequestLog",
    "accounts.throttling.RateHeaders",
    "messaging.api.lean.LeanMessages",
    "messaging.admin.policy.ContentSecurityPolicy",
    "smsgateway.browsers.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "smsgateway.browsers.Csrf",
    "smsgateway.browsers.Authentication",
    "smsgateway.browsers.Messages",
    "smsgateway.browsers.XFrameOptions",
    "smsgateway.browsers.staff",
]
APPEND_SLASH = True
ROOT_URLCONF = "smsgateway.urls"
WSGI_APPLICATION = "smsgateway.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "smsgateway/templates"],  # before the theme's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- Language, time, files ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "smsgateway" / "locale"]
FORMAT_MODULE_PATH = "smsgateway.locale"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("STAFF_TIME_ZONE", "Asia/Shanghai")  # what staff see; storage and API speak UTC
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(SMSGATEWAY_HOME / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = env.bool("SERVE_UNCOLLECTED_STATIC", False)  # one machine: nobody runs collectstatic

# --- API ------------------------------------------------------------------------------------------
WEB_THREADS = env.int("WEB_THREADS", 8)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["messaging.api.authentication.ApiAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.NeededScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.ApplicationRate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["messaging.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "messaging.api.schema.Operation",
    "URL_FORMAT_OVERRIDE": None,  # the form of an answer is asked for by `Accept` alone
    "DEFAULT_METADATA_CLASS": None,  # what OPTIONS would tell stands in the schema
    "EXCEPTION_HANDLER": "messaging.api.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "smsgateway",
    "DESCRIPTION": "Post messages, learn what became of them, read replies. Times are RFC 3339 in UTC.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "messaging.api.schema.with_components",
    ],
    "ENUM_SUFFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "MessageStatus": "messaging.states.STATUSES",
        "BatchStatus": "messaging.api.answers.BATCH_STATUSES",
        "EventType": "messaging.states.EVENT_TYPES",
        "Category": "messaging.states.Category.choices",
        "CodeTable": "messaging.vendor.codes.Table",
        "CodeWho": "messaging.api.answers.WHO",
        "HoldCause": "messaging.api.answers.HOLD_CAUSES",
        "HoldScope": "messaging.api.answers.HOLD_SCOPES",
        "EstimateReason": "messaging.api.preflight_answers.UNFORESEEN",
        "RefusalCode": "messaging.api.problems.OF_A_RECIPIENT",
    },
}

# --- Browsers -------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF, UNSAFE_INLINE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}
# Unfold's Alpine evaluates expressions in attributes; messaging.admin applies this to the admin alone.
ADMIN_SCRIPT_SOURCES = [SELF, UNSAFE_EVAL]

UNFOLD = {
    "SITE_TITLE": "smsgateway",
    "SITE_HEADER": "smsgateway",
    "SITE_SYMBOL": "sms",
    "SITE_URL": None,
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "LOGIN": {"form": "accounts.staff.forms.LoginForm"},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
            {"title": _("Second factor"), "link": reverse_lazy("admin:second_factor")},
        ]
    },
    "DASHBOARD_CALLBACK": "messaging.admin.overview.dashboard.dashboard",
    "SIDEBAR": {
        "show_search": True,
        "navigation": "messaging.admin.navigation.navigation",
    },
}

LOGGING = logs.configuration(json=env.bool("LOG_JSON", True), level=env.str("LOG_LEVEL", "INFO"))
LOGGING_CONFIG = "smsgateway.logs.configure"
