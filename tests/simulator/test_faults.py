import gzip
import http.client
import json
import time
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.simulator.conftest import SUBMISSION, Ask, Fetch
from tests.simulator.process import Simulator

NUMBERS = ["13800000001", "13800000002", "13800000003"]
SEND = SUBMISSION | {"action": "send", "mobile": ",".join(NUMBERS), "content": "你好", "rt": "json"}


def send(simulator: Simulator) -> bytes:
    with urllib.request.urlopen(simulator.url, urlencode(SEND).encode(), timeout=5) as answer:
        body: bytes = answer.read()
        return body


def mobiles_after(simulator: Simulator, **fault: object) -> list[Any]:
    simulator.script({"action": "send"} | fault)
    return [row.get("mobile") for row in json.loads(send(simulator))["list"]]


LOST = {
    "reset_before": (ConnectionResetError, 0),
    "drop_before": (http.client.RemoteDisconnected, 0),
    "drop_after_accept": (http.client.RemoteDisconnected, 3),
    "reset_after_accept": (ConnectionResetError, 3),
    "truncate": (http.client.IncompleteRead, 3),
}


@pytest.mark.parametrize("fault", LOST)
def test_an_answer_can_be_lost_with_or_without_the_messages_taken(simulator: Simulator, fault: str) -> None:
    error, accepted = LOST[fault]
    simulator.script({"fault": fault})
    with pytest.raises(error):
        send(simulator)
    assert simulator.summary()["accepted"] == accepted


@pytest.mark.parametrize(("fault", "accepted"), [("hang_before", 0), ("hang_after_accept", 3)])
def test_a_call_can_hang(simulator: Simulator, fault: str, accepted: int) -> None:
    simulator.script({"fault": fault})
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(simulator.url, urlencode(SEND).encode(), timeout=0.2)
    assert simulator.summary()["accepted"] == accepted


def test_a_list_can_be_odd(simulator: Simulator) -> None:
    assert mobiles_after(simulator, fault="reverse_rows") == NUMBERS[::-1]
    assert mobiles_after(simulator, fault="rows_missing", count=2) == NUMBERS[:1]
    assert mobiles_after(simulator, fault="rows_extra") == [*NUMBERS, "13900000000"]
    assert mobiles_after(simulator, fault="prefix_mobiles") == ["+86" + mobile for mobile in NUMBERS]
    assert mobiles_after(simulator, fault="split_rows") == [mobile for mobile in NUMBERS for _ in range(2)]
    assert mobiles_after(simulator, fault="rows_with", fields={"mobile": 7}, every=2) == [7, NUMBERS[1], 7]
    assert mobiles_after(simulator, fault="rows_without", fields=["mobile"]) == [None] * 3


def test_an_answer_can_say_anything(ask: Ask, simulator: Simulator) -> None:
    simulator.script({"fault": "answer_with", "fields": {"status": 0, "balance": "12", "list": None}})
    assert ask("report") == {"status": 0, "balance": "12", "list": None}


def test_bytes_can_be_odd(simulator: Simulator) -> None:
    simulator.script({"fault": "bom"})
    assert send(simulator).startswith(b"\xef\xbb\xbf{")
    simulator.script({"fault": "gzip"})
    assert json.loads(gzip.decompress(send(simulator)))["status"] == "0"
    simulator.script({"fault": "pad", "bytes": 5_000_000})
    assert len(send(simulator)) > 5_000_000
    simulator.script({"fault": "xml"})
    assert send(simulator).startswith(b"<returnsms>")
    simulator.script({"fault": "html"})
    assert send(simulator).startswith(b"<html>")


def test_an_answer_can_drip(simulator: Simulator) -> None:
    simulator.script({"fault": "drip", "seconds_per_byte": 0.001})
    begun = time.monotonic()
    send(simulator)
    assert time.monotonic() - begun > 0.2


def test_any_fault_can_be_late(simulator: Simulator) -> None:
    simulator.script({"fault": "delay", "seconds": 0.3})
    begun = time.monotonic()
    send(simulator)
    assert time.monotonic() - begun > 0.3


def test_http_can_fail(fetch: Fetch, simulator: Simulator) -> None:
    simulator.script({"fault": "http", "status": 429, "headers": {"Retry-After": "7"}})
    answer = fetch("POST", "/sms", urlencode(SEND))
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    simulator.script({"fault": "redirect", "location": "http://127.0.0.1:9/"})
    answer = fetch("POST", "/sms", urlencode(SEND))
    assert (answer.status, answer.headers["Location"]) == (307, "http://127.0.0.1:9/")
    assert simulator.summary()["accepted"] == 0


def test_a_script_is_played_entry_by_entry(ask: Ask, simulator: Simulator) -> None:
    simulator.script(
        {"fault": "status", "status": 21, "times": 2},
        {"fault": "status", "status": 5, "times": 1, "action": "mo"},
    )
    assert [ask("report")["status"] for _ in range(3)] == ["21", "21", "0"]
    assert [ask("mo")["status"] for _ in range(2)] == ["5", "0"]
    assert [entry["used"] for entry in simulator.control("faults")["faults"]] == [2, 1]


def test_a_fault_can_be_one_account_s_or_a_matter_of_luck(ask: Ask, simulator: Simulator) -> None:
    simulator.script({"fault": "status", "account": "922012"}, {"fault": "status", "probability": 0.0})
    assert ask("balance")["status"] == 0
    assert ask("balance", account="922012")["status"] == 5


def test_an_unknown_fault_is_refused(fetch: Fetch) -> None:
    assert fetch("POST", "/control/faults", '[{"fault": "earthquake"}]').status == 400


def test_a_fault_that_cannot_be_played_ends_the_connection(simulator: Simulator) -> None:
    simulator.script({"fault": "status", "status": "five"})
    with pytest.raises(http.client.RemoteDisconnected):
        send(simulator)
