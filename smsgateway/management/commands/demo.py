import json
import sys
import time
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import UpstreamAccount
from smsgateway.local.home import Home
from smsgateway.management.commands.prepare_local import SIMULATOR

# Numbers by which the simulator makes something go wrong; `python -m messaging.simulator --magic` lists them all.
TROUBLE = ("19900020029", "19900020001", "19900020024", "19900040001", "19900010017", "19900010010")
FINAL = frozenset({"delivered", "undelivered", "rejected", "no_report", "unresolved", "expired", "cancelled"})
REPLY = "19900050001"  # this one writes back
PATIENCE_SECONDS = 120


class Command(BaseCommand):
    help = "Send a first batch of 1,000 messages through the whole path to the simulator, and show what became of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base-url", help="default: the service that runs in this home")
        parser.add_argument("--count", type=int, default=1000)

    def handle(self, *args: Any, **options: Any) -> None:
        if UpstreamAccount.objects.exclude(name=SIMULATOR).exists():
            raise CommandError("The demo runs only where the simulator's is the only upstream account.")
        home = Home(settings.SMSGATEWAY_HOME)
        key = home.read("demo").get("api_key")
        base_url = options["base_url"] or home.read("servers").get("BASE_URL")
        if not base_url:
            raise CommandError("No service is running in this home: make run.")
        if not key:
            raise CommandError(
                "This home has no demo application; the demo runs on the first start of an empty home."
            )
        self.api = f"{base_url}/api/v1"
        self.key = key
        began = time.monotonic()
        batches = self._send(options["count"])
        counts = self._follow(batches, options["count"])
        self._tell(batches, counts, time.monotonic() - began)

    def _send(self, count: int) -> list[str]:
        """Half of them one text to many (`send`), half a text for each (`p2p`)."""
        half = count // 2
        shared = [*TROUBLE, *(f"138{n:08d}" for n in range(half - len(TROUBLE)))]
        first = self._call("batches", {"to": shared, "content": "【Acme】Our shop opens at nine."})
        own = [*TROUBLE, REPLY, *(f"139{n:08d}" for n in range(count - half - len(TROUBLE) - 1))]
        messages = [
            {"to": to, "content": f"【Acme】Order {n} is on its way.", "reference": f"order-{n}"}
            for n, to in enumerate(own)
        ]
        second = self._call("batches", {"messages": messages})
        return [first["id"], second["id"]]

    def _follow(self, batches: list[str], count: int) -> dict[str, int]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            counts: dict[str, int] = {}
            for batch in batches:
                for status, n in self._call(f"batches/{batch}")["counts"].items():
                    counts[status] = counts.get(status, 0) + n
            final = sum(n for status, n in counts.items() if status in FINAL)
            self._show(final, count, counts)
            if final >= count or time.monotonic() > deadline:
                return counts
            time.sleep(0.3)

    def _show(self, final: int, count: int, counts: dict[str, int]) -> None:
        bar = "#" * (30 * final // count)
        states = "  ".join(f"{status} {n}" for status, n in sorted(counts.items()))
        if sys.stdout.isatty():
            self.stdout.write(f"\r\033[K[{bar:<30}] {final}/{count}  {states}", ending="")
        elif final >= count:
            self.stdout.write(f"[{bar:<30}] {final}/{count}  {states}")
        self.stdout.flush()

    def _tell(self, batches: list[str], counts: dict[str, int], seconds: float) -> None:
        if sys.stdout.isatty():
            self.stdout.write("")
        for status, count in sorted(counts.items()):
            self.stdout.write(f"  {count:5d} {status}")
            for code in self._codes(batches, status):
                self.stdout.write(
                    f"        {code['table']} {code['code']}: {code['meaning']} → {code['action']}"
                )
        self.stdout.write(
            f"  {sum(counts.values())} messages in {seconds:.1f} s, half by `send`, half by `p2p`"
        )
        if sum(n for status, n in counts.items() if status in FINAL) < sum(counts.values()):
            self.stdout.write("  Some are not final yet; `manage.py doctor` says why.")

    def _codes(self, batches: list[str], status: str) -> list[dict[str, Any]]:
        found = {}
        for batch in batches:
            for message in self._call(f"messages?batch={batch}&status={status}&limit=20")["results"]:
                if message["code"]:
                    found[message["code"]["table"], message["code"]["code"]] = message["code"]
        return list(found.values())

    def _call(self, path: str, body: object = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  (the address is our own service's)
            f"{self.api}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found
