"""The faults of lists A (input), B (idempotency), C (load), D (processes, broker, database), E (submit), F (access) and
G (reports, inbound, push)."""

A = """
invalid JSON, empty body, wrong content type
NaN, duplicate names, 100 levels, 10,000-digit integer
NUL, lone surrogate, control characters
0, 10,001 and 10,000 recipients
body over the limit, without length, chunked
the same number twice
bad numbers among good ones
text empty, too long, emoji, without signature
p2p text with CR, LF, #
send_at past, after expires_at, without zone, year 9999
unknown field, read-only field
extno of somebody else
caller gone before the answer
slow upload
page of 1,000,000, broken cursor, somebody else's cursor
"""

B = """
same key and body, 50 at once
same key, other body
same key, other order and blanks
same key of another application
same key after the API key was rotated
key missing, empty, too long, not ASCII, quoted
kill -9 of web before and after the commit
first rolled back while a twin waits
key used again after it is over
key whose first use was refused
"""

C = """
burst over the rate
quota reached in the middle of a batch
backlog over its ceiling
one application sends seven times all others
OTP behind a batch of 10,000
"""

D = """
SIGKILL of a worker after the claim
SIGKILL after in_flight, before the connect
SIGKILL after the bytes were written
SIGKILL after the answer was read, before the commit
SIGKILL between raw answer and results
SIGTERM, SIGQUIT during a call
a message that kills its workers
Redis: FLUSHALL, kill -9, restart without persistence
Redis down while POSTs arrive
Redis half-open
Redis full, wrong password
each wake-up delivered 10 times
PostgreSQL restarted under load
connection cut during COMMIT of accept, in_flight, results
PostgreSQL read-only
too many connections to PostgreSQL
two beats, no beat
sweeper killed half-way, two sweepers
worker paused past its lease, then continued
clock of a worker wrong by an hour
database restored from an older backup
rolling deploy with a migration
deadlock, serialization error
"""

E = """
DNS failure, refused, connect timeout
TLS: expired, wrong host, self-signed
accepts TCP, never answers
one byte now and then
reset before, during, after the body
processed, then the connection closed
not processed, connection closed
idle keep-alive closed by the peer
HTTP 500, 502, 503, 504, 408
HTTP 400, 401, 403, 404, 413, 429
301, 302, 307 to another host
200 with HTML, empty, truncated, huge, BOM
XML answer
STATUS as "0", 0, "00", null, missing, 999
STATUS 1
STATUS 2, 3, 4, 6, 7
STATUS 21 storm
STATUS 5, 100: mixed batch, outage
STATUS 102
STATUS 0 with a missing or empty list
list shorter
list longer, foreign numbers
list in another order
same mobile twice in the list
mobile as 86…, +86…, number, with spaces
RESULT 0 without mid; mid as number, 200 characters
mid of an older message
RESULT 10, 15, 17, 12, 77
balance negative, missing, string, huge
late answer after the lease ended
validity ends while parked
cancel racing with the claim
account disabled, credential rotated mid-flight
MD5 with comma lists and Chinese text
operator's resend of an unknown
"""

F = """
no key, bad form, unknown, wrong, revoked, expired
key without scope
somebody else's ids on every route
X-Forwarded-For made up, several, IPv6, empty
keys guessed, 1,000 a minute
SQL and template text in filters
input made for slow expressions
CR, LF, ANSI in path, header, reference
formulas in exported CSV
"""
BEHIND_F9 = {
    "F10": "ten wrong passwords; others from there; owner locked out",
    "F11": "admin without second factor in production",
    "F12": "numbers and texts without permission, export",
    "F13": "secrets on every failing path",
    "F15": "DEBUG on, published SECRET_KEY, wildcard hosts",
    "F16": "script in an MO text, a reference, a note",
    "F17": "forged posts to admin actions, clickjacking",
    "F18": "CSV upload: 10,000,000 rows, GBK, quoted newlines",
}

G = """
kill -9 after the page arrived, before the commit
kill -9 after the raw commit
database down between fetch and commit
body truncated at every byte
one malformed item among 1,000
unknown, padded, lower-case, missing stat
report before the mid is recorded
report for a lost answer
two unknowns to one number, one report
the same report by pull and push
failure then DELIVRD, and the reverse
report after no_report, unresolved, purge
report with the right mid, another mobile
mid in another case or padded
time missing, bad, in the future
flag mixed, missing, as string
two pullers for one account
page always full
STATUS 21, 3, HTML on pull
inbound of no application, longest extno
inbound twice; two identical texts
inbound with emoji, 2,000 characters
push: wrong token, GET, 10 MB
push: chunked, empty body
push: database down
push: single object, BOM, GBK
push: burst of requests
push: kill -9 after the commit, before OK
forged DELIVRD of another account's mid
"""


def _numbered(letter: str, titles: str) -> dict[str, str]:
    return {f"{letter}{n}": title for n, title in enumerate(titles.strip().splitlines(), start=1)}


ROWS: dict[str, str] = {
    **_numbered("A", A),
    **_numbered("B", B),
    **_numbered("C", C),
    **_numbered("D", D),
    **_numbered("E", E),
    **_numbered("F", F),
    **BEHIND_F9,
    **_numbered("G", G),
}

# Rows that no test shows, each with its reason.
NOT_RUN: dict[str, str] = {
    "D22": "there is no released version yet whose code and tables could be rolled from",
}
