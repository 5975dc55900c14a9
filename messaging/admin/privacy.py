"""Who sees whole numbers and texts. Pages ask here: `shown_number`, `shown_text`, or `MaskedAdmin` for a model."""

import re
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.reading import ReadOnlyAdmin

PERMISSION = "messaging.view_personal_data"
WITHHELD = "***"
SIGNATURE = re.compile(r"【[^】]{1,20}】")


def may_see(request: HttpRequest) -> bool:
    """Return whether who asks may read whole numbers, texts and raw bodies."""
    return bool(request.user.has_perm(PERMISSION))


def shown_number(request: HttpRequest, number: str) -> str:
    return number if may_see(request) else masked_number(number)


def shown_text(request: HttpRequest, text: str) -> str:
    return text if may_see(request) else masked_text(text)


def masked_number(number: str) -> str:
    """Keep the first three and the last four of a number; nothing of what is too short to hide the rest."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else WITHHELD


def masked_text(text: str) -> str:
    """Keep the signature in front and the length in characters."""
    signature = SIGNATURE.match(text)
    return f"{signature[0] if signature else ''}{WITHHELD} ({len(text)})"


class MaskedAdmin(ReadOnlyAdmin):
    """Puts masked columns in place of those in `MASKED`, for whoever lacks the permission."""

    MASKED = {
        "mobile": "masked_mobile",
        "content": "masked_content",
        "shortened": "masked_content",
        "shown_body": "withheld",
        "shown_raw": "withheld",
    }

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return self._as_permitted(request, super().get_list_display(request))

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> tuple[str, ...]:
        links = super().get_list_display_links(request, self.list_display)
        return self._as_permitted(request, links)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._as_permitted(request, super().get_fields(request, obj))

    def _as_permitted(self, request: HttpRequest, names: Any) -> tuple[str, ...]:
        return tuple(names) if may_see(request) else tuple(self.MASKED.get(name, name) for name in names)

    @admin.display(description=_("number"))
    def masked_mobile(self, row: Any) -> str:
        return masked_number(row.mobile)

    @admin.display(description=_("text"), empty_value="-")
    def masked_content(self, row: Any) -> str | None:
        return None if row.content is None else masked_text(row.content)

    @admin.display(description=_("body"))
    def withheld(self, _row: Any) -> str:
        return WITHHELD
