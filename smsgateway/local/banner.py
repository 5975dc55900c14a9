"""What a newcomer needs to go on from here."""

import json
from dataclasses import dataclass
from pathlib import Path

NO_KEY = "make one: manage.py create_application NAME"


@dataclass(frozen=True)
class Access:
    """What `manage.py prepare_local --json` says. `fresh`: this start made the first application."""

    admin_user: str
    admin_password: str
    application: str | None
    api_key: str | None
    fresh: bool


def banner(access: Access, base_url: str, simulator_url: str | None, logs: Path) -> str:
    """Where everything is, how to get in, and a line to paste."""
    rows = {
        "API": f"{base_url}/api/v1/",
        "Docs": f"{base_url}/api/v1/docs/",
        "Admin": f"{base_url}/admin/   {access.admin_user} / {access.admin_password}",
        "Simulator": simulator_url or "not started",
        "API key": f"{access.api_key}   ({access.application})" if access.api_key else NO_KEY,
        "Logs": str(logs),
    }
    table = "\n".join(f"  {name:<10} {value}" for name, value in rows.items())
    key = access.api_key or "YOUR_KEY"
    return f"\n{table}\n\n  Send a message:\n\n{curl_line(base_url, key)}\n\n  Ctrl-C ends everything.\n"


def curl_line(base_url: str, api_key: str) -> str:
    body = json.dumps({"to": "13800000001", "content": "【Acme】Your code is 4711"}, ensure_ascii=False)
    return (
        f"  curl -X POST {base_url}/api/v1/messages -H 'Authorization: Bearer {api_key}' "
        f"-H 'Content-Type: application/json' -d '{body}'"
    )
