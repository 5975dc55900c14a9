"""What is stuck? What does this code mean? Can we still send? How is today going? Each on the first screen reached."""

import re
from collections.abc import Callable

import pytest

from tests.walks.visitor import LAPTOP, LOCALES, PHONE, Visitor
from tests.walks.world import Morning

pytestmark = pytest.mark.django_db(transaction=True)

in_both_languages = pytest.mark.parametrize("language", LOCALES)

STUCK = {
    "en": {
        "#holds": "The gateway refused our IP address. Have the vendor file our present outbound address",
        "#unknown": "Nobody knows whether the gateway took these: never send them again blindly.",
        "#orphans": "another system uses the account",
        "#codes": "STAT NEW:77 1 main 1 手机停机 not classified: with the most care",
        "#inbound": "1 message to 1069055 on main",
        "#payloads": "a page may have been lost",
    },
    "zh-hans": {
        "#holds": "IP鉴权错误。请供应商为该账号登记我方当前的出口 IP",
        "#unknown": "无法判断网关是否已接受这些短信：切勿盲目重发。",
        "#orphans": "另有系统在用该账号",
        "#codes": "STAT NEW:77 1 main 1 手机停机 尚未归类：按最谨慎方式处理",
        "#inbound": "main 上发往 1069055 的 1 条短信",
        "#payloads": "可能丢失一页数据",
    },
}
HELD_BY_WHAT = {
    "en": r"Upstream account · main The gateway refuses this account\..* The gateway accepts the account again",
    "zh-hans": r"上游账号 · main 网关拒绝该账号。.*网关重新接受该账号，或人工解除。",
}
CODE_17 = {
    "en": "Put a filed signature into the text; or have the vendor's administrator switch this account's signature "
    "check off (客户管理 → 账号签名报备). Send it again once the cause is removed. whoever writes the text 1 message",
    "zh-hans": "在提交内容中带上已报备的签名；或请网关管理员（供应商方）在“客户管理→账号签名报备”中关闭"
    "该账号的签名校验功能。 排除原因后可重发。 短信内容编写者 1 条短信",
}
BALANCES = {
    "en": (
        r"main 1,000\.000 CNY",
        r"Spent today 300\.000 CNY How long it lasts At today's rate it runs dry in \d+ h \d+ min",
        r"postpaid -153,278\.040 CNY \(postpaid: used on credit\)",
        r"Postpaid: it does not run dry\.",
    ),
    "zh-hans": (
        r"main 1,000\.000 元",
        r"今日消费 300\.000 元 还能用多久 按今天的速度，\d+ 小时 \d+ 分",
        r"postpaid -153,278\.040 元（后付费，已用额度）",
        r"后付费：不会用完。",
    ),
}
TODAY = {
    "en": "Accepted 18 yesterday by now 0 Submitted 6 yesterday by now 0 Delivered 1 yesterday by now 0 "
    "Undelivered 1 yesterday by now 0 Rejected 1 yesterday by now 0 Outcome unknown 1 yesterday by now 0 "
    "Delivery rate 50.0%",
    "zh-hans": "受理数 18 昨天此时 0 已提交 6 昨天此时 0 已送达 1 昨天此时 0 "
    "未送达 1 昨天此时 0 被拒绝 1 昨天此时 0 结果不明 1 昨天此时 0 送达率 50.0%",
}
FAILED = {
    "en": "1 RESULT 17 The signature is invalid for this account. whoever writes the text Put a filed signature",
    "zh-hans": "1 RESULT 17 账号签名无效 短信内容编写者 在提交内容中带上已报备的签名；",
}


@in_both_languages
def test_what_is_stuck_and_why(language: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit(language)
    visitor.open()
    visitor.click(visitor.page.locator('#nav-sidebar a[href$="/stuck/"]'))
    assert visitor.sees_at_once("#summary")
    assert re.search(HELD_BY_WHAT[language], visitor.read("section#holds"))
    for section, sentence in STUCK[language].items():
        assert sentence in visitor.read(f"section{section}")


@in_both_languages
def test_what_a_code_means_and_who_must_act(language: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit(language)
    visitor.open()
    visitor.click(visitor.page.locator('#nav-sidebar a[href$="/codes/"]'))
    visitor.page.fill("#content [name=q]", "17")
    visitor.click(visitor.page.locator("#content [role=search] button"))
    assert CODE_17[language] in visitor.read("#codes")
    assert visitor.sees_at_once("#codes")
    visitor.resize(PHONE)
    ends = visitor.page.locator("#codes td").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(ends) <= PHONE, "what to do lies beside the phone's window"
    visitor.resize(LAPTOP)
    visitor.open()
    visitor.click(visitor.page.locator("#failures a").first)
    assert CODE_17[language] in visitor.read("#codes")


@in_both_languages
def test_whether_we_can_still_send(language: str, visit: Callable[..., Visitor], morning: Morning) -> None:
    visitor = visit(language)
    visitor.open()
    assert re.search(HELD_BY_WHAT[language], visitor.read("#holds"))
    assert visitor.sees_at_once("#holds")
    for sentence in BALANCES[language]:
        assert re.search(sentence, visitor.read("#credits")), sentence
    visitor.open(morning.account)
    assert STUCK[language]["#holds"] in visitor.read("#held")


@in_both_languages
def test_how_today_is_going(language: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit(language)
    visitor.open()
    assert TODAY[language] in visitor.read("#today")
    assert visitor.sees_at_once("#today")
    bars = visitor.page.locator("#hours .bar").evaluate_all("bars => bars.map(bar => bar.clientHeight)")
    assert max(bars) > 20, "the chart is not drawn"
    assert FAILED[language] in visitor.read("#failures")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_first_page_follows_the_colours_of_the_machine(
    scheme: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit("en", PHONE, scheme)
    visitor.open()
    assert (visitor.lightness("background-color") < visitor.lightness("color")) is (scheme == "dark")


SEND = "messaging/batch/send/"
COUNTED = {
    "en": "Messages 2 Characters {characters}, signature included Parts of one message {parts} Parts in all {all}",
    "zh-hans": "短信 2 字数 {characters}（含签名） 每条计费条数 {parts} 计费总条数 {all}",
}
COST = {"en": "Cost 0.090 CNY", "zh-hans": "费用 0.090 元"}  # by the purse of the application


@in_both_languages
def test_the_form_counts_parts_and_cost_while_it_is_filled_in(
    language: str, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(language)
    visitor.open(SEND)
    visitor.page.select_option("[name=application]", index=1)
    visitor.page.select_option("[name=category]", "notification")
    visitor.page.fill("[name=numbers]", "13800000001\n13800000002")
    visitor.page.fill("[name=content]", "【Acme】hi")
    assert visitor.comes_to_read("#send-count", COUNTED[language].format(characters=8, parts=1, all=2))
    assert COST[language] in visitor.read("#send-count")
    visitor.page.fill("[name=content]", "【Acme】" + "x" * 65)
    assert visitor.comes_to_read("#send-count", COUNTED[language].format(characters=71, parts=2, all=4))
