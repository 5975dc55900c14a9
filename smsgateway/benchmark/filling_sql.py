"""How made-up messages are computed: everything follows from a number and a span of time.

A unit is 10,000 messages of one application: a batch of 9,000, in chunks of 500, then 1,000 singles, in chunks of 20.
"""

TABLES = (
    *("messaging_message", "messaging_batch", "messaging_chunk", "messaging_attempt", "messaging_event"),
    *(
        "messaging_deliveryreport",
        "messaging_upstreampayload",
        "messaging_hourlycount",
        "messaging_codecount",
    ),
    "messaging_hourofsubmission",
)

# A UUIDv7 of a millisecond, a place within it, and a number that tells it from others.
KEY = """
CREATE OR REPLACE FUNCTION pg_temp.key(ms bigint, place bigint, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(place >> 4), 3, '0') || '8' || to_hex(place & 15)
           || lpad(to_hex(n), 14, '0'))::uuid $$
"""
MOMENT = """
CREATE OR REPLACE FUNCTION pg_temp.moment(ms bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
$$ SELECT to_timestamp(ms / 1000.0) $$
"""

# 2,000,003 is a prime, so numbers come again only after so many, and in no order. Of a thousand messages 955 are
# delivered. What would be final only later than now is not.
MADE = """
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
WITH slot AS (
    SELECT (extract(epoch FROM %(since)s::timestamptz) * 1000)::bigint AS since,
           (extract(epoch FROM %(until)s::timestamptz) - extract(epoch FROM %(since)s::timestamptz)) * 1000
               / ceil(%(messages)s / 10000.0) AS length
), numbered AS (
    SELECT %(made)s + i AS n, i, i / 10000 AS unit, i %% 10000 AS place, (i * 7919) %% 1000 AS fate,
           (since + length * (i / 10000))::bigint AS slot_ms, length
    FROM slot, generate_series(0, %(messages)s::bigint - 1) AS i
), timed AS (
    SELECT *, place < 9000 AS in_batch,
           CASE WHEN place < 9000 THEN slot_ms ELSE slot_ms + (length * (place - 8999) / 1001)::bigint END AS ms,
           CASE WHEN place < 9000 THEN slot_ms
                ELSE slot_ms + (length * ((place - 9000) / 20 * 20 + 20) / 1001)::bigint END AS claimed_ms,
           CASE WHEN place < 9000 THEN place / 500 ELSE 18 + (place - 9000) / 20 END AS chunk,
           (%(applications)s::bigint[])[1 + unit %% array_length(%(applications)s::bigint[], 1)] AS application_id
    FROM numbered
)
SELECT n, place, application_id, in_batch, ms, claimed_ms, fate,
       pg_temp.key(ms, place, n) AS id,
       CASE WHEN in_batch THEN pg_temp.key(slot_ms, 0, (1::bigint << 48) + %(made)s + unit) END AS batch_id,
       pg_temp.key(claimed_ms, chunk, (2::bigint << 48) + n / 10000) AS chunk_id,
       (13000000000 + (n * 48271) %% 2000003 * 499)::text AS mobile,
       CASE WHEN in_batch THEN 'marketing' WHEN n %% 2 = 0 THEN 'otp' ELSE 'notification' END AS category,
       (700000000000000000 + n)::text AS mid,
       claimed_ms + 2000 + place %% 500 AS submitted_ms,
       claimed_ms + 5000 + place %% 500 * 40 AS reported_ms,
       now() - pg_temp.moment(claimed_ms) < interval '72 hours' AS recent,
       CASE WHEN fate < 955 THEN 'delivered' WHEN fate < 985 THEN 'undelivered' WHEN fate < 993 THEN 'no_report'
            WHEN fate < 996 THEN 'rejected' WHEN fate < 998 THEN 'unresolved' WHEN fate < 999 THEN 'expired'
            ELSE 'cancelled' END AS state
FROM timed
"""

MESSAGES = """
INSERT INTO messaging_message (
    id, application_id, batch_id, mobile, content, category, reference, parts, created_at, chunk_id, state,
    upstream_account_id, mid, code_table, code, submitted_at, final_at)
SELECT id, application_id, batch_id, mobile,
       CASE WHEN NOT in_batch THEN rpad('【Acme】Your order ' || n || ' is on its way. ', 80, 'Thank you. ') END,
       category, CASE WHEN NOT in_batch THEN 'order-' || n END, 1, pg_temp.moment(ms), chunk_id,
       CASE WHEN recent AND state = 'no_report' THEN 'submitted' WHEN recent AND state = 'unresolved' THEN 'unknown'
            ELSE state END,
       CASE WHEN fate < 998 THEN %(account)s END, CASE WHEN fate < 993 THEN mid END,
       CASE state WHEN 'undelivered' THEN 'STAT' WHEN 'rejected' THEN 'RESULT' END,
       CASE state WHEN 'undelivered' THEN 'MA:0029' WHEN 'rejected' THEN '8' END,
       CASE WHEN fate < 993 THEN pg_temp.moment(submitted_ms) END,
       CASE WHEN fate < 985 THEN pg_temp.moment(reported_ms) WHEN state IN ('rejected', 'expired', 'cancelled')
            THEN pg_temp.moment(submitted_ms)
            WHEN NOT recent THEN pg_temp.moment(submitted_ms) + interval '72 hours' END
FROM made ORDER BY n
"""

BATCHES = """
INSERT INTO messaging_batch (
    id, application_id, category, content, total, accepted, rejected, created_at, first_message_id, last_message_id)
SELECT batch_id, min(application_id), 'marketing', rpad('【Acme】Everything must go. ', 80, 'Until Sunday. '), count(*),
       count(*), '[]', pg_temp.moment(min(ms)), (array_agg(id ORDER BY n))[1], (array_agg(id ORDER BY n DESC))[1]
FROM made WHERE in_batch GROUP BY batch_id
"""

CHUNKS = """
INSERT INTO messaging_chunk (
    id, application_id, batch_id, category, mode, members, size, state, due_at, claims, swept_at, created_at)
SELECT chunk_id, min(application_id), (array_agg(batch_id))[1], min(category),
       CASE WHEN bool_and(in_batch) THEN 'send' ELSE 'p2p' END, array_agg(id ORDER BY n), count(*), 'done',
       pg_temp.moment(min(claimed_ms)), 1,
       CASE WHEN NOT bool_or(recent) THEN pg_temp.moment(min(claimed_ms)) + interval '73 hours' END,
       pg_temp.moment(min(claimed_ms))
FROM made GROUP BY chunk_id
"""

ATTEMPTS = """
INSERT INTO messaging_attempt (
    id, chunk_id, application_id, upstream_account_id, environment, category, extno, state, worker, left_out,
    prepared_at, called_at, ended_at, lease_until, elapsed_ms, http_status, code, raw)
SELECT pg_temp.key(min(claimed_ms) + 1000, min(place), (3::bigint << 48) + min(n)), chunk_id, min(application_id),
       %(account)s, 'sandbox', min(category), '10690', 'answered', 'filled', '{}',
       pg_temp.moment(min(claimed_ms) + 1000), pg_temp.moment(min(claimed_ms) + 1010),
       pg_temp.moment(min(claimed_ms) + 2000), pg_temp.moment(min(claimed_ms) + 25000), 990, 200, '0', '{"status":"0"}'
FROM made GROUP BY chunk_id
"""

ACCEPTED = """
INSERT INTO messaging_event (id, application_id, kind, at, message_ids, statuses, position)
SELECT coalesce(batch_id, id), min(application_id), 'accepted', pg_temp.moment(min(ms)), array_agg(id ORDER BY n),
       array_agg('queued'::text ORDER BY n),
       nextval('messaging_feed_position')
FROM made GROUP BY coalesce(batch_id, id), batch_id
"""

CLAIMED = """
INSERT INTO messaging_event (id, application_id, kind, at, chunk_id, message_ids, statuses, position)
SELECT pg_temp.key(min(claimed_ms) + 1000, min(place), (4::bigint << 48) + min(n)), min(application_id), 'claimed',
       pg_temp.moment(min(claimed_ms) + 1000), chunk_id, array_agg(id ORDER BY n),
       array_agg('submitting'::text ORDER BY n),
       nextval('messaging_feed_position')
FROM made GROUP BY chunk_id
"""

ANSWERED = """
INSERT INTO messaging_event (id, application_id, kind, at, chunk_id, message_ids, statuses, mids, position)
SELECT pg_temp.key(min(claimed_ms) + 2000, min(place), (5::bigint << 48) + min(n)), min(application_id), 'answered',
       pg_temp.moment(min(claimed_ms) + 2000), chunk_id, array_agg(id ORDER BY n),
       array_agg(CASE WHEN fate < 993 THEN 'submitted' WHEN fate < 996 THEN 'rejected' ELSE 'unknown' END ORDER BY n),
       array_agg(CASE WHEN fate < 993 THEN mid END ORDER BY n),
       nextval('messaging_feed_position')
FROM made WHERE fate < 998 GROUP BY chunk_id
"""

# Of the same chunk: given up after three days, or before anything was sent.
OTHERWISE = """
INSERT INTO messaging_event (id, application_id, kind, at, chunk_id, message_ids, statuses, position)
SELECT pg_temp.key(min(claimed_ms) + 3000, min(place), (6::bigint << 48) + min(n)), min(application_id),
       CASE WHEN state IN ('expired', 'cancelled') THEN state ELSE 'given_up' END,
       pg_temp.moment(min(claimed_ms) + 3000), chunk_id, array_agg(id ORDER BY n), array_agg(state ORDER BY n),
       nextval('messaging_feed_position')
FROM made WHERE state IN ('expired', 'cancelled') OR (state IN ('no_report', 'unresolved') AND NOT recent)
GROUP BY chunk_id, state
"""

# A page holds what one chunk's messages came to.
PAGES = """
CREATE TEMPORARY TABLE page ON COMMIT DROP AS
SELECT chunk_id, min(application_id) AS application_id, max(reported_ms) AS ms, count(*) AS reports,
       pg_temp.key(max(reported_ms), min(place), (7::bigint << 48) + min(n)) AS payload_id,
       pg_temp.key(max(reported_ms), min(place), (8::bigint << 48) + min(n)) AS event_id,
       array_agg(id ORDER BY n) AS ids, array_agg(state ORDER BY n) AS states, array_agg(mid ORDER BY n) AS mids
FROM made WHERE fate < 985 GROUP BY chunk_id
"""
PAYLOADS = """
INSERT INTO messaging_upstreampayload (
    id, upstream_account_id, kind, state, started_at, received_at, read_at, content_type, http_status, body, truncated,
    reports, inbound, unreadable_items, error)
SELECT payload_id, %(account)s, 'report', 'read', pg_temp.moment(ms), pg_temp.moment(ms), pg_temp.moment(ms),
       'application/json', 200, '{"status":"0"}', false, reports, 0, 0, '' FROM page
"""
REPORTED = """
INSERT INTO messaging_event (id, application_id, kind, at, message_ids, statuses, mids, position)
SELECT event_id, application_id, 'reported', pg_temp.moment(ms), ids, states, mids,
       nextval('messaging_feed_position') FROM page
"""
REPORTS = """
INSERT INTO messaging_deliveryreport (
    id, upstream_account_id, payload_id, mid, mobile, stat, time_text, reported_at, received_at, access_code,
    message_id, inferred, needs_review, event_id)
SELECT pg_temp.key(page.ms, place, (9::bigint << 48) + n), %(account)s, payload_id, mid, mobile,
       CASE state WHEN 'delivered' THEN 'DELIVRD' ELSE 'MA:0029' END,
       to_char(pg_temp.moment(reported_ms) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'),
       pg_temp.moment(reported_ms), pg_temp.moment(page.ms), '10690', made.id, false, false, event_id
FROM made JOIN page USING (chunk_id) WHERE fate < 985 ORDER BY n
"""

STATEMENTS = (
    *(KEY, MOMENT, MADE, MESSAGES, BATCHES, CHUNKS, ATTEMPTS, ACCEPTED, CLAIMED, ANSWERED, OTHERWISE),
    *(PAGES, PAYLOADS, REPORTED, REPORTS),
)
