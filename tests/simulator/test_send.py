import json
import re
from urllib.parse import urlencode

import pytest

from tests.simulator.conftest import SUBMISSION, Ask, Fetch
from tests.simulator.process import Simulator

NUMBERS = [f"138{number:08}" for number in range(501)]


def test_every_number_gets_a_row_with_an_id(ask: Ask) -> None:
    answer = ask("send", mobile="15023239810,13527576163", content="内容")
    assert answer["status"] == "0"
    assert [(row["mobile"], row["result"]) for row in answer["list"]] == [
        ("15023239810", 0),
        ("13527576163", 0),
    ]
    assert all(re.fullmatch("[0-9A-F]{16}", row["mid"]) for row in answer["list"])


def test_a_get_says_the_same_as_a_post(fetch: Fetch) -> None:
    form = SUBMISSION | {"action": "send", "mobile": "15023239810", "content": "内容", "rt": "json"}
    answer = json.loads(fetch("GET", "/sms?" + urlencode(form)).text)
    assert answer["status"] == "0"
    assert answer["list"][0]["mobile"] == "15023239810"


@pytest.mark.parametrize(("count", "status"), [(500, "0"), (501, "102")])
def test_a_call_takes_five_hundred_numbers(ask: Ask, simulator: Simulator, count: int, status: str) -> None:
    assert ask("send", mobile=",".join(NUMBERS[:count]), content="内容")["status"] == status
    assert simulator.summary()["accepted"] == (count if status == "0" else 0)


def test_ids_are_unique(ask: Ask, simulator: Simulator) -> None:
    for _ in range(3):
        ask("send", mobile=",".join(NUMBERS[:500]), content="内容")
    assert len({row["mid"] for row in simulator.ledger()}) == 1500


@pytest.mark.parametrize(
    "fields",
    [
        {"mobile": None},
        {"content": None},
        {"extno": None},
        {"account": None},
        {"password": None},
        {"mobile": ""},
        {"content": ""},
        {"mobile": "12"},
        {"mobile": "15023239810,"},
        {"mobile": "+8615023239810"},
        {"mobile": "11023239810"},
        {"mobile": "1502323981０"},
    ],
)
def test_a_malformed_call_is_refused_whole(
    ask: Ask, simulator: Simulator, fields: dict[str, str | None]
) -> None:
    answer = ask("send", **({"mobile": "15023239810", "content": "内容"} | fields))
    assert answer == {"status": "1", "balance": 0}
    assert simulator.summary()["accepted"] == 0


def test_a_text_that_is_no_utf_8_is_malformed(fetch: Fetch) -> None:
    form = urlencode(SUBMISSION | {"action": "send", "mobile": "15023239810", "rt": "json"})
    assert json.loads(fetch("POST", "/sms", form + "&content=%C4%DA").text)["status"] == "1"
    assert json.loads(fetch("POST", "/sms", (form + "&content=内容").encode()).text)["status"] == "1"


def test_an_unknown_action_is_malformed(ask: Ask) -> None:
    assert ask("overage")["status"] == "1"
