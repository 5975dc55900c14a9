"""The RESULT table: what became of one number of a submit (document, sections 8 and 10)."""

from functools import partial

from messaging.vendor.explanation import Code, Effect, Retry, Table, Who, row

_row = partial(row, Table.RESULT)

RESULT_CODES: tuple[Code, ...] = (
    _row(
        "0",
        Effect.ACCEPTED,
        Who.CARRIER,
        Retry.NEVER,
        "The gateway accepted the message.",
        "提交成功",
        "The message is queued at the gateway for the carrier.",
        "短信已进入网关，等待运营商投递。",
        "Nothing to do: the delivery report follows.",
        "无需处理，等待状态报告。",
    ),
    _row(
        "10",
        Effect.WRONG_EXTNO,
        Who.ADMIN,
        Retry.AFTER_FIX,
        "Wrong source number: the extno is not right.",
        "原发号码错误，即extno错误",
        "The access code (extno, 106XXXXXX) does not belong to this account, or has a wrong suffix.",
        "接入号（extno，106XXXXXX）不属于该账号，或扩展位不正确。",
        "Enter the right access code in the upstream account; the vendor's administrator finds it in the "
        "production account summary.",
        "在上游账号中填写正确的接入码；网关管理员（供应商方）可以从生产账号摘要中获取该接入号。",
    ),
    _row(
        "15",
        Effect.NO_CREDIT,
        Who.VENDOR,
        Retry.LATER,
        "The balance is too low.",
        "余额不足",
        "The account is prepaid and its credit is used up.",
        "账号为预付费，余额已用完。",
        "Have the vendor's administrator top the account up, or make it postpaid; sending goes on by itself "
        "once there is credit.",
        "请网关管理员（供应商方）对该账号充值，或将该账号设置为后付费；余额恢复后自动继续发送。",
    ),
    _row(
        "17",
        Effect.BAD_SIGNATURE,
        Who.CONTENT,
        Retry.AFTER_FIX,
        "The signature is invalid for this account.",
        "账号签名无效",
        "The text carries no 【signature】, or one that has not been filed for this account.",
        "短信内容中没有【签名】，或该签名没有为此账号报备。",
        "Put a filed signature into the text; or have the vendor's administrator switch this account's "
        "signature check off (客户管理 → 账号签名报备).",
        "在提交内容中带上已报备的签名；或请网关管理员（供应商方）在“客户管理→账号签名报备”中关闭该账号的签名校验功能。",
    ),
    _row(
        "12",
        Effect.REFUSED,
        Who.VENDOR,
        Retry.AFTER_FIX,
        "Refused with a code the document does not list.",
        "文档未列出的提交错误码（12）",
        "Real clients have met RESULT 12, but nobody has said what it means.",
        "实际客户端中出现过 RESULT 12，但含义没有公开说明。",
        "Ask the vendor what RESULT 12 means; the message was not accepted.",
        "请向供应商询问 RESULT 12 的含义；该短信未被接受。",
        documented=False,
    ),
    _row(
        "100",
        Effect.REFUSED,
        Who.VENDOR,
        Retry.AFTER_FIX,
        "Refused with a code the document lists only as a STATUS.",
        "系统内部错误（文档仅在 STATUS 表中列出 100）",
        "Real clients have met RESULT 100; as a STATUS, 100 is an internal error, such as no route to the "
        "number's carrier.",
        "实际客户端中出现过 RESULT 100；作为 STATUS 时，100 是系统内部错误，"
        "例如账号没有该号码运营商的可用接出点。",
        "Ask the vendor whether this account has a route to the number's carrier.",
        "请向供应商确认该账号是否有到此号码运营商的可用通道。",
        documented=False,
    ),
)
