"""Numbers that do not behave: every STATUS, RESULT and STAT can be had by sending to the right number.

The first seven digits, `1990000` to `1990007`, say what kind of thing happens; the last four are its code.
Every other number is simply delivered.
"""

from collections.abc import Iterable
from dataclasses import dataclass

STATUS, RESULT, MA, MO, WORD, REPLY, GB, DB = (f"199000{digit}" for digit in range(8))
RESERVED = "199000"


@dataclass(frozen=True, slots=True)
class Report:
    """One report to come: `delays` is in units of the account's seconds_to_report."""

    stat: str
    delays: int = 1
    stranger: bool = False  # under an id that nobody was given
    other_mobile: bool = False
    lower_case: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one accepted message, and what its owner writes back."""

    meaning: str
    reports: tuple[Report, ...] = (Report("DELIVRD"),)
    reply: str | None = None  # {} is the text that was sent


def _stats(meaning: str, *stats: str) -> Fate:
    return Fate(meaning, tuple(Report(stat, delays) for delays, stat in enumerate(stats, start=1)))


DELIVERED = Fate("DELIVRD")
MO_200 = _stats("STAT MO:200, three digits as in section 9", "MO:200")

WORDS: dict[str, Fate] = {
    "0001": _stats("STAT EXPIRED", "EXPIRED"),
    "0002": _stats("STAT DELETED", "DELETED"),
    "0003": _stats("STAT REJECTED", "REJECTED"),
    "0004": _stats("STAT UNDELIV", "UNDELIV"),
    "0005": _stats("STAT REJECTD, as SMPP spells it", "REJECTD"),
    "0006": _stats("STAT UNKNOWN", "UNKNOWN"),
    "0007": _stats("ACCEPTD, then DELIVRD", "ACCEPTD", "DELIVRD"),
    "0008": _stats("ENROUTE, then DELIVRD", "ENROUTE", "DELIVRD"),
    "0009": _stats("ACCEPTD and nothing more", "ACCEPTD"),
    "0010": Fate("no report at all", ()),
    "0011": Fate("DELIVRD, the same report twice", (Report("DELIVRD"), Report("DELIVRD"))),
    "0012": Fate(
        "a report with an unknown mid, then DELIVRD", (Report("DELIVRD", stranger=True), Report("DELIVRD"))
    ),
    "0013": _stats("UNDELIV, then DELIVRD", "UNDELIV", "DELIVRD"),
    "0014": _stats("DELIVRD, then UNDELIV", "DELIVRD", "UNDELIV"),
    "0015": _stats("STAT MA:0001 with a trailing blank", "MA:0001 "),
    "0016": _stats("STAT delivrd in lower case", "delivrd"),
    "0017": Fate("DELIVRD under another mobile", (Report("DELIVRD", other_mobile=True),)),
    "0018": Fate("DELIVRD at once, maybe before the answer", (Report("DELIVRD", delays=0),)),
    "0019": Fate("DELIVRD with the mid in lower case", (Report("DELIVRD", lower_case=True),)),
    "0020": _stats("an empty STAT", ""),
    "0021": _stats("STAT XX:9999, which no table knows", "XX:9999"),
}

REPLIES: dict[str, Fate] = {
    "0001": Fate("DELIVRD, then the text comes back", reply="{}"),
    "0002": Fate("DELIVRD, then the reply TD", reply="TD"),
    "0003": Fate("DELIVRD, then the reply 退订", reply="退订"),
    "0004": Fate("DELIVRD, then a reply with emoji", reply="👍🏽 好的"),
    "0005": Fate("DELIVRD, then a reply of 2,000 characters", reply="长" * 2000),
    "0006": Fate("DELIVRD, then a reply of HTML", reply="<script>alert(1)</script>&amp;#\r\n"),
}

CODED = {MA: "MA", MO: "MO", GB: "GB", DB: "DB"}


def status_among(mobiles: Iterable[str]) -> int:
    """Answer the STATUS that one of `mobiles` asks for, 0 when none does."""
    return next((int(m[7:]) for m in mobiles if m.startswith(STATUS) and m[7:] != "0000"), 0)


def result_of(mobile: str) -> int:
    """Answer the RESULT that `mobile` asks for, 0 when it asks for none."""
    return int(mobile[7:]) if mobile.startswith(RESULT) else 0


def fate_of(mobile: str) -> Fate:
    """Answer what becomes of a message that was accepted for `mobile`."""
    if not mobile.startswith(RESERVED):
        return DELIVERED
    prefix, code = mobile[:7], mobile[7:]
    if prefix in CODED:
        return MO_200 if mobile == MO + "0200" else _stats("", f"{CODED[prefix]}:{code}")
    if prefix == REPLY:
        return REPLIES.get(code, REPLIES["0001"])
    return WORDS.get(code, DELIVERED) if prefix == WORD else DELIVERED


def table() -> list[tuple[str, str]]:
    """List every magic number, or pattern of numbers, with what it does."""
    return [
        (STATUS + "nnnn", "STATUS nnnn for the whole call, nothing accepted (19900000021: STATUS 21)"),
        (RESULT + "nnnn", "RESULT nnnn for this number (19900010017: RESULT 17)"),
        (MA + "nnnn", "STAT MA:nnnn (19900020029: MA:0029)"),
        (MO + "nnnn", "STAT MO:nnnn (19900030254: MO:0254)"),
        (MO + "0200", MO_200.meaning),
        *((WORD + code, fate.meaning) for code, fate in WORDS.items()),
        *((REPLY + code, fate.meaning) for code, fate in REPLIES.items()),
        (GB + "nnnn", "STAT GB:nnnn (19900060002: GB:0002)"),
        (DB + "nnnn", "STAT DB:nnnn (19900070140: DB:0140)"),
        ("any other", "STAT DELIVRD"),
    ]
