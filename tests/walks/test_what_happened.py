"""What happened to this message? From its number to what to do, by somebody who knows no code."""

import re
from collections.abc import Callable

import pytest

from tests.walks.visitor import Visitor
from tests.walks.world import REJECTED, Morning

pytestmark = pytest.mark.django_db(transaction=True)

FORM = "#find-number"

TO_DO_FOR_17 = {
    "en": "Rejected by the gateway: The signature is invalid for this account. Put a filed signature into the text;",
    "zh-hans": "被网关拒绝：账号签名无效。在提交内容中带上已报备的签名；",
}
WHO_ACTS_FOR_17 = {
    "en": "Who must act whoever writes the text",
    "zh-hans": "责任方 短信内容编写者",
}
DELIVERED = {
    "en": r"Delivered at \d\d:\d\d:\d\d, after \d+ s\.",
    "zh-hans": r"已送达 \d\d:\d\d:\d\d，用时 \d+ 秒。",
}
LOST = {
    "en": "Nobody can say whether the gateway took it. Do not send it again: a report may still settle it.",
    "zh-hans": "无法判断网关是否已接受。请勿重发：之后的状态报告仍可能给出结果。",
}
KEPT = {
    "en": "Waiting: the gateway refuses this account (account main), since ",
    "zh-hans": "等待中：网关拒绝该账号（账号 main），始于 ",
}


@pytest.mark.parametrize("language", TO_DO_FOR_17)
def test_from_a_number_to_what_to_do_for_17_in_two_clicks(
    language: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(language)
    visitor.open()
    visitor.page.fill(f"{FORM} [name=q]", REJECTED)
    visitor.click(visitor.page.locator(f"{FORM} button"))
    assert TO_DO_FOR_17[language] in visitor.read("#said")
    assert visitor.sees_at_once("#said li")
    visitor.click(visitor.page.locator("#said li a").first)
    assert visitor.clicks == 2
    assert TO_DO_FOR_17[language] in visitor.read("#first-line")
    assert visitor.sees_at_once("#first-line")
    assert WHO_ACTS_FOR_17[language] in visitor.read("#content")


@pytest.mark.parametrize("language", DELIVERED)
def test_a_delivered_message_says_when_and_how_fast(
    language: str, visit: Callable[..., Visitor], morning: Morning
) -> None:
    visitor = visit(language)
    visitor.open(morning.delivered)
    assert re.search(DELIVERED[language], visitor.read("#first-line"))
    assert visitor.sees_at_once("#first-line")


@pytest.mark.parametrize("language", LOST)
def test_an_unknown_one_says_not_to_send_it_again(
    language: str, visit: Callable[..., Visitor], morning: Morning
) -> None:
    visitor = visit(language)
    visitor.open(morning.lost)
    assert LOST[language] in visitor.read("#first-line")


@pytest.mark.parametrize("language", KEPT)
def test_a_waiting_one_says_what_keeps_it(
    language: str, visit: Callable[..., Visitor], morning: Morning
) -> None:
    visitor = visit(language)
    visitor.open(morning.kept)
    assert KEPT[language] in visitor.read("#first-line")
