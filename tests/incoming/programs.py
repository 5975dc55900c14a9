"""Programs of ours beside the tests, on the tests' database."""

import os
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection


def environment():
    """The environment in which a child process works on this test's database."""
    database = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "smsgateway.settings"}
