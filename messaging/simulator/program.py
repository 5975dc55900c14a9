"""The program: its options, its start and its end."""

import asyncio
import gc
import logging
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from messaging.simulator import magic
from messaging.simulator.accounts import default_accounts, load_accounts
from messaging.simulator.control import Control
from messaging.simulator.desk import Desk
from messaging.simulator.faults import Faults
from messaging.simulator.gateway import Gateway
from messaging.simulator.http1 import MAX_HEAD
from messaging.simulator.ledger import Ledger
from messaging.simulator.push import Pusher
from messaging.simulator.server import PATH, Server

BACKLOG = 1024  # connections the kernel holds for us
# A full collection walks every message ever taken: a quarter of a second at a million, felt by every caller.
NEVER_FULLY = (10_000, 10, 1_000_000)


def add_options(parser: ArgumentParser) -> None:
    """Add what the program can be told, here and as a management command."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=7862, help="port to listen on; 0: any free one")
    parser.add_argument("--config", type=Path, help="JSON file of accounts, instead of the default two")
    parser.add_argument("--ledger", type=Path, help="file to append accepted messages to, as JSON lines")
    parser.add_argument("--seconds-to-report", type=float, default=2.0, help="from acceptance to report")
    parser.add_argument("--quiet", action="store_true", help="print no line per call")
    parser.add_argument("--magic", action="store_true", help="print the numbers that do not behave, and end")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and answer its exit code."""
    parser = ArgumentParser(prog="simulator", description="The SMS vendor's gateway in a box.")
    add_options(parser)
    return run(parser.parse_args(arguments))


def run(options: Namespace) -> int:
    """Do what the options say until SIGTERM or SIGINT."""
    if options.magic:
        sys.stdout.writelines(f"{number:<12} {meaning}\n" for number, meaning in magic.table())
        return 0
    level = logging.WARNING if options.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    accounts = load_accounts(options.config) if options.config else default_accounts()
    with closing(Ledger(options.ledger)) as ledger:
        gateway = Gateway(accounts, ledger, options.seconds_to_report)
        asyncio.run(_serve(gateway, options.host, options.port))
    return 0


async def _serve(gateway: Gateway, host: str, port: int) -> None:
    gc.set_threshold(*NEVER_FULLY)
    faults, pusher = Faults(), Pusher(gateway)
    server = Server(gateway, Desk(gateway, faults), Control(gateway, faults, pusher))
    listening = await asyncio.start_server(server.serve, host, port, limit=MAX_HEAD, backlog=BACKLOG)
    sys.stdout.write(f"ready http://{host}:{listening.sockets[0].getsockname()[1]}{PATH}\n")
    sys.stdout.flush()
    background = [asyncio.create_task(pusher.run()), asyncio.create_task(_write(gateway.ledger))]
    await _told_to_end()
    listening.close()
    for task in background:
        task.cancel()


async def _write(ledger: Ledger) -> None:
    while True:
        await asyncio.sleep(0 if ledger.write_some() else 1.0)


async def _told_to_end() -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
