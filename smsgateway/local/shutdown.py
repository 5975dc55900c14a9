"""Ends programs in an order in which nobody loses what they still need."""

import time
from collections.abc import Callable, Sequence

from smsgateway.local.child import Child
from smsgateway.local.program import Stage
from smsgateway.local.terminal import Terminal

TICK = 0.05
FIRST_REMINDER = 2.0
REMIND_EVERY = 5.0
LAST_WORDS = 3.0  # seconds between the kill signal, which PostgreSQL uses to say goodbye, and SIGKILL


def shut_down(children: Sequence[Child], terminal: Terminal, hurried: Callable[[], bool]) -> None:
    """Afterwards no process of theirs is left. Once `hurried`, nobody is waited for any more."""
    for stage in Stage:
        _end([child for child in children if child.program.stage is stage], terminal, hurried)


def _end(children: Sequence[Child], terminal: Terminal, hurried: Callable[[], bool]) -> None:
    began = time.monotonic()
    reminder = began + FIRST_REMINDER
    for child in children:
        child.process.send(child.program.stop_signal)
    while waited_for := [child for child in children if _deserves_time(child, began)]:
        if hurried():
            break
        if time.monotonic() > reminder:
            terminal.line(_reminder(waited_for, began))
            reminder += REMIND_EVERY
        time.sleep(TICK)
    _kill([child for child in children if child.running()])


def _deserves_time(child: Child, began: float) -> bool:
    return child.running() and time.monotonic() - began < child.program.grace


def _reminder(waited_for: Sequence[Child], began: float) -> str:
    names = ", ".join(child.program.name for child in waited_for)
    seconds = max(child.program.grace for child in waited_for) - (time.monotonic() - began)
    return f"Waiting for {names} to finish, at most {seconds:.0f} s more; Ctrl-C again ends it at once"


def _kill(children: Sequence[Child]) -> None:
    until = time.monotonic() + LAST_WORDS
    for child in children:
        child.process.send(child.program.kill_signal)
    while any(child.running() for child in children) and time.monotonic() < until:
        time.sleep(TICK)
    for child in children:
        child.process.kill()
