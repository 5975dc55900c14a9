"""Links from one page to the next."""

from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString


def page_of(model: type[Model], pk: Any) -> str:
    """Return the address of a row's page."""
    meta = model._meta  # noqa: SLF001
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(pk)])


def list_of(model: type[Model], **query: Any) -> str:
    """Return the address of a list, narrowed by query parameters."""
    meta = model._meta  # noqa: SLF001
    return f"{reverse(f'admin:{meta.app_label}_{meta.model_name}_changelist')}?{urlencode(query)}"


def link(url: str, text: Any) -> SafeString:
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, text)


def link_to(model: type[Model], pk: Any, text: Any = None) -> SafeString | str:
    """Return a link to a row by its key, or a dash where there is none."""
    return link(page_of(model, pk), pk if text is None else text) if pk else "-"
