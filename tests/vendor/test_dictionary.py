"""The dictionary: every code of the document and of practice, explained in both languages."""

import pytest

from messaging.vendor.codes import Effect, Retry, Table, Who, all_codes, lookup

STATUS = {
    "0": "鉴权成功",
    "1": "消息包格式错误",
    "2": "IP鉴权错误",
    "3": "账号密码不正确",
    "4": "版本号错误",
    "5": "其它错误",
    "6": "接入点错误（如账户本身开的是CMPP接入）",
    "7": "账号状态异常（账号已停用）",
    "21": "连接过多",
    "100": "系统内部错误",
    "102": "单次提交的号码数过多（建议200以内）",
}
RESULT = {"0": "提交成功", "10": "原发号码错误，即extno错误", "15": "余额不足", "17": "账号签名无效"}
STAT = {
    "DELIVRD": "短信投递成功",
    "EXPIRED": "Message validity period has expired",
    "DELETED": "Message has been deleted.",
    "REJECTED": "Message is in a rejected state",
    "MA:0001": "全局黑名单号码",
    "MA:0002": "内容非法",
    "MA:0003": "无法找到下级路由",
    "MA:0004": "未知",
    "MA:0005": "目的号码格式错误",
    "MA:0006": "系统拒绝",
    "MA:0009": "未定义错误",
    "MA:0011": "未知系统内部错误",
    "MA:0012": "防钓鱼",
    "MA:0013": "非法错误的包时序",
    "MA:0014": "非法的OP_ISDN号段",
    "MA:0021": "号码格式错误",
    "MA:0022": "号码超过半小时下发次数限制",
    "MA:0023": "客户黑名单号码",
    "MA:0024": "内容未报备",
    "MA:0025": "不支持该短信",
    "MA:0026": "分条发送，组包超时",
    "MA:0027": "通道黑名单",
    "MA:0028": "全局黑名单号段",
    "MA:0029": "通道黑名单号段",
    "MA:0030": "直接产生拒绝报告",
    "MO:200": "不支持分条短信",
    "MO:0254": "转发提交超时",
    "MO:0255": "转发提交过程中，连接断开",
    "MO:NNNN": "NNNN为对外提交过程中，上级网关的返回值，具体含义需上级网关解释",
}
DOCUMENTED = [
    (table, code, words)
    for table, codes in ((Table.STATUS, STATUS), (Table.RESULT, RESULT), (Table.STAT, STAT))
    for code, words in codes.items()
]
SEEN = {
    Table.STATUS: ["8", "9", "10", "11", "12", "15", "17", "20", *map(str, range(30, 42))],
    Table.RESULT: ["12", "100"],
    Table.STAT: [
        "MA:0015",
        "MA:0017",
        "MA:0033",
        "MA:0044",
        "ACCEPTD",
        "ENROUTE",
        "UNKNOWN",
        "UNDELIV",
        "REJECTD",
        "GB:NNNN",
        "DB:NNNN",
    ],
}
EFFECTS = {
    (Table.STATUS, Effect.ACCEPTED): ["0"],
    (Table.STATUS, Effect.MALFORMED): ["1"],
    (Table.STATUS, Effect.ACCOUNT_TROUBLE): ["2", "3", "4", "6", "7"],
    (Table.STATUS, Effect.INTERNAL): ["5", "100"],
    (Table.STATUS, Effect.THROTTLED): ["21"],
    (Table.STATUS, Effect.TOO_MANY): ["102"],
    (Table.STATUS, Effect.WRONG_EXTNO): ["10"],
    (Table.STATUS, Effect.NO_CREDIT): ["15"],
    (Table.STATUS, Effect.BAD_SIGNATURE): ["17"],
    (Table.STATUS, Effect.AMBIGUOUS): ["8", "9", "11", "12", "20", "30", "41", "42", "999", "", "OK", "-1"],
    (Table.RESULT, Effect.ACCEPTED): ["0"],
    (Table.RESULT, Effect.WRONG_EXTNO): ["10"],
    (Table.RESULT, Effect.NO_CREDIT): ["15"],
    (Table.RESULT, Effect.BAD_SIGNATURE): ["17"],
    (Table.RESULT, Effect.REFUSED): ["12", "100", "77", "1", "-1"],
    (Table.STAT, Effect.DELIVERED): ["DELIVRD", "delivrd", " DELIVRD "],
    (Table.STAT, Effect.FAILED): [
        "EXPIRED",
        "DELETED",
        "REJECTED",
        "UNDELIV",
        "MA:0001 ",
        "MA:0030",
        "MO:200",
        "MO:0006",
    ],
    (Table.STAT, Effect.FAILED_UNCERTAIN): [
        "MO:0254",
        "MO:0255",
        "UNKNOWN",
        "MA:0099",
        "GB:0002",
        "DB:0140",
        "XX",
        "",
        "0",
    ],
    (Table.STAT, Effect.INTERMEDIATE): ["ACCEPTD", "ENROUTE"],
}


@pytest.mark.parametrize(("table", "code", "words"), DOCUMENTED)
def test_each_row_of_the_document_is_there_in_its_own_words(table, code, words):
    row = lookup(table, code)
    assert (row.table, row.code, row.documented, row.known) == (table, code, True, True)
    assert words in row.meaning.zh


def test_nothing_else_claims_to_be_documented():
    claimed = [(row.table, row.code) for row in all_codes() if row.documented]
    assert sorted(claimed) == sorted((table, code) for table, code, _ in DOCUMENTED)


@pytest.mark.parametrize("table", SEEN)
def test_codes_seen_beyond_the_document_are_there_and_say_so(table):
    rows = [row.code for row in all_codes() if row.table is table and not row.documented]
    assert sorted(rows) == sorted(SEEN[table])


def test_no_code_stands_twice():
    keys = [(row.table, row.code) for row in all_codes()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("row", [*all_codes(), *(lookup(table, "?") for table in Table)])
def test_every_explanation_is_whole_in_both_languages(row):
    for words in (row.meaning, row.cause, row.action):
        assert words.en
        assert words.en.isascii() or "客户管理" in words.en or "【" in words.en or "…" in words.en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words.zh)
    assert isinstance(row.who, Who)
    assert isinstance(row.retry, Retry)


@pytest.mark.parametrize(("table", "effect"), EFFECTS)
def test_each_code_has_the_effect_we_act_on(table, effect):
    assert {code: lookup(table, code).effect for code in EFFECTS[table, effect]} == dict.fromkeys(
        EFFECTS[table, effect], effect
    )


@pytest.mark.parametrize("code", ["10", "15", "17"])
def test_a_status_10_15_or_17_means_what_the_result_means(code):
    status, result = lookup(Table.STATUS, code), lookup(Table.RESULT, code)
    assert (status.effect, status.action) == (result.effect, result.action)


@pytest.mark.parametrize(("code", "fix"), [("10", "生产账号摘要"), ("15", "后付费"), ("17", "账号签名报备")])
def test_the_common_errors_name_the_vendors_administrator_who_fixes_them(code, fix):
    action = lookup(Table.RESULT, code).action
    assert "the vendor's administrator" in action.en
    assert "网关管理员（供应商方）" in action.zh
    assert fix in action.zh


@pytest.mark.parametrize("spelling", ["0", 0, "00", " 0 ", "000", "\t0\r\n"])
def test_status_zero_has_many_spellings(spelling):
    assert lookup(Table.STATUS, spelling) is lookup(Table.STATUS, "0")


def test_zeros_of_a_stat_count():
    assert lookup(Table.STAT, "MO:254").effect is Effect.FAILED
    assert lookup(Table.STAT, "MA:1").known is False


@pytest.mark.parametrize("code", ["MO:0006", "MO:1", "MO:IB:0011", "GB:0002", "DB:0140"])
def test_a_passed_through_code_keeps_its_own_text(code):
    row = lookup(Table.STAT, code)
    assert (row.code, row.known) == (code, True)


@pytest.mark.parametrize("table", Table)
@pytest.mark.parametrize("code", ["Nope 1", "?", "", "零", "１", "x" * 64])
def test_an_unknown_code_is_kept_verbatim_and_explained(table, code):
    row = lookup(table, code)
    assert (row.code, row.known, row.documented) == (code, False, False)


@pytest.mark.parametrize("code", [None, True, -1, 10**5000, "x" * 100_000, "\x00", "\ud800"], ids=range(7))
def test_lookup_never_raises_and_never_grows(code):
    for table in Table:
        assert len(lookup(table, code).code) <= 64
