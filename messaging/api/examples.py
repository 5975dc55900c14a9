"""What the schema shows: one request and one answer of each operation, and which answer leads to which operation."""

from typing import Any

from messaging.api.problems import CODES

Body = dict[str, Any]

MESSAGE_ID = "019a0d2e-7c1b-7e3a-9f4e-0d6c2b1a9f00"
BATCH_ID = "019a0d2e-8a10-7b22-8c11-5e7f90a1b2c3"
RESENT_ID = "019a0d31-2f44-7c02-a8d1-6b9e4d7f1a10"
REQUEST_ID = "019a0d2e-9b00-7001-b000-3c4d5e6f7a8b"
AT = "2026-11-22T01:00:00.123000Z"

CODE: Body = {
    "table": "STAT",
    "code": "MA:0029",
    "meaning": "The number does not exist.",
    "cause": "The number was cancelled, or never given out.",
    "action": "Take the number off your list.",
    "who": "caller",
    "retry": "never",
    "known": True,
}

MESSAGE: Body = {
    "id": MESSAGE_ID, "status": "queued", "to": "13800000001", "content": "【Acme】4711", "category": "otp",
    "reference": "order-42", "extno": None, "parts": 1, "batch": None, "account": None, "mid": None, "code": None,
    "certain": True, "created_at": AT, "send_at": None, "expires_at": None, "submitted_at": None, "final_at": None,
    "is_final": False, "held_because": None, "possible_duplicate": False, "resend_of": None, "resent_as": None,
}  # fmt: skip

UNDELIVERED: Body = MESSAGE | {
    "status": "undelivered", "account": "main", "mid": "3021000012345678", "code": CODE, "submitted_at": AT,
    "final_at": "2026-11-22T01:00:07Z", "is_final": True,
}  # fmt: skip

BATCH: Body = {
    "id": BATCH_ID,
    "status": "accepted",
    "total": 2,
    "accepted": 1,
    "rejected": [
        {
            "index": 1,
            "to": "12",
            "code": "invalid_number",
            "detail": "This is not a mainland China mobile number. Give 11 digits that begin with 13 to 19; "
            "+86 may stand in front.",
        }
    ],
    "counts": {"queued": 1},
    "created_at": AT,
}

EVENT: Body = {
    "id": f"{MESSAGE_ID}.0",
    "type": "message.accepted",
    "at": AT,
    "status": "queued",
    "code": None,
    "detail": None,
}

FEED_ITEM: Body = {
    "id": "019a0d2e-9c4f-7a11-8f21-2b3c4d5e6f70.0",
    "type": "message.undelivered",
    "at": "2026-11-22T01:00:07Z",
    "message": {
        "id": MESSAGE_ID, "status": "undelivered", "reference": "order-42", "to": "13800000001",
        "mid": "3021000012345678", "code": CODE,
    },
}  # fmt: skip

INBOUND: Body = {
    "id": "019a0d33-0b5c-7d90-92e3-7f8a1b2c3d4e", "from": "13800000001", "to": "10690001", "content": "Yes, please.",
    "received_at": "2026-11-22T01:05:00Z", "sent_at": "2026-11-22T01:04:58Z", "in_reply_to": MESSAGE_ID,
}  # fmt: skip

BALANCE: Body = {
    "name": "main", "balance": 153278040, "unit": "0.001 CNY", "charge_type": "PRECHARGE", "read_at": AT, "holds": [],
}  # fmt: skip

OWN_BALANCE: Body = {
    "balance": 45000, "unit": "0.001 CNY", "charge_type": "POSTCHARGE", "credit_line": 100000, "price_per_part": 45,
}  # fmt: skip

# operation → name → body of the request
REQUESTS: dict[str, Body] = {
    "send_message": {
        "now": {"to": "13800000001", "content": "【Acme】4711", "category": "otp", "reference": "order-42"},
        "later": {
            "to": "+86 138 0000 0001",
            "content": "【Acme】Your table is ready at six.",
            "send_at": "2026-11-22T17:45:00+08:00",
            "expires_at": "2026-11-22T18:00:00+08:00",
        },
    },
    "send_batch": {
        "one text for all": {
            "to": ["13800000001", "12"],
            "content": "【Acme】We open at nine.",
            "on_invalid": "skip",
        },
        "a text for each": {
            "messages": [
                {"to": "13800000001", "content": "【Acme】Order 1 is on its way.", "reference": "1"},
                {"to": "13800000002", "content": "【Acme】Order 2 is on its way.", "reference": "2"},
            ],
            "category": "notification",
        },
    },
}

REQUESTS["check_message"] = REQUESTS["send_message"] | REQUESTS["send_batch"]

PREFLIGHT: Body = {
    "total": 1, "accepted": 1, "parts": 1, "characters": 10, "cost": 45, "unit": "0.001 CNY", "carrier": "mobile",
    "carriers": {"mobile": 1}, "account": "main", "signature": {"text": "【Acme】", "present": True, "known": True},
    "hazards": [], "problems": [], "holds": [],
    "estimate": {
        "at": "2026-11-22T01:00:00.423Z", "seconds": 0.3, "reason": None, "due_messages": 120,
        "messages_per_second": 410.5,
    },
}  # fmt: skip

# operation → name → body of the answer when all goes well
ANSWERS: dict[str, Body] = {
    "send_message": {"accepted": MESSAGE},
    "check_message": {"block": PREFLIGHT},
    "list_messages": {"page": {"results": [UNDELIVERED], "next": f"7-{MESSAGE_ID}"}},
    "get_message": {"undelivered": UNDELIVERED | {"events": [EVENT]}},
    "resend_message": {
        "resent": MESSAGE | {"id": RESENT_ID, "resend_of": MESSAGE_ID, "possible_duplicate": True}
    },
    "cancel_message": {
        "cancelled": MESSAGE | {"status": "cancelled", "final_at": "2026-11-22T01:00:02Z", "is_final": True}
    },
    "send_batch": {"accepted": BATCH},
    "cancel_batch": {
        "some had gone": BATCH
        | {
            "status": "cancelled",
            "total": 1000,
            "accepted": 1000,
            "rejected": [],
            "counts": {"cancelled": 800, "submitted": 200},
            "cancellation": {"cancelled": 800, "already_gone": 200, "by_status": {"submitted": 200}},
        }
    },
    "get_batch": {"done": BATCH | {"status": "done", "counts": {"delivered": 1}}},
    "list_batch_messages": {"page": {"results": [MESSAGE | {"batch": BATCH_ID}], "next": None}},
    "list_events": {"page": {"results": [FEED_ITEM], "next": "7-e4711-1"}},
    "export_batch_messages": {
        "file": '\ufeff"id","to","status","reference","content","code_table","code","meaning","parts","account","mid",'
        '"created_at","send_at","submitted_at","final_at"\r\n'
        f'"{MESSAGE_ID}","13800000001","delivered","\'=A1","【Acme】4711","STAT","DELIVRD","Delivered.","1","main",'
        f'"3021000012345678","{AT}","","{AT}","{AT}"\r\n'
    },
    "list_inbound": {"page": {"results": [INBOUND], "next": "7-i4712-0"}},
    "get_balance": {
        "charged": {"application": OWN_BALANCE, "accounts": [BALANCE]},
        "not charged": {"application": None, "accounts": [BALANCE]},
    },
    "list_codes": {"page": {"results": [CODE], "next": None}},
    "explain_code": {"code": CODE},
}

_MESSAGE = {"parameters": {"message_id": "$response.body#/id"}}
_BATCH = {"parameters": {"batch_id": "$response.body#/id"}}

# operation → name → the operation that its answer leads to
LINKS: dict[str, dict[str, Body]] = {
    "send_message": {
        "message": {"operationId": "get_message"} | _MESSAGE,
        "cancel": {"operationId": "cancel_message"} | _MESSAGE,
    },
    "get_message": {"resend": {"operationId": "resend_message"} | _MESSAGE},
    "resend_message": {"message": {"operationId": "get_message"} | _MESSAGE},
    "send_batch": {
        "batch": {"operationId": "get_batch"} | _BATCH,
        "messages": {"operationId": "list_batch_messages"} | _BATCH,
        "file": {"operationId": "export_batch_messages"} | _BATCH,
        "cancel": {"operationId": "cancel_batch"} | _BATCH,
    },
    "list_messages": {
        "first": {
            "operationId": "get_message",
            "parameters": {"message_id": "$response.body#/results/0/id"},
        },
        "next": {"operationId": "list_messages", "parameters": {"cursor": "$response.body#/next"}},
    },
    "list_events": {"next": {"operationId": "list_events", "parameters": {"after": "$response.body#/next"}}},
    "list_inbound": {
        "next": {"operationId": "list_inbound", "parameters": {"after": "$response.body#/next"}}
    },
}

# HTTP status → what an error answer says there, besides what follows from its code
_TOLD: dict[int, Body] = {
    400: {"detail": "The body is not valid JSON: Expecting value at line 1, column 8."},
    401: {
        "detail": "Send a valid API key as `Authorization: Bearer sgw_…`. This request has none, or one that is "
        "malformed, unknown, expired or revoked. Ask staff for a new one."
    },
    402: {
        "detail": "Your application's balance is 20 and a part costs 45 (in 0.001 CNY); this request has 1 parts. "
        "Nothing was stored. Ask staff for a top-up.",
    },
    403: {
        "detail": "This needs the scope `messages:send`; your key has `messages:read`. Use another key of yours, or "
        "ask staff for one with this scope."
    },
    404: {"detail": "There is no such thing here, or it is not yours.", "retry": "never"},
    406: {"detail": "Answers are JSON. Send `Accept: application/json`, or leave it out."},
    408: {
        "detail": "The body did not come within 30 seconds. Nothing was stored; send it again.",
        "retry": "later",
    },
    409: {
        "detail": "The gateway has taken it: it is delivered, and can't be called back.",
        "retry": "never",
    },
    413: {"detail": "The body is larger than 8388608 bytes. Split it into several requests."},
    415: {"detail": "Send the body as JSON, with `Content-Type: application/json`."},
    422: {
        "code": "invalid_number",
        "detail": "The number is empty. Give 11 digits, such as 13800000001.",
        "errors": [
            {
                "pointer": "/to",
                "code": "invalid_number",
                "detail": "The number is empty. Give 11 digits, such as 13800000001.",
            }
        ],
    },
    429: {"detail": "Too many requests. Send it again in 1 second.", "retry": "later"},
    500: {
        "detail": "Our fault, and it is logged under this request_id. Look for what you sent before you send it again.",
        "retry": "later",
    },
    503: {"detail": "Nothing was stored: the database can't be reached. Send again.", "retry": "later"},
}


def problem_example(status: int) -> Body:
    """Return an error answer of this status."""
    told = {"code": CODES[status][0], "errors": [], "retry": "after_fix"} | _TOLD[status]
    code = str(told["code"])
    return {
        "type": f"urn:smsgateway:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": told["detail"],
        "errors": told["errors"],
        "request_id": REQUEST_ID,
        "retry": told["retry"],
    }
