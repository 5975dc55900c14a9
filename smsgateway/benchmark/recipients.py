"""Whom the benchmark writes to, and what: numbers without a pattern, so that no index is filled at one end only."""

CONTENT = (
    "【Acme】Your order 4711 has left our warehouse. It arrives tomorrow before eleven."  # 80 characters
)
NUMBERS = 1_000_000_000
STEP = 618_033_989  # shares no divisor with NUMBERS: every number comes once before any comes again


def mobile(place: int) -> str:
    """The number at a place; no two places below a thousand million have the same."""
    return f"13{place * STEP % NUMBERS:09d}"


def own_content(place: int) -> str:
    """A text as long as the one for all, and nobody else's."""
    return f"{CONTENT[:-11]}{place:010d}."
