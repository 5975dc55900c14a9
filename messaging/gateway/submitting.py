"""`send` and `p2p`: what a call brings is stored as batches, every number is answered (document, sections 1, 2)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError

from accounts.models import GatewayLogin
from messaging import tasks
from messaging.exceptions import DomainError, Invalid, MaybeStored, NotStored, Overloaded
from messaging.gateway.answers import Row
from messaging.gateway.codes import Refusal, Result, Status
from messaging.gateway.forms import Call
from messaging.numbers import normalise_all
from messaging.own_mids import new_mids
from messaging.recipients import Recipients
from messaging.routing import sender_for
from messaging.services.intake import Options, Origin, accept_batch
from messaging.states import State
from messaging.text import signature

log = structlog.get_logger(__name__)

MOST_NUMBERS = 500
LINE_END = re.compile(r"\r\n|\r|\n")
RESULT_OF: Mapping[str, Result] = {
    "insufficient_balance": Result.BALANCE_TOO_LOW,
    "signature_missing": Result.SIGNATURE_INVALID,
    "signature_unknown": Result.SIGNATURE_INVALID,
    "unknown_extno": Result.WRONG_EXTNO,
    "invalid_number": Result.WRONG_NUMBER,
    "frequency_exceeded": Result.NOT_NOW,
}


@dataclass
class Submission:
    """What one call brings, and what becomes of each number: `mids` and `results` are parallel to `written`.

    `content` is the text for all, or None where each number has its own in `contents`.
    """

    written: Sequence[str]
    content: str | None
    contents: Sequence[str]
    mobiles: Sequence[str | None] = field(init=False)
    results: list[Result] = field(init=False)
    mids: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.mobiles = normalise_all(self.written)
        self.results = [Result.ACCEPTED if mobile else Result.WRONG_NUMBER for mobile in self.mobiles]
        self.mids = [""] * len(self.written)

    def refuse(self, places: Sequence[int], result: Result) -> None:
        for place in places:
            self.results[place], self.mids[place] = result, ""

    def good(self) -> list[int]:
        return [place for place, result in enumerate(self.results) if not result]

    def text(self, place: int) -> str:
        return self.contents[place] if self.content is None else self.content

    def rows(self) -> list[Row]:
        return [
            {"mid": mid, "mobile": mobile, "result": int(result)}
            for mid, mobile, result in zip(self.mids, self.written, self.results, strict=True)
        ]


def submit(login: GatewayLogin, call: Call) -> list[Row]:
    """Accept what can be accepted, and return the answer's list. Raises `Refusal`, and then nothing was stored.

    Raises `MaybeStored` where nobody can say whether it was.
    """
    given = _read(call)
    extno = call["extno"]
    if extno not in login.extnos:
        given.refuse(given.good(), Result.WRONG_EXTNO)
    elif login.signature_check:
        unsigned = [place for place in given.good() if signature(given.text(place)) not in login.signatures]
        given.refuse(unsigned, Result.SIGNATURE_INVALID)
    if given.good():
        _accept(login, given, extno)
    return given.rows()


def _read(call: Call) -> Submission:
    given = _read_send(call) if call.action == "send" else _read_p2p(call)
    texts = given.contents if given.content is None else [given.content]
    if not any(given.mobiles) or not all(text.strip() for text in texts):
        raise Refusal(Status.MALFORMED)
    return given


def _read_send(call: Call) -> Submission:
    numbers = [number.strip() for number in call["mobile"].split(",")]
    return Submission(_few([number for number in numbers if number]), call["content"], ())


def _read_p2p(call: Call) -> Submission:
    """Only the first `#` of a line separates; the last line may end or not (document, section 2.2)."""
    lines = [
        line.partition("#") for line in _few(list(filter(None, LINE_END.split(call["mobileContentList"]))))
    ]
    return Submission([number.strip() for number, _, _ in lines], None, [text for _, _, text in lines])


def _few(given: list[str]) -> list[str]:
    if len(given) > MOST_NUMBERS:
        raise Refusal(Status.TOO_MANY_NUMBERS)
    return given


def _accept(login: GatewayLogin, given: Submission, extno: str) -> None:
    """Store each number's text once; a number that is to get several texts gets each in a batch of its own."""
    rounds, repeated = _rounds(given)
    origin = Origin(login=login, access_code=extno)
    options = Options(category=login.category, extno=_upstream_extno(login, extno))
    fresh = iter(new_mids(sum(map(len, rounds))))
    for places in rounds:
        for place in places:
            given.mids[place] = next(fresh)
        _accept_round(login, given, places, options, origin)
    for place, first in repeated:
        given.results[place], given.mids[place] = given.results[first], given.mids[first]


def _rounds(given: Submission) -> tuple[list[list[int]], list[tuple[int, int]]]:
    """Return the places that can travel together, no number twice, and those that repeat another."""
    first_of: dict[tuple[str | None, str], int] = {}
    times: dict[str | None, int] = {}
    rounds: list[list[int]] = []
    repeated: list[tuple[int, int]] = []
    for place in given.good():
        mobile = given.mobiles[place]
        first = first_of.setdefault((mobile, given.text(place)), place)
        if first != place:
            repeated.append((place, first))
            continue
        turn = times[mobile] = times.get(mobile, -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
    return rounds, repeated


def _accept_round(
    login: GatewayLogin, given: Submission, places: Sequence[int], options: Options, origin: Origin
) -> None:
    contents = None if given.content is not None else [given.contents[place] for place in places]
    recipients = Recipients(
        to=[given.mobiles[place] or "" for place in places],
        contents=contents,
        references=[given.mids[place] for place in places],
    )
    try:
        accepted = accept_batch(
            login.application, given.content, recipients, options, skip_invalid=True, origin=origin
        )
    except MaybeStored:
        raise
    except DomainError as error:
        _refuse_round(given, places, error)
        return
    except DatabaseError:
        # Before anything of this round was stored. What an earlier round stored must be answered.
        if _is_first(given, places):
            raise
        log.exception("gateway_round_not_stored", numbers=len(places))
        given.refuse(places, Result.NOT_NOW)
        return
    for refusal in accepted.batch.rejected:
        given.refuse([places[refusal["index"]]], RESULT_OF.get(refusal["code"], Result.WRONG_NUMBER))
    if accepted.status == State.QUEUED:
        tasks.ring_lane(options.category)


def _refuse_round(given: Submission, places: Sequence[int], error: DomainError) -> None:
    """A reason that the table of RESULT has is told to each number; another refuses a call that stored nothing yet."""
    is_first = _is_first(given, places)
    result = RESULT_OF.get(error.code)
    if isinstance(error, Invalid):
        codes = dict(_codes_by_place(error, places))
        if result is None and is_first and not codes:
            raise Refusal(Status.MALFORMED) from error
        for place in places:
            given.refuse([place], RESULT_OF.get(codes.get(place, error.code), Result.WRONG_NUMBER))
        return
    if result is None and is_first:
        raise Refusal(_status_of(error)) from error
    log.warning("gateway_round_refused", code=error.code, numbers=len(places))
    given.refuse(places, result or Result.NOT_NOW)


def _is_first(given: Submission, places: Sequence[int]) -> bool:
    """Return whether nothing of the call was stored before this round."""
    others = set(range(len(given.mids))).difference(places)
    return not any(given.mids[place] for place in others)


def _codes_by_place(error: Invalid, places: Sequence[int]) -> Iterator[tuple[int, str]]:
    for problem in error.problems:
        index = problem.pointer.rpartition("/")[2]
        if index.isdigit():
            yield places[int(index)], problem.code


def _status_of(error: DomainError) -> Status:
    if isinstance(error, Overloaded):
        return Status.TOO_MANY_CONNECTIONS
    if isinstance(error, NotStored):
        return Status.INTERNAL
    return Status.OTHER


def _upstream_extno(login: GatewayLogin, extno: str) -> str | None:
    """Return the extno that goes upstream; None, the account's own, where no account has the login's.

    Raises `Refusal` with STATUS 100 where the application has no account to send by.
    """
    try:
        sender_for(login.application, login.category, extno)
    except Invalid:
        if not sender_for(login.application, login.category, None).has_route:
            raise Refusal(Status.INTERNAL) from None
        return None
    return extno
