"""Mainland China mobile numbers: read from what people write, told apart by carrier."""

import re
from collections.abc import Sequence
from enum import StrEnum

# A number as people write it: +86, 0086 or 86 in front, spaces and hyphens between the digits.
_SEPARATORS = str.maketrans("", "", " -\u00a0\u3000\t")
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})", re.ASCII)
_PLAIN = re.compile(r"1[3-9][0-9]{9}(?:\n1[3-9][0-9]{9})*", re.ASCII)
_AS_QUANTITY = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]{1,2}", re.ASCII | re.IGNORECASE)


class Carrier(StrEnum):
    MOBILE = "mobile"
    UNICOM = "unicom"
    TELECOM = "telecom"
    BROADNET = "broadnet"
    UNKNOWN = "unknown"


_PREFIXES = {
    Carrier.MOBILE: (
        "134 135 136 137 138 139 147 148 150 151 152 157 158 159 165 172 178 182 183 184 187 188 195 197 198"
    ),
    Carrier.UNICOM: "130 131 132 140 145 146 155 156 166 167 171 175 176 185 186 196",
    Carrier.TELECOM: "133 149 153 162 173 174 177 180 181 189 190 191 193 199",
    Carrier.BROADNET: "192",
}
_CARRIERS = {prefix: carrier for carrier, prefixes in _PREFIXES.items() for prefix in prefixes.split()}
_CARRIERS_OF_FOUR = {"1700": Carrier.TELECOM, "1701": Carrier.TELECOM, "1702": Carrier.TELECOM,
                     "1703": Carrier.MOBILE, "1705": Carrier.MOBILE, "1706": Carrier.MOBILE,
                     "1704": Carrier.UNICOM, "1707": Carrier.UNICOM, "1708": Carrier.UNICOM, "1709": Carrier.UNICOM,
                     "1349": Carrier.TELECOM}  # fmt: skip


def normalise(written: str) -> str | None:
    """Return the 11 digits of a mainland mobile number, or None when it is not one."""
    match = _MOBILE.fullmatch(written.translate(_SEPARATORS))
    return match.group(1) if match else None


def is_shortened_by_spreadsheet(written: str) -> bool:
    """Return whether this is how a spreadsheet shows a number as a quantity: `1.38E+10`, its last digits lost."""
    return _AS_QUANTITY.fullmatch(written.strip()) is not None


def normalise_all(written: Sequence[str]) -> list[str | None]:
    """Return `normalise` of each; ten thousand that are already 11 digits cost one look."""
    joined = "\n".join(written)
    plain = joined.split("\n") if _PLAIN.fullmatch(joined) else []
    return [*plain] if len(plain) == len(written) else [normalise(number) for number in written]


def carrier(mobile: str) -> Carrier:
    """Return the carrier that owns the number's range. A number that was ported away keeps its range: a good guess."""
    return _CARRIERS_OF_FOUR.get(mobile[:4]) or _CARRIERS.get(mobile[:3], Carrier.UNKNOWN)


def masked(mobile: str) -> str:
    """Return `138****0001`: what may be shown where the whole number may not."""
    return f"{mobile[:3]}****{mobile[-4:]}"
