"""Wrong settings, said before the first message is taken: an id, what is wrong, what to do.

Settings import with nothing set, because `manage.py up` starts that way; whoever needs a value is stopped here.
"""

import math
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004  Django's name for it
from django.core.exceptions import ImproperlyConfigured

# An attempt is claimed, called and recorded within its lease; the two commits around the call take their time too.
# What takes longer is recorded late, which is harmless; a long lease makes a dead worker's connections wait.
LEASE_MARGIN_SECONDS = 2.0
MOST_REMEMBERED_SECONDS = 4.0  # the rest is for reading the key
PAGE_SIZES = range(10, 10_001)
MUST_BE_POSITIVE = (
    "UPSTREAM_DEADLINE_SECONDS",
    "UPSTREAM_CONNECT_SECONDS",
    "REPORT_POLL_SECONDS",
    "MO_POLL_SECONDS",
    "BALANCE_POLL_SECONDS",
)
SECRET_CHARACTERS, DIFFERENT_CHARACTERS = 32, 8  # at least
PUBLISHED = (
    "django-insecure-",
    "change",
    "secret",
    "example",
    "your",
)  # how keys begin that stand in some file
SECOND_FACTOR = ("required", "optional")
MOST_IDLE_MINUTES, MOST_SESSION_HOURS = 24 * 60, 7 * 24
PRIVATE_ENDINGS = (".home.arpa", ".internal", ".lan", ".local", ".localhost", ".test")


def check_secret_key(**_: Any) -> list[CheckMessage]:
    try:
        found = bool(settings.SECRET_KEY)
    except ImproperlyConfigured:  # how Django reads an empty one
        found = False
    if found and not _is_guessable(settings.SECRET_KEY):
        return []
    hint = (
        "Make one with python -c 'import secrets; print(secrets.token_urlsafe(50))' and set it, "
        "or name its file in SECRET_KEY_FILE."
    )
    if not found:
        return [Error("SECRET_KEY is empty: nobody could log in.", hint=hint, id="smsgateway.E001")]
    what = "SECRET_KEY can be guessed: whoever does makes sessions of staff."
    return [Error(what, hint=hint, id="smsgateway.E011")]


def check_database(**_: Any) -> list[CheckMessage]:
    if settings.DATABASE_URL:
        return []
    hint = (
        "Set DATABASE_URL or DATABASE_URL_FILE: postgres://user:password@host:5432/smsgateway. On one machine, "
        "`manage.py up` brings a server, which the other commands find while it runs."
    )
    return [
        Error("DATABASE_URL is empty: there is nowhere to keep messages.", hint=hint, id="smsgateway.E002")
    ]


def check_encryption_keys(**_: Any) -> list[CheckMessage]:
    hint = "Make a key with `manage.py create_encryption_key`; several are separated by commas, the newest first."
    keys = settings.FIELD_ENCRYPTION_KEYS
    if not keys:
        what = "FIELD_ENCRYPTION_KEYS is empty: no upstream password can be stored or read."
    elif wrong := [place for place, key in enumerate(keys, start=1) if not _is_fernet_key(key)]:
        what = f"FIELD_ENCRYPTION_KEYS: key {wrong[0]} of {len(keys)} is no Fernet key."
    else:
        return []
    return [Error(what, hint=hint, id="smsgateway.E003")]


def check_lease(**_: Any) -> list[CheckMessage]:
    """A lease that ends during the call would have the chunk's members called `unknown` while they are being sent."""
    lease = settings.ATTEMPT_LEASE_SECONDS
    call = settings.UPSTREAM_DEADLINE_SECONDS  # connecting is part of it
    least = call + LEASE_MARGIN_SECONDS
    if lease >= least:
        return []
    what = f"ATTEMPT_LEASE_SECONDS is {lease:g}; a call may take {call:g} s and must then be recorded."
    hint = (
        f"Set it to {least:g} or more, or lower UPSTREAM_DEADLINE_SECONDS. "
        "They are the same for every process."
    )
    return [Error(what, hint=hint, id="smsgateway.E004")]


def check_seconds(**_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is {value:g}: it must be a number of seconds above 0.",
            hint="Leave it out for the default that `.env.example` shows.",
            id="smsgateway.E005",
        )
        for name in MUST_BE_POSITIVE
        if not ((value := getattr(settings, name)) > 0 and math.isfinite(value))
    ]


def check_page_size(**_: Any) -> list[CheckMessage]:
    if settings.FETCH_PAGE_SIZE in PAGE_SIZES:
        return []
    what = f"FETCH_PAGE_SIZE is {settings.FETCH_PAGE_SIZE}, outside {PAGE_SIZES[0]} to {PAGE_SIZES[-1]}."
    hint = "Fetched reports are gone at the vendor: a crash loses at most one page. 2000 suits most."
    return [Error(what, hint=hint, id="smsgateway.E006")]


def check_otp_share(**_: Any) -> list[CheckMessage]:
    if 0 <= settings.OTP_CONNECTION_SHARE <= 1:
        return []
    what = f"OTP_CONNECTION_SHARE is {settings.OTP_CONNECTION_SHARE:g}: it must be a share, from 0 to 1."
    hint = "0.2 keeps a fifth of each account's connections for one-time passwords."
    return [Error(what, hint=hint, id="smsgateway.E009")]


def check_retention(**_: Any) -> list[CheckMessage]:
    if settings.RETENTION_MONTHS >= 0:
        return []
    what = f"RETENTION_MONTHS is {settings.RETENTION_MONTHS}: it must be a number of months, or 0 to keep everything."
    return [Error(what, hint="Leave it out to keep everything.", id="smsgateway.E008")]


def check_limits(**_: Any) -> list[CheckMessage]:
    found = [
        Error(
            f"{name} is {value}: it must be 0 or more.",
            hint="Leave it out for the default.",
            id="smsgateway.E010",
        )
        for name in ("TRUSTED_PROXY_HOPS", "MAX_BACKLOG_MESSAGES")
        if (value := getattr(settings, name)) < 0
    ]
    if not 0 <= settings.REMEMBER_SECONDS <= MOST_REMEMBERED_SECONDS:
        what = f"REMEMBER_SECONDS is {settings.REMEMBER_SECONDS:g}: a revoked key must be refused within 5 s."
        hint = f"Set it to {MOST_REMEMBERED_SECONDS:g} or less, or leave it out."
        found.append(Error(what, hint=hint, id="smsgateway.E010"))
    return [*found]


def check_debug(**_: Any) -> list[CheckMessage]:
    strangers = [host for host in settings.ALLOWED_HOSTS if not _is_loopback(host)]
    if not (settings.DEBUG and strangers):
        return []
    what = f"DEBUG is on while requests for {strangers[0]} are served: error pages show settings and texts."
    hint = "Unset DEBUG, or leave only localhost, 127.0.0.1 and [::1] in ALLOWED_HOSTS."
    return [Error(what, hint=hint, id="smsgateway.E007")]


def check_redis(**_: Any) -> list[CheckMessage]:
    if settings.REDIS_URL:
        return []
    what = "REDIS_URL is empty: nobody rings the workers, and accepted messages wait."
    hint = (
        "Set REDIS_URL or REDIS_URL_FILE: redis://host:6379/0. Without it redis://127.0.0.1:6379/0 is tried."
    )
    return [Warning(what, hint=hint, id="smsgateway.W001")]


def check_any_host(**_: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    what = "ALLOWED_HOSTS contains '*': a request may claim to be for any host."
    hint = "Name the hosts that callers and staff use."
    return [Error(what, hint=hint, id="smsgateway.E012")]


def check_staff(**_: Any) -> list[CheckMessage]:
    """What lets staff in, and how long they stay."""
    found: list[CheckMessage] = []
    if settings.STAFF_TOTP not in SECOND_FACTOR:
        what = f"STAFF_TOTP is {settings.STAFF_TOTP!r}: it must be required or optional."
        found.append(Error(what, hint="Leave it out: required.", id="smsgateway.E013"))
    limits = (
        ("STAFF_IDLE_MINUTES", MOST_IDLE_MINUTES),
        ("STAFF_SESSION_HOURS", MOST_SESSION_HOURS),
        ("STAFF_RESET_HOURS", MOST_SESSION_HOURS),
    )
    for name, most in limits:
        if not 1 <= getattr(settings, name) <= most:
            what = f"{name} is {getattr(settings, name):g}, outside 1 to {most}."
            found.append(Error(what, hint="Leave it out for the default.", id="smsgateway.E014"))
    strangers = [host for host in settings.ALLOWED_HOSTS if not _is_loopback(host)]
    if settings.STAFF_TOTP == "optional" and strangers:
        what = f"STAFF_TOTP is optional while {strangers[0]} is served: a stolen password opens the admin."
        found.append(Warning(what, hint="Set STAFF_TOTP=required.", id="smsgateway.W002"))
    return found


def check_https(**_: Any) -> list[CheckMessage]:
    public = [host for host in settings.ALLOWED_HOSTS if _is_public(host)]
    if settings.USE_HTTPS or not public:
        return []
    what = (
        f"USE_HTTPS is off while {public[0]} is served: API keys and staff sessions may travel in the clear."
    )
    hint = "Put a TLS proxy in front that sets X-Forwarded-Proto, then set USE_HTTPS=true."
    return [Warning(what, hint=hint, id="smsgateway.W003")]


CHECKS = (
    check_secret_key,
    check_database,
    check_encryption_keys,
    check_lease,
    check_seconds,
    check_page_size,
    check_otp_share,
    check_retention,
    check_limits,
    check_debug,
    check_redis,
    check_any_host,
    check_staff,
    check_https,
)


def _is_guessable(key: str) -> bool:
    short = len(key) < SECRET_CHARACTERS or len(set(key)) < DIFFERENT_CHARACTERS
    return short or key.lower().startswith(PUBLISHED)


def _is_fernet_key(text: str) -> bool:
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def _is_public(host: str) -> bool:
    """A name that the Internet may know; one without a dot, such as a container's, is nobody else's."""
    if address := _address(host):
        return address.is_global
    return "." in host.strip(".") and not host.endswith(PRIVATE_ENDINGS)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
