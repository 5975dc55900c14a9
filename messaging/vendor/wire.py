"""The protocol without any IO: what we say to the vendor, and how its answers are read.

The rooms behind this door: `forms` (what we send), `answers` (to a submit and to `balance`), `pages` and
`items` (reports and inbound messages), `json_lists`, `xml_answers` and `values` (how they are written).
"""

from messaging.vendor.answers import Balance, ChargeType, SubmitAnswer, SubmitRow, read_balance, read_submit
from messaging.vendor.forms import (
    MAX_NUMBERS,
    Form,
    Login,
    balance_form,
    mo_form,
    p2p_form,
    report_form,
    send_form,
)
from messaging.vendor.items import InboundItem, ReportItem
from messaging.vendor.pages import Page, read_page, read_push
from messaging.vendor.values import MAX_LABEL, MAX_MID, MAX_MOBILE, Unreadable

__all__ = [
    "MAX_LABEL",
    "MAX_MID",
    "MAX_MOBILE",
    "MAX_NUMBERS",
    "Balance",
    "ChargeType",
    "Form",
    "InboundItem",
    "Login",
    "Page",
    "ReportItem",
    "SubmitAnswer",
    "SubmitRow",
    "Unreadable",
    "balance_form",
    "mo_form",
    "p2p_form",
    "read_balance",
    "read_page",
    "read_push",
    "read_submit",
    "report_form",
    "send_form",
]
