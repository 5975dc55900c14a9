"""PostgreSQL and Valkey of their own for the fault tests: started again when they are killed, like under `up`.

`python -m tests.faults.servers_program FOLDER` prints `ready` and looks after them until SIGTERM.
"""

import sys
from contextlib import suppress
from pathlib import Path

from smsgateway.local.binaries import find_postgres, find_valkey
from smsgateway.local.errors import Interrupted
from smsgateway.local.home import Home
from smsgateway.local.postgres import Postgres
from smsgateway.local.supervisor import Supervisor
from smsgateway.local.terminal import Terminal
from smsgateway.local.valkey import Valkey


def main(folder: str) -> None:
    home = Home(Path(folder))
    supervisor = Supervisor(home, Terminal(silent=True))
    with home.lock(), supervisor.stop_requests.heeded(), supervisor, suppress(Interrupted):
        # A database that confirms only what it kept, a broker that keeps nothing.
        postgres = Postgres(supervisor, find_postgres())
        valkey = Valkey(supervisor, find_valkey(), durable=False)
        postgres.start()
        valkey.start()
        sys.stdout.write(f"ready {postgres.url()} {valkey.url()}\n")
        sys.stdout.flush()
        supervisor.wait(lambda: False)


if __name__ == "__main__":
    main(sys.argv[1])
