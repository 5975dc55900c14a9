"""README's examples, pasted one by one into a shell, against the service that `make run` starts."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CUT = "@@ next line @@"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A whole service in a home of its own; its output until it is ready has been read."""
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment["SMSGATEWAY_HOME"] = str(tmp_path_factory.mktemp("home"))
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    for line in child.stdout:
        if line.startswith("ready "):
            break
    else:
        pytest.fail("the service did not become ready")
    yield port, environment
    child.terminate()
    child.communicate(timeout=60)


def blocks_of(readme, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / readme).read_text(), re.DOTALL)


@pytest.mark.parametrize("language", ["bash", "sh"])
def test_both_readmes_have_the_same_examples(language):
    assert blocks_of("README.md", language) == blocks_of("README.zh-CN.md", language) != []


@pytest.mark.timeout(120)
def test_every_example_works_as_pasted(service):
    port, environment = service
    lines = [line for block in blocks_of("README.md", "bash") for line in block.strip().splitlines()]
    script = "\n".join(f"{line}\necho '{CUT}'" for line in lines).replace(
        "127.0.0.1:8000", f"127.0.0.1:{port}"
    )
    shell = subprocess.run(
        ["bash", "-e"], input=script, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert shell.returncode == 0, shell.stderr
    answers = [json.loads(text) for text in shell.stdout.split(CUT) if text.strip()]
    one, followed, skipped, own, once, again, checked, cancelled, by_reference, delivered, *answers = answers
    feed, undelivered, inbound, balance, code, mistake, login, sent, told, left = answers
    assert one["status"] == "queued"
    assert (followed["status"], followed["code"]["code"]) == ("undelivered", "MA:0029")
    assert (skipped["accepted"], len(skipped["rejected"])) == (1, 1)
    assert own["accepted"] == 2
    assert [row["id"] for row in by_reference["results"]] == [one["id"]]
    assert again["id"] == once["id"]
    assert (checked["accepted"], checked["parts"], checked["account"]) == (1, 1, "simulator")
    assert cancelled["status"] == "cancelled"
    assert delivered["results"]
    assert [item["type"] for item in feed["results"]].count("message.accepted") >= 1
    assert {item["message"]["id"] for item in undelivered["results"]} == {followed["id"]}
    assert inbound["results"][0]["from"] == "19900050001"
    assert balance["accounts"][0]["name"] == "simulator"
    assert "签名" in code["meaning"]
    assert {error["pointer"] for error in mistake["errors"]} == {"/to", "/content"}
    assert (login["charge_type"], login["balance"]) == ("PRECHARGE", 100_000)
    assert [row["result"] for row in sent["list"]] == [0, 0]
    assert {(row["mid"], row["stat"]) for row in told["list"]} == {
        (row["mid"], "DELIVRD") for row in sent["list"]
    }
    assert left == {"status": 0, "balance": 100_000 - 2 * 45, "chargeType": "PRECHARGE"}


@pytest.mark.timeout(120)
def test_the_generated_client_works_as_pasted(service, tmp_path):
    port, environment = service
    [script] = blocks_of("README.md", "sh")
    assert ".local/client" in script
    # `-o install`: the suite runs, so what it needs is there.
    ours = f"make -o install client CLIENT={tmp_path} SCHEMA=http://127.0.0.1:{port}/api/v1/schema/"
    script = script.replace("make client", ours).replace(".local/client", str(tmp_path))
    made = subprocess.run(
        [sys.executable, "manage.py", "create_application", "client", "--sandbox", "--json"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    shell = subprocess.run(
        ["bash", "-e"],
        input=script.replace("127.0.0.1:8000", f"127.0.0.1:{port}"),
        cwd=ROOT, env=environment | {"KEY": json.loads(made.stdout)["api_key"]}, capture_output=True, text=True,
    )  # fmt: skip
    assert (shell.returncode, shell.stderr) == (0, "")
    said = shell.stdout.splitlines()
    assert "accepted 3" in said
    assert [line.split()[1] for line in said if line.startswith("13800000011")][-1] == "delivered"
    assert [line.split()[1] for line in said if line.startswith("19900020029")][-1] == "undelivered"
    assert said[-1].startswith("422 invalid_number after_fix `/to/0`: ")


@pytest.mark.timeout(60)
def test_doctor_finds_nothing_serious_while_the_service_runs(service):
    doctor = subprocess.run(
        [sys.executable, "manage.py", "doctor"], cwd=ROOT, env=service[1], capture_output=True, text=True
    )
    assert doctor.returncode == 0, doctor.stdout
    assert "simulator: answers" in doctor.stdout
