"""Every code that an error answer can bear, by HTTP status: what the schema promises and callers switch on."""

STATUSES: dict[int, str] = {
    400: "The body, the query or a header can't be read.",
    401: "No key, or one that is not valid.",
    402: "The application's balance does not pay for it. Nothing was stored.",
    403: "The key is valid, but may not do this, or not from here.",
    404: "There is no such thing, or it is somebody else's.",
    406: "Answers are JSON only.",
    408: "The body came too slowly.",
    409: "Not possible in the present state.",
    413: "The body is too large.",
    415: "The body must be application/json.",
    422: "Something in the request can't be accepted; `errors` says what, where, and how to mend it.",
    429: "Too much, or too often. Nothing was stored; send again after `Retry-After` seconds.",
    500: "Our fault, logged under `request_id`. Look for what you sent before you send it again.",
    503: "Not now; send again after `Retry-After` seconds. Only `maybe_stored` may have stored something.",
}

# What can be wrong with one recipient, also where the others of its batch are accepted.
OF_A_RECIPIENT = (
    "invalid_number",
    "duplicate_recipient",
    "empty_content",
    "content_too_long",
    "control_characters",
    "signature_missing",
    "signature_unknown",
    "max_length",
    "frequency_exceeded",
    "insufficient_balance",
)

# What can be wrong with a field.
OF_A_FIELD = (
    *OF_A_RECIPIENT,
    "unknown_field",
    "required",
    "null",
    "blank",
    "invalid",
    "invalid_choice",
    "not_a_list",
    "null_characters_not_allowed",
    "surrogate_characters_not_allowed",
    "no_offset",
    "send_at_too_far",
    "send_at_in_the_past",
    "expires_before_sending",
    "to_or_messages",
    "two_contents",
    "no_recipients",
    "too_many_recipients",
    "unknown_extno",
)

CODES: dict[int, tuple[str, ...]] = {
    400: (
        "bad_request",
        "invalid_json",
        "invalid_query",
        "idempotency_key_invalid",
        "idempotency_key_missing",
    ),
    401: ("unauthenticated",),
    402: ("insufficient_balance",),
    403: ("missing_scope", "network_not_allowed"),
    404: ("not_found",),
    406: ("not_acceptable",),
    408: ("body_too_slow",),
    409: ("not_cancellable", "not_resendable", "request_in_progress", "answer_unreadable"),
    413: ("body_too_large",),
    415: ("unsupported_media_type",),
    422: ("invalid_request", "idempotency_key_reused", *OF_A_FIELD),
    429: ("rate_limited", "frequency_exceeded", "quota_exceeded", "too_many_wrong_keys"),
    500: ("internal_error",),
    503: ("storage_unavailable", "maybe_stored", "backlog_full"),
}
