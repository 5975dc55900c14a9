"""Bodies made to hurt: a reader answers or says Unreadable, soon, and within bounds."""

import json
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.vendor.wire import Unreadable, read_balance, read_page, read_push, read_submit

READERS = [
    read_submit,
    read_balance,
    read_page,
    lambda body: read_push(body, ""),
    lambda body: read_push(body, "text/json"),
]
MEGABYTE = 1024 * 1024

HOSTILE = {
    "nested arrays": b"[" * MEGABYTE,
    "nested objects": b'{"a":' * (MEGABYTE // 5),
    "nested items": b'{"status":"0","list":[' + b'{"a":[' * (MEGABYTE // 6),
    "nested items with boundaries": b'{"status":"0","list":[' + b'{"a":[{},' * (4 * MEGABYTE // 9),
    "nested form field": b"data=" + b"%5B" * (MEGABYTE // 3),
    "a huge integer": b'{"status":"0","balance":' + b"9" * MEGABYTE + b',"list":[]}',
    "a huge integer in an item": b'[{"flag":1,"mid":' + b"9" * MEGABYTE + b"}]",
    "a huge exponent": b'{"status":1e999999999,"balance":-1E+999999,"list":[]}',
    "NaN": b'{"status":NaN,"balance":Infinity,"list":[NaN]}',
    "a million items": b"[" + b"0," * (2 * MEGABYTE),
    "half a million broken items": b"[" + b"{x}," * MEGABYTE,
    "one endless string": b'[{"mid":"' + b"x" * (4 * MEGABYTE),
    "braces and blanks": b"[{" + (b"}" + b" " * 1000) * 4000,
    "commas": b"[" + b"," * (4 * MEGABYTE),
    "a form of many fields": b"a=1&" * MEGABYTE,
    "deep XML": b"<returnsms>" * (MEGABYTE // 11),
    "wide XML": b"<returnsms>" + b"<a/>" * MEGABYTE + b"</returnsms>",
    "NUL bytes": b"\0" * MEGABYTE,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_body_is_bounded_in_time_and_yield(case):
    for read in READERS:
        started = monotonic()
        try:
            found = read(HOSTILE[case])
        except Unreadable:
            found = None
        assert monotonic() - started < 3
        for name in ("rows", "reports", "inbound", "unreadable"):
            assert len(getattr(found, name, ())) <= 20_200


def _survives(body: bytes) -> None:
    for read in READERS:
        try:
            found = read(body)
        except Unreadable:
            continue
        repr(found).encode()  # storable: no lone surrogate got through


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["0", "1", "MA:0001 "]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "status",
                    "balance",
                    "list",
                    "flag",
                    "mid",
                    "mobile",
                    "stat",
                    "content",
                    "time",
                    "result",
                    "chargeType",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_a_reader(body):
    _survives(body)


@settings(max_examples=150, deadline=None)
@given(JSON, st.integers(min_value=0, max_value=400), st.booleans())
def test_no_json_breaks_a_reader_whole_or_cut(value, cut, ascii_only):
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    _survives(body)
    _survives(body[:cut])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<returnsms>",
                "<message>",
                "0",
                "</message>",
                "<resp>",
                "a#@#b#@#0",
                "<!DOCTYPE a",
                "]>",
                "&a;",
                "</returnsms>",
                "Success",
                "<returnstatus>",
                "</returnstatus>",
            ]
        )
    )
)
def test_no_markup_breaks_a_reader(parts):
    _survives("".join(parts).encode())
