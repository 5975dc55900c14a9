"""Whom the benchmark writes to, and what: numbers without a pattern, so that no index is filled at one end only."""

# 80 characters, in the language of those who get them.
CONTENT = (
    "【Acme】尊敬的客户，您的订单四七一一已从我们的仓库发出，预计明天上午十一点之前送达，"
    "请保持手机畅通并准备好取件码，如有疑问请联系客服热线，感谢您一直的支持。"
)
NUMBERS = 1_000_000_000
STEP = 618_033_989  # shares no divisor with NUMBERS: every number comes once before any comes again


def mobile(place: int) -> str:
    """The number at a place; no two places below a thousand million have the same."""
    return f"13{place * STEP % NUMBERS:09d}"


def own_content(place: int) -> str:
    """A text as long as the one for all, and nobody else's."""
    return f"{CONTENT[:-11]}{place:010d}。"
