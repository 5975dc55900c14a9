"""The bodies a gateway pushes: arrays, single objects, forms, and encodings beside UTF-8."""

import json
from urllib.parse import quote_plus, urlencode

import pytest

from messaging.vendor.wire import Unreadable, read_push

REPORT = {"flag": 1, "mid": "4C36654382720006", "mobile": "18983437011", "stat": "DELIVRD"}
INBOUND = {"flag": 0, "mid": "4C36654382720005", "mobile": "18983437010", "content": "上行内容+ &"}
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

ARRAY = json.dumps([INBOUND, REPORT], ensure_ascii=False)

BOTH = {
    "array": (ARRAY.encode(), "application/json"),
    "array with a byte order mark": (b"\xef\xbb\xbf" + ARRAY.encode(), "text/plain"),
    "array in GBK": (ARRAY.encode("gbk"), "application/json"),
    "array that claims to be a form": (ARRAY.encode(), FORM),
    "form field": (urlencode({"a": "1", "data": ARRAY}).encode(), FORM),
    "form field without content type": (urlencode({"data": ARRAY}).encode(), ""),
    "form field in GBK": (b"data=" + quote_plus(ARRAY.encode("gbk")).encode(), FORM),
    "form field's name": (quote_plus(ARRAY).encode() + b"=", FORM),
    "two form fields": (urlencode({"r": json.dumps([REPORT]), "m": json.dumps(INBOUND)}).encode(), FORM),
    "array in an envelope": (json.dumps({"list": [INBOUND, REPORT]}).encode(), "application/json"),
}


@pytest.mark.parametrize("case", BOTH)
def test_a_mixed_push_is_read_in_every_wrapping(case):
    page = read_push(*BOTH[case])
    assert [item.mid for item in page.reports] == ["4C36654382720006"]
    assert [(item.mid, item.content) for item in page.inbound] == [("4C36654382720005", "上行内容+ &")]
    assert (page.unreadable, page.truncated, page.status) == ((), False, None)


def test_a_single_object_is_one_item():
    assert read_push(json.dumps(REPORT).encode(), "application/json").reports[0].stat == "DELIVRD"


def test_a_broken_form_field_is_kept_beside_a_good_one():
    page = read_push(urlencode({"a": json.dumps(REPORT), "b": '{"mid":'}).encode(), FORM)
    assert (len(page.reports), page.unreadable) == (1, ('{"mid":',))


def test_items_of_no_kind_are_kept():
    page = read_push(b'[{"flag":9,"mid":"1"},7]', "application/json")
    assert page.unreadable == ('{"flag":9,"mid":"1"}', "7")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b" \r\n", FORM),
        (b"\xef\xbb\xbf", "application/json"),
        (b"OK", "text/plain"),
        (b"<xml/>", "text/xml"),
        (b"a=1&b=2", FORM),
        (b"data=%7B%22mid%22%3A", FORM),
        (b"&" * 1000 + b"a=1&" * 1000, FORM),
        (b"[\xff\xff]", "application/json"),
        (b'{"mid":"1"}', "application/json"),
        (b"7", "application/json"),
    ],
)
def test_a_push_that_says_nothing_is_unreadable(body, content_type):
    with pytest.raises(Unreadable):
        read_push(body, content_type)
