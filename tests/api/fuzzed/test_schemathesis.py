"""Schemathesis asks everything that the schema allows, and much that it does not: no 5xx, and nothing but as published.

Two applications, with a key, with a wrong one and without (its check `ignored_auth`); by examples, at the borders, at
random, and along the links from one answer to the next request. Elsewhere, and longer, with
`SCHEMATHESIS_SEED=random SCHEMATHESIS_SECONDS=600`.
"""

import os
import random
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import ApiKey
from accounts.services import create_application
from messaging.models import InboundMessage, new_id
from tests.api.web import ROOT, running_web
from tests.clock import ahead
from tests.conftest import Api

FOLDER = Path(__file__).parent
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")
SECONDS = os.environ.get("SCHEMATHESIS_SECONDS", "25")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(int(SECONDS) + 120)]


@pytest.fixture
def ours(upstream, simulator, submit_all, pull_until_final):
    """An application with messages of many kinds: delivered, undelivered, rejected, unknown, scheduled, waiting."""
    api = Api(create_application("ours", environment="sandbox")[1])
    told_of(api, "ours")
    submit_all()
    pull_until_final(upstream)
    api.post("batches", {"to": ["13800000006", "x"], "content": "【Acme】waits", "on_invalid": "skip"})
    return api


@pytest.fixture
def theirs(upstream):
    """Another application, and a word that stands in everything it has."""
    api = Api(create_application("theirs", environment="sandbox")[1])
    word = f"kanarie{secrets.token_hex(6)}"
    told_of(api, word)
    application = ApiKey.objects.order_by("-id")[0].application
    InboundMessage.objects.create(
        upstream_account=upstream, payload_id=new_id(), application=application, mid="1",
        mobile="13900000001", access_code="10690", content=word, time_text="",
    )  # fmt: skip
    return api, word


def told_of(api, word):
    for number in ("13800000001", "19900020029", "19900010017", "13800000004"):
        api.send(number, f"【Acme】{word}", reference=word)
    api.send("13800000005", f"【Acme】{word}", send_at=ahead(days=8))
    api.post("batches", {"to": ["13800000002", "13800000003"], "content": f"【Acme】{word}"})


def test_no_5xx_and_nothing_but_what_is_published(ours, theirs, tmp_path):
    api, word = theirs
    messages = [row["id"] for row in api.get("messages").json()["results"]]
    batches = [row["batch"] for row in api.get("messages").json()["results"] if row["batch"]]
    key = ours.client.defaults["HTTP_AUTHORIZATION"]
    environment = os.environ | {
        "THEIR_MESSAGES": " ".join(messages), "THEIR_BATCHES": " ".join(batches), "THEIR_WORD": word,
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    seed = str(random.getrandbits(32)) if SEED == "random" else SEED
    with running_web(tmp_path) as web:
        run = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "--config-file", str(FOLDER / "schemathesis.toml"), "run",
                f"http://127.0.0.1:{web.port}/api/v1/schema/", "--header", f"Authorization: {key}", "--seed", seed,
                "--max-time", SECONDS, "--no-color", "--generation-database", "none",
            ],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=int(SECONDS) + 90,
        )  # fmt: skip
        log = web.log.read_text()
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
    assert "Traceback" not in log
