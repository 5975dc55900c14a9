import re
from urllib.parse import urlencode
from xml.etree import ElementTree

from tests.simulator.conftest import SUBMISSION, Fetch
from tests.simulator.process import Simulator


def test_without_rt_a_submission_is_answered_in_xml(fetch: Fetch) -> None:
    form = SUBMISSION | {"action": "send", "mobile": "13800000001,19900010017", "content": "a"}
    answer = fetch("POST", "/sms", urlencode(form))
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert re.fullmatch(
        r"<returnsms><returnstatus>Success</returnstatus><message>OK</message>"
        r"<remainpoint>-153278085</remainpoint><resplist><resp>[0-9A-F]{16}#@#13800000001#@#0#@#</resp>"
        r"<resp>[0-9A-F]{16}#@#19900010017#@#17#@#</resp></resplist></returnsms>",
        answer.text,
    )


def test_a_failure_has_no_list(fetch: Fetch) -> None:
    answer = fetch("POST", "/sms", urlencode(SUBMISSION | {"action": "report", "password": "wrong"}))
    assert answer.text == (
        "<returnsms><returnstatus>Failed</returnstatus><message>3</message>"
        "<remainpoint>0</remainpoint></returnsms>"
    )


def test_a_text_is_escaped(fetch: Fetch, simulator: Simulator) -> None:
    simulator.queue_mo("13800000001", "<b>&")
    answer = fetch("POST", "/sms", urlencode(SUBMISSION | {"action": "mo"}))
    (row,) = ElementTree.fromstring(answer.text).iter("resp")
    assert (row.text or "").split("#@#")[5] == "<b>&"


def test_the_balance_tells_its_charge_type(fetch: Fetch) -> None:
    answer = fetch("POST", "/sms", urlencode(SUBMISSION | {"action": "balance"}))
    assert ElementTree.fromstring(answer.text).findtext("chargetype") == "POSTCHARGE"
