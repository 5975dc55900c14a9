"""Six digits from a phone after the password (RFC 6238), and backup codes for the day on which the phone is lost."""

import hashlib
import math
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp import login as mark_verified
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from accounts.encryption import WrongEncryptionKey, decrypt, encrypt
from accounts.models import Phone

REQUIRED, OPTIONAL = "required", "optional"
BACKUP_CODES = 10
BACKUP_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else
BACKUP_LENGTH = 10  # 49 random bits
PHONE_CODE = re.compile(r"[0-9]{6}", re.ASCII)
NEW_KEY = "new_phone_key"  # in the session, encrypted, until a code shows that the phone has it

Person = Any  # a user, or `request.user` of somebody who has logged in


def is_required() -> bool:
    return bool(settings.STAFF_TOTP == REQUIRED)


def has_second_factor(user: Person) -> bool:
    return bool(Phone.objects.filter(user_id=user.pk, confirmed=True).exists())


def is_verified(user: Person) -> bool:
    """Return whether this session was opened with a second factor that the user still has."""
    return getattr(user, "otp_device", None) is not None


@transaction.atomic
def verify(user: Person, code: str) -> Device | None:
    """Return the device that a code is from, which uses the code up, or nothing.

    After each wrong code the device takes none for a while that doubles: 1 s, 2 s, 4 s, … (RFC 6238, section 5.2).
    """
    code = re.sub(r"[\s-]", "", code).lower()
    kind = Phone if PHONE_CODE.fullmatch(code) else StaticDevice
    device = kind.objects.select_for_update().filter(user_id=user.pk, confirmed=True).first()
    if device is None:
        return None
    told = code if kind is Phone else _digest(code)
    return device if device.verify_token(told) else None


def seconds_to_wait(user: Person) -> int:
    """Return for how many seconds no code of this user is taken, because wrong ones came before; at least 0."""
    waits = [0]
    for kind in (Phone, StaticDevice):
        for device in kind.objects.filter(user_id=user.pk, confirmed=True):
            allowed, why = device.verify_is_allowed()
            if not allowed:
                waits.append(_seconds_until(why["locked_until"]))
    return max(waits)


@dataclass(frozen=True)
class Offer:
    """A key that a phone may take over: the picture to scan, and the same to type."""

    picture: str  # SVG
    typed: str


def offer(request: HttpRequest) -> Offer:
    """Return the key that this session offers, the same until it is taken."""
    key = _offered(request)
    if key is None:
        key = request.session[NEW_KEY] = encrypt(secrets.token_hex(20))
    device = _device(request.user, key)
    picture = segno.make(device.config_url, error="m").svg_inline(scale=5, border=4, light="#fff")
    return Offer(picture, _in_fours(device))


def take_offer(request: HttpRequest, code: str) -> list[str] | None:
    """Give the user the key that was offered if the code shows that the phone has it; return new backup codes.

    Two tabs that do so at once leave one device. Returns nothing for a wrong code, or where nothing was offered.
    """
    key = _offered(request)
    if key is None or not PHONE_CODE.fullmatch(code):
        return None
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(username=request.user.get_username())
        device = _device(request.user, key)
        if has_second_factor(request.user):
            return None
        device.save()
        if not device.verify_token(code):
            transaction.set_rollback(True)
            return None
        codes = new_backup_codes(request.user)
    del request.session[NEW_KEY]
    mark_verified(request, device)
    return codes


def _offered(request: HttpRequest) -> str | None:
    """Return what this session offers, unless the key that it is encrypted with has gone meanwhile."""
    key: str | None = request.session.get(NEW_KEY)
    try:
        return key if key is None or decrypt(key) else None
    except WrongEncryptionKey:
        return None


@transaction.atomic
def new_backup_codes(user: Person) -> list[str]:
    """Replace the user's backup codes and return them; only digests are kept."""
    StaticDevice.objects.filter(user_id=user.pk).delete()
    device = StaticDevice.objects.create(user_id=user.pk, name="backup")
    codes = [_backup_code() for _ in range(BACKUP_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_digest(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def backup_codes_left(user: Person) -> int:
    return int(StaticToken.objects.filter(device__user_id=user.pk).count())


@transaction.atomic
def remove(user: Person) -> int:
    """Take the second factor and the backup codes away; return how many phones there were."""
    StaticDevice.objects.filter(user_id=user.pk).delete()
    return int(Phone.objects.filter(user_id=user.pk).delete()[0])


def _device(user: Person, key: str) -> Phone:
    return Phone(user_id=user.pk, name="phone", key=key, confirmed=True)


def _in_fours(device: Phone) -> str:
    typed = b32encode(device.bin_key).decode()
    return " ".join(typed[place : place + 4] for place in range(0, len(typed), 4))


def _seconds_until(moment: datetime) -> int:
    return max(1, math.ceil((moment - timezone.now()).total_seconds()))


def _backup_code() -> str:
    return "".join(secrets.choice(BACKUP_ALPHABET) for _ in range(BACKUP_LENGTH))


def _digest(code: str) -> str:
    """As much of SHA-256 as the column holds, 64 bits; a code has 49 random bits, so a slow hash would add little."""
    return hashlib.sha256(code.encode()).hexdigest()[:16]
