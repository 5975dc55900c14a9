"""PostgreSQL and Valkey of their own for the fault tests: started again when they are killed, like under `up`.

`python -m tests.faults.servers_program FOLDER` prints `ready` and looks after them until SIGTERM.
"""

import sys
from contextlib import suppress
from pathlib import Path

from smsgateway.local.errors import Interrupted
from smsgateway.local.home import Home
from smsgateway.local.servers import start_servers
from smsgateway.local.supervisor import Supervisor
from smsgateway.local.terminal import Terminal


def main(folder: str) -> None:
    home = Home(Path(folder))
    supervisor = Supervisor(home, Terminal(silent=True))
    with home.lock(), supervisor.stop_requests.heeded(), supervisor, suppress(Interrupted):
        servers = start_servers(supervisor, durable=False, environment={})
        sys.stdout.write(f"ready {servers.database_url} {servers.redis_url}\n")
        sys.stdout.flush()
        supervisor.wait(lambda: False)


if __name__ == "__main__":
    main(sys.argv[1])
