"""A pytest plugin: a real PostgreSQL and a real Valkey for this run, unless DATABASE_URL and REDIS_URL name others.

A plugin and not a conftest: Django reads its settings before conftests are imported.
"""

import atexit
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from cryptography.fernet import Fernet

from smsgateway.local.home import Home
from smsgateway.local.servers import embedded_servers

_stack = ExitStack()


def _start() -> None:
    folder = Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="smsgateway-tests-")))
    (folder / "static").mkdir()  # whitenoise warns of a missing one
    os.environ["SMSGATEWAY_HOME"] = str(folder)
    os.environ["SECRET_KEY"] = "a key of tests, which nobody else would ever use"
    os.environ["STAFF_TOTP"] = "optional"  # most tests are about what comes after the login
    os.environ["FIELD_ENCRYPTION_KEYS"] = Fernet.generate_key().decode()
    servers = _stack.enter_context(embedded_servers(Home(folder), durable=False))
    os.environ.setdefault("DATABASE_URL", servers.database_url)
    os.environ.setdefault("REDIS_URL", servers.redis_url)
    atexit.register(_stack.close)


# Workers of pytest-xdist inherit the environment of the process that started the servers.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _start()
