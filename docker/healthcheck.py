"""Exit 0 when this container's web process answers."""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

# Django refuses a host that it does not know, so we come as the first one that it does (`.example.com`: any of them).
host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().strip("*.") or "localhost"
connection = HTTPConnection("127.0.0.1", 8000, timeout=4)
try:
    connection.request("GET", "/healthz", headers={"Host": host})
    sys.exit(connection.getresponse().status != HTTPStatus.OK)
except (OSError, HTTPException) as error:
    sys.exit(str(error))
