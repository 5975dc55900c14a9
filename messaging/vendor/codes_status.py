"""The STATUS table: the gateway's answer to a whole call (document, section 7)."""

from dataclasses import replace
from functools import partial

from messaging.vendor.codes_result import RESULT_CODES
from messaging.vendor.explanation import Code, Effect, Retry, Table, Who, row

_row = partial(row, Table.STATUS)

_DOCUMENTED: tuple[Code, ...] = (
    _row(
        "0",
        Effect.ACCEPTED,
        Who.CALLER,
        Retry.NEVER,
        "The login was accepted.",
        "鉴权成功",
        "The gateway knows the account, the password and our address; it says nothing yet of any number.",
        "网关已确认账号、密码和来源 IP；这还不表示任何号码已被接受。",
        "Read the result of each number: only result 0 with a message id means accepted.",
        "请查看每个号码的 result：只有 result 为 0 且带有消息ID（mid）才表示已接受。",
    ),
    _row(
        "1",
        Effect.MALFORMED,
        Who.CALLER,
        Retry.AFTER_FIX,
        "The message packet is malformed.",
        "消息包格式错误",
        "A parameter is missing or badly encoded, or one number or text of the call broke its format.",
        "缺少参数或编码不正确，或者本次提交中的某个号码或内容破坏了格式。",
        "Correct the number or the text that the smallest refused call contains, then send it again.",
        "检查被拒绝的最小一批中的号码和内容，改正后重新发送。",
    ),
    _row(
        "2",
        Effect.ACCOUNT_TROUBLE,
        Who.ADMIN,
        Retry.AFTER_FIX,
        "The gateway refused our IP address.",
        "IP鉴权错误",
        "Our outbound address is not on the vendor's list for this account; it may have changed.",
        "我方出口 IP 不在供应商为该账号登记的白名单中，可能是出口地址发生了变化。",
        "Have the vendor file our present outbound address for this account; messages wait meanwhile.",
        "请供应商为该账号登记我方当前的出口 IP；期间短信保留等待。",
    ),
    _row(
        "3",
        Effect.ACCOUNT_TROUBLE,
        Who.ADMIN,
        Retry.AFTER_FIX,
        "The account or the password is wrong.",
        "账号密码不正确",
        "The login was mistyped or changed, or the MD5 order or case differs from what the vendor expects.",
        "账号或密码填写错误或已被修改，也可能是 MD5 的字段顺序或大小写与供应商要求不一致。",
        "Check account, password and MD5 mode of the upstream account; messages wait meanwhile.",
        "检查上游账号的账号、密码和 MD5 设置；期间短信保留等待。",
    ),
    _row(
        "4",
        Effect.ACCOUNT_TROUBLE,
        Who.VENDOR,
        Retry.AFTER_FIX,
        "The version number is wrong.",
        "版本号错误",
        "The gateway expects another edition of the interface than this account uses.",
        "网关要求的接口版本与该账号使用的版本不同。",
        "Ask the vendor which interface version this account is opened for.",
        "请向供应商确认该账号开通的接口版本。",
    ),
    _row(
        "5",
        Effect.INTERNAL,
        Who.VENDOR,
        Retry.LATER,
        "Another error, which the gateway does not name.",
        "其它错误",
        "The gateway failed on this call without saying why; one number may be the cause, or an outage.",
        "网关处理本次提交时出错但未说明原因；可能由某个号码引起，也可能是网关故障。",
        "Nothing by hand at first: the call is divided and tried again. If it lasts, ask the vendor.",
        "先无需人工处理：系统会拆分后重试；如果持续出现，请联系供应商。",
    ),
    _row(
        "6",
        Effect.ACCOUNT_TROUBLE,
        Who.VENDOR,
        Retry.AFTER_FIX,
        "Wrong access point: the account is opened for another protocol.",
        "接入点错误（如账户本身开的是CMPP接入）",
        "The account is opened for CMPP, say, and not for this HTTP interface.",
        "该账号开通的是其它接入方式（如 CMPP），而不是本 HTTP 接口。",
        "Have the vendor open HTTP access for this account, or use the account's own URL.",
        "请供应商为该账号开通 HTTP 接入，或改用该账号对应的接入地址。",
    ),
    _row(
        "7",
        Effect.ACCOUNT_TROUBLE,
        Who.VENDOR,
        Retry.AFTER_FIX,
        "The account is disabled.",
        "账号状态异常（账号已停用）",
        "The vendor has stopped this account.",
        "供应商已停用该账号。",
        "Ask the vendor why, and have the account enabled; messages wait meanwhile.",
        "请联系供应商了解原因并恢复账号；期间短信保留等待。",
    ),
    _row(
        "21",
        Effect.THROTTLED,
        Who.ADMIN,
        Retry.LATER,
        "Too many connections.",
        "连接过多",
        "More calls run at once than the gateway allows this account; other systems may share it.",
        "同时进行的调用超过网关对该账号的限制；也可能有其它系统共用该账号。",
        "Nothing at first: calls slow down by themselves. If it lasts, lower the account's connections or "
        "ask the vendor for the limit.",
        "先无需处理：系统会自动降低并发；如果持续出现，请调低该账号的最大连接数，或向供应商确认上限。",
    ),
    _row(
        "100",
        Effect.INTERNAL,
        Who.VENDOR,
        Retry.LATER,
        "Internal error at the gateway, such as no route to the number's carrier.",
        "系统内部错误，一般情况下例如：提交手机号码为 电信，但是该账号没用可用的电信接出点",
        "Often the account has no route for one carrier, such as China Telecom; it can also be an outage.",
        "通常是该账号没有某个运营商（例如电信）的可用接出点，也可能是网关故障。",
        "Nothing by hand at first: the call is divided by carrier and tried again. If one carrier keeps "
        "failing, ask the vendor for a route.",
        "先无需人工处理：系统会按运营商拆分后重试；如果某个运营商持续失败，请供应商开通相应通道。",
    ),
    _row(
        "102",
        Effect.TOO_MANY,
        Who.ADMIN,
        Retry.AFTER_FIX,
        "Too many numbers in one call (200 or fewer are advised).",
        "单次提交的号码数过多（建议200以内）",
        "The gateway takes fewer numbers a call than we sent.",
        "单次提交的号码数超过网关允许的上限。",
        "Nothing: the call is halved and sent again. Set the account's numbers per call to 200 or fewer.",
        "无需处理：系统会减半后重新提交；建议将该账号的单次号码数设为 200 以内。",
    ),
)

_SEEN = ("8", "9", "11", "12", "20", *(str(number) for number in range(30, 42)))


def _seen(code: str) -> Code:
    # Whether the numbers were taken is exactly what nobody can say, so the outcome stays ambiguous.
    return _row(
        code,
        Effect.AMBIGUOUS,
        Who.VENDOR,
        Retry.NEVER,
        f"STATUS {code}: met in practice, but not explained by the vendor's document.",
        f"STATUS {code}：实际使用中出现过，但供应商文档未说明其含义。",
        "Unknown. Real clients list this code, none says what causes it or whether anything was sent.",
        "原因不明。实际客户端中列有该代码，但没有说明原因，也没有说明短信是否已发出。",
        f"Do not send again blindly: wait for reports, and ask the vendor what STATUS {code} means.",
        f"请勿直接重发：等待状态报告，并向供应商询问 STATUS {code} 的含义。",
        documented=False,
    )


# Real gateways also put these at STATUS level, with the same meaning for every number of the call.
_BORROWED = tuple(
    replace(code, table=Table.STATUS, documented=False)
    for code in RESULT_CODES
    if code.code in {"10", "15", "17"}
)

STATUS_CODES: tuple[Code, ...] = (*_DOCUMENTED, *_BORROWED, *(_seen(code) for code in _SEEN))
