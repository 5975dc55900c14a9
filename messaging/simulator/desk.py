"""From a call to its reply: the one place where a scripted fault comes between the rules and the wire."""

import logging

from messaging.simulator.faults import Faults
from messaging.simulator.gateway import Gateway
from messaging.simulator.http1 import Reply
from messaging.simulator.wire import Call, write_answer

log = logging.getLogger(__name__)


class Desk:
    """Answers calls."""

    def __init__(self, gateway: Gateway, faults: Faults) -> None:
        self._gateway = gateway
        self._faults = faults

    def reply(self, call: Call) -> Reply:
        """Decide, then answer; a fault may prevent the one and bend the other."""
        fault = self._faults.draw(call)
        if (instead := fault.instead(call)) is not None:
            log.info("%r by %r met %s", call.action, call.account, fault.fault)
            return instead
        answer = fault.bend_answer(self._gateway.decide(call))
        outcome = f"STATUS {answer.status}, {len(answer.rows or ())} rows"
        log.info("%r by %r: %s %s", call.action, call.account, outcome, fault.fault)
        return fault.bend_reply(write_answer(answer, call))
