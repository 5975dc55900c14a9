"""A page cut off at any byte loses no complete item."""

import json

from messaging.vendor.wire import Unreadable, read_page, read_push

ITEMS = [
    {"flag": 1, "mid": f"A{count}", "mobile": "18983437010", "stat": "DELIVRD", "note": '},{"flag":1'}
    if count % 2
    else {"flag": 0, "mid": f"A{count}", "mobile": "18983437010", "content": '上行 }, { ] "list":[ 😀'}
    for count in range(6)
]
BODY = json.dumps({"status": "0", "balance": -1, "list": ITEMS}, ensure_ascii=False).encode()


def _ends(body: bytes) -> list[int]:
    """The positions behind each complete item."""
    ends, position = [], body.index(b"[")
    for item in ITEMS:
        written = json.dumps(item, ensure_ascii=False).encode()
        position = body.index(written, position) + len(written)
        ends.append(position)
    return ends


def _read(read, body: bytes):
    try:
        return read(body)
    except Unreadable:
        return None


def test_every_complete_item_of_a_pulled_page_is_read_and_the_rest_kept():
    ends = _ends(BODY)
    for cut in range(len(BODY)):
        page = _read(read_page, BODY[:cut])
        complete = sum(end <= cut for end in ends)
        mids = {item.mid for item in (*page.reports, *page.inbound)} if page else set()
        assert mids == {f"A{count}" for count in range(complete)}, cut
        if page:
            assert page.truncated
            assert page.status.code == "0"


def test_the_tail_holds_what_was_cut():
    page = read_page(BODY[: _ends(BODY)[0] + 20])
    assert page.tail == '{"flag": 1, "mid":'


def test_half_a_letter_at_the_end_is_only_the_cut():
    cut = BODY.index("行".encode()) + 1
    assert read_page(BODY[:cut]).status.code == "0"


def test_the_same_holds_for_a_pushed_array():
    body = json.dumps(ITEMS).encode()
    for cut in range(len(body)):
        page = _read(lambda body: read_push(body, "application/json"), body[:cut])
        found = len(page.reports) + len(page.inbound) if page else 0
        assert found == sum(end <= cut for end in _pushed_ends(body)), cut


def _pushed_ends(body: bytes) -> list[int]:
    decoder, text, position, ends = json.JSONDecoder(), body.decode(), 1, []
    while len(ends) < len(ITEMS):
        position = decoder.raw_decode(text, position)[1]
        ends.append(position)
        position += 2
    return ends


def test_what_stands_behind_a_complete_list_is_kept():
    page = read_page(BODY + b"junk")
    assert (len(page.reports), page.truncated, page.tail) == (3, True, "}junk")
