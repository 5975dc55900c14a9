"""The signed password: order, case, comma lists and texts beyond ASCII."""

from hashlib import md5

import pytest

from messaging.vendor.wire import Login, p2p_form, send_form

NUMBERS = ["13800000001", "13800000002"]
TEXT = "【签名】你好 😀 ~+%"

ORDERS = {
    "password+extno+content+mobile": f"päss10690{TEXT}13800000001,13800000002",
    "password+extno+mobile+content": f"päss1069013800000001,13800000002{TEXT}",
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("upper", [False, True])
def test_the_digest_follows_the_accounts_order_and_case(order, upper):
    login = Login("http://x/sms", "a", "päss", "md5", order, upper)
    digest = md5(ORDERS[order].encode("utf-8")).hexdigest()
    expected = digest.upper() if upper else digest
    assert dict(send_form(login, NUMBERS, TEXT, "10690"))["password"] == expected


@pytest.mark.parametrize("order", ORDERS)
def test_a_p2p_digest_is_over_the_list_without_its_line_breaks(order):
    login = Login("http://x/sms", "a", "päss", "md5", order)
    form = dict(p2p_form(login, [("13800000001", "甲#1"), ("13800000002", "乙")], "10690"))
    assert form["mobileContentList"] == "13800000001#甲#1\r13800000002#乙\r"
    expected = md5("päss1069013800000001#甲#113800000002#乙".encode()).hexdigest()
    assert form["password"] == expected


@pytest.mark.parametrize("order", ["extno+content", "password+salt", ""])
def test_an_order_that_names_something_else_is_refused(order):
    with pytest.raises(ValueError, match="md5_fields"):
        Login("http://x/sms", "a", "p", "md5", order)
