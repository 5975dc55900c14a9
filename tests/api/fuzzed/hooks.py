"""Told to Schemathesis: numbers that can be sent to, and another application, whose things are not to be had."""

import os
import random
import string
from typing import Any

import schemathesis
from hypothesis import strategies as st

# Of the other application: messages and batches by the name of the variable in paths, and a word that all of it holds.
THEIRS = {
    "message_id": os.environ.get("THEIR_MESSAGES", "").split(),
    "batch_id": os.environ.get("THEIR_BATCHES", "").split(),
}
THEIR_WORD = os.environ.get("THEIR_WORD", "")
REFUSED = {400, 401, 403, 404, 405, 406, 413, 415, 422, 429}
ONE_IN = 8

mobiles = st.builds(
    "1{}{}".format, st.sampled_from("3456789"), st.text(string.digits, min_size=9, max_size=9)
)
schemathesis.openapi.format("mobile", mobiles)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Now and then ask for a thing that is the other application's, whatever was to be asked for."""
    for name, ids in THEIRS.items():
        if ids and name in (case.path_parameters or {}) and random.Random(case.id).randrange(ONE_IN) == 0:
            case.path_parameters[name] = random.Random(case.id).choice(ids)


@schemathesis.check
def nothing_of_others(context: Any, response: Any, case: Any) -> None:
    """What is another application's is refused, and no answer holds a word of it."""
    asked = set((case.path_parameters or {}).values()) & {one for ids in THEIRS.values() for one in ids}
    assert not asked or response.status_code in REFUSED, f"theirs was answered {response.status_code}"
    assert not THEIR_WORD or THEIR_WORD not in response.text, "a word of theirs"
