"""The dictionary of the vendor's codes: what each means, who acts, and what our side does about it.

The rows stand in `codes_status`, `codes_result`, `codes_gateway` and `codes_carrier`.
"""

import re
from dataclasses import replace
from functools import partial

from messaging.vendor.codes_carrier import CARRIER_FAMILIES, FORWARDING_CODES, STATE_WORDS
from messaging.vendor.codes_gateway import GATEWAY_CODES
from messaging.vendor.codes_result import RESULT_CODES
from messaging.vendor.codes_status import STATUS_CODES
from messaging.vendor.explanation import Code, Effect, Retry, Table, Who, Words, row

__all__ = ["Code", "Effect", "Retry", "Table", "Who", "Words", "all_codes", "lookup"]

MAX_CODE = 64  # a code is a few characters; a longer one is junk that must not fill a column or a label

_ALL = (*STATUS_CODES, *RESULT_CODES, *STATE_WORDS, *GATEWAY_CODES, *FORWARDING_CODES, *CARRIER_FAMILIES)
_BY_KEY = {(code.table, code.code): code for code in _ALL}
_FAMILY = re.compile(r"(MO|GB|DB):.+", re.DOTALL)
_PADDING = " \t\r\n\v\f\x00\u3000"

_row = partial(row, documented=False, known=False)

_UNKNOWN = {
    code.table: code
    for code in (
        _row(
            Table.STATUS,
            "",
            Effect.AMBIGUOUS,
            Who.VENDOR,
            Retry.NEVER,
            "A STATUS that is in no table: nobody can say whether the messages were taken.",
            "未知的 STATUS 代码：无法判断短信是否已被接受。",
            "The gateway answered with a code that neither its document nor practice explains.",
            "网关返回了文档和实际经验中都没有的代码。",
            "Do not send again blindly: wait for reports, and ask the vendor what the code means.",
            "请勿直接重发：等待状态报告，并向供应商询问该代码的含义。",
        ),
        _row(
            Table.RESULT,
            "",
            Effect.REFUSED,
            Who.VENDOR,
            Retry.AFTER_FIX,
            "Refused, with an unknown code.",
            "提交被拒绝，代码未知。",
            "Every RESULT other than 0 is a refusal; this one is in no table.",
            "除 0 以外的 RESULT 都表示拒绝；该代码不在任何表中。",
            "Ask the vendor what the code means before sending again.",
            "请先向供应商询问该代码的含义，再决定是否重发。",
        ),
        _row(
            Table.STAT,
            "",
            Effect.FAILED_UNCERTAIN,
            Who.VENDOR,
            Retry.AFTER_FIX,
            "Reported as not delivered, with an unknown code; the message may still reach the handset.",
            "未知的状态报告代码：按未送达处理，但手机仍有可能收到。",
            "The gateway or a carrier gave a code that is in no table.",
            "网关或运营商返回了不在任何表中的代码。",
            "Ask the vendor what the code means; a late success report still counts.",
            "请向供应商询问该代码的含义；之后若收到成功报告，以成功为准。",
        ),
    )
}


def lookup(table: Table, code: str | int | None) -> Code:
    """Return the explanation of a vendor code; every code has one, so nothing is ever raised.

    Padding and letter case do not matter, nor do leading zeros of a STATUS or RESULT. A code in no
    table comes back with `known` false and its text as it came (document, sections 7 to 10).
    """
    text = _spelling(table, code)
    found = _BY_KEY.get((table, text.upper()))
    if found:
        return found
    if table is Table.STAT and (family := _FAMILY.fullmatch(text.upper())):
        return replace(_BY_KEY[table, f"{family[1]}:NNNN"], code=text)
    return replace(_UNKNOWN[table], code=text)


def all_codes() -> tuple[Code, ...]:
    """Return the whole dictionary: STATUS, RESULT, STAT, each in the document's order, then what was
    seen beyond it (document, sections 7 to 10)."""
    return _ALL


def _spelling(table: Table, code: str | int | None) -> str:
    if code is None or (isinstance(code, int) and abs(code) >= 10**MAX_CODE):
        return ""  # Python refuses to write down a number of thousands of digits
    text = str(code).strip(_PADDING)[:MAX_CODE]
    if table is not Table.STAT and re.fullmatch(r"[0-9]+", text):
        return str(int(text))
    return text
