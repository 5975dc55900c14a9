"""What a kind of trouble looks like on the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from messaging.admin.links import link
from messaging.attention import MOST_COUNTED

Cell = SafeString | str


@dataclass(frozen=True)
class Section:
    """One kind of trouble: how much of it there is, and a table of it."""

    id: str
    title: str
    count: str
    says: Sequence[Cell]
    headers: Sequence[Any]
    rows: Sequence[Sequence[Cell]]

    @property
    def table(self) -> dict[str, Any]:
        return {"headers": self.headers, "rows": self.rows}


def buttons(*given: tuple[str, Any] | None) -> SafeString:
    """Return links to pages that ask once more."""
    wanted = [(url, text) for url, text in filter(None, given)]
    return format_html_join(
        " · ", '<span class="whitespace-nowrap">{}</span>', ((link(url, text),) for url, text in wanted)
    )


def number(count: int) -> str:
    """Return a count, or that there are more than were counted."""
    return (
        gettext("%(count)s and more") % {"count": f"{MOST_COUNTED:,}"}
        if count > MOST_COUNTED
        else f"{count:,}"
    )
