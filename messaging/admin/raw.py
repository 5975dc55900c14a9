"""Raw bodies as staff read them: decoded as far as it goes, and no longer than a page can bear."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

SHOWN_BYTES = 20_000


def readable(body: bytes | memoryview | None) -> str:
    """Return the text of a body, cut at 20 kB and saying so."""
    if body is None:
        return ""
    whole = bytes(body)
    text = whole[:SHOWN_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd")
    if len(whole) > SHOWN_BYTES:
        text += "\n" + _("… cut here: %(shown)d of %(size)d bytes are shown") % {
            "shown": SHOWN_BYTES,
            "size": len(whole),
        }
    return text


def preformatted(text: str) -> SafeString | str:
    """Return text as a block that keeps its lines; escaped."""
    if not text:
        return "-"
    return format_html(
        '<pre class="text-xs" style="white-space: pre-wrap; overflow-wrap: anywhere">{}</pre>', text
    )
