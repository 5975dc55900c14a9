"""Answers in XML, which come without `rt=json` and sometimes with it."""

import pytest

from messaging.vendor.codes import Effect
from messaging.vendor.wire import Unreadable, read_balance, read_page, read_submit

SUCCESS = (
    b"<?xml version='1.0' encoding='utf-8'?><returnsms><returnstatus>Success</returnstatus>"
    b"<message>OK</message><remainpoint>-1530</remainpoint><resplist>"
    b"<resp>4C2CA88382720003#@#8618983437010#@#0#@#</resp><resp>#@#18983437011#@#17#@#</resp>"
    b"</resplist></returnsms>"
)
FAILURE = (
    b"\xef\xbb\xbf<returnsms><returnstatus>Failed</returnstatus><message>3</message>"
    b"<remainpoint>0</remainpoint></returnsms>"
)


def test_a_success_is_read_row_by_row():
    answer = read_submit(SUCCESS)
    assert (answer.status.effect, answer.balance) == (Effect.ACCEPTED, -1530)
    assert [(row.mobile, row.mid, row.result.effect) for row in answer.rows] == [
        ("18983437010", "4C2CA88382720003", Effect.ACCEPTED),
        ("18983437011", None, Effect.BAD_SIGNATURE),
    ]


def test_a_failure_gives_its_message_as_status_and_no_balance():
    answer = read_submit(FAILURE)
    assert (answer.status.code, answer.status.effect) == ("3", Effect.ACCOUNT_TROUBLE)
    assert (answer.balance, answer.rows) == (None, ())


def test_a_balance_and_an_empty_page_can_be_xml_too():
    assert read_balance(SUCCESS).balance == -1530
    assert read_page(FAILURE).status.code == "3"


def test_items_in_xml_are_kept_as_text_and_not_taken_for_an_empty_page():
    page = read_page(SUCCESS.replace(b"<resplist>", b"<statusbox>a</statusbox><resplist>"))
    assert page.reports == ()
    assert page.unreadable[0] == "4C2CA88382720003#@#8618983437010#@#0"
    assert page.unreadable[-1] == "<statusbox>a"


BOMB = (
    b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b"<returnsms><returnstatus>&b;</returnstatus></returnsms>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>502 Bad Gateway</body></html>",
        b"<!DOCTYPE html><html></html>",
        BOMB,
        SUCCESS[:-5],
        b"<returnsms></returnsms>",
        b"<returnsms>" + b"<a>" * 100_000,
        b"<",
    ],
)
@pytest.mark.parametrize("read", [read_submit, read_balance, read_page])
def test_other_markup_is_unreadable(read, body):
    with pytest.raises(Unreadable):
        read(body)
