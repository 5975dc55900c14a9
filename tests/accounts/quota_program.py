"""A process that spends an application's quota one unit a time, in several threads, and prints how many it got."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django
from django.db import connections

django.setup()

from accounts import quotas  # noqa: E402
from accounts.models import Application  # noqa: E402

THREADS = 4
PATIENCE_SECONDS = 3.0  # longer than others keep what they do not spend


def spend(application: Application) -> int:
    got, last = 0, time.monotonic()
    while time.monotonic() - last < PATIENCE_SECONDS:
        try:
            quotas.reserve(application, 1 + got % 3)
        except quotas.Exceeded:
            time.sleep(0.05)
        else:
            got, last = got + 1 + got % 3, time.monotonic()
    connections.close_all()
    return got


def main() -> None:
    application = Application.objects.get()
    if sys.argv[1] == "once":
        quotas.reserve(application, 1)
        print(1, flush=True)
        time.sleep(60)
    with ThreadPoolExecutor(THREADS) as threads:
        print(sum(threads.map(spend, [application] * THREADS)), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsgateway.settings")
    main()
