"""The simulated gateway of a run, through its back door."""

import json
import urllib.request
from typing import Any

PAGE = 20_000
ACCOUNT = "922011"
NOTHING_YET = json.dumps({"status": "0", "balance": 0, "list": []})


class Gateway:
    """One running simulator; `seconds_to_report` decides when it has reports for us."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._control_url = url.rpartition("/")[0] + "/control"

    def reset(self, *, seconds_to_report: float) -> None:
        """Forget everything, answer at once, and report each message after so many seconds."""
        self._control("reset", {})
        self._control("faults", [])
        self._control("accounts", {"account": ACCOUNT, "seconds_to_report": seconds_to_report})

    def withhold_reports(self) -> None:
        """Say that there are none yet, until `hand_out_reports`."""
        self._control("faults", [{"fault": "http", "action": "report", "status": 200, "body": NOTHING_YET}])

    def hand_out_reports(self) -> None:
        self._control("faults", [])

    def mids(self) -> dict[str, str]:
        """The mid of each number, as the ledger has it; a number that was sent to twice is there once."""
        rows: list[dict[str, Any]] = []
        while page := self._control(f"ledger?after={len(rows)}&limit={PAGE}")["rows"]:
            rows += page
        return {row["mobile"]: row["mid"] for row in rows}

    def accepted(self) -> int:
        """How many messages it took, second copies included."""
        return int(self._control("ledger/summary")["accepted"])

    def _control(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._control_url}/{path}", data)  # noqa: S310  (our own simulator)
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)
