"""The four roles as the migrations leave them: a test that flushes the database takes them away from those after it."""

from importlib import import_module

from django.apps import apps
from django.contrib.auth.models import Group

ROLES = import_module("messaging.migrations.0015_roles")
LATER_RIGHTS = import_module("messaging.migrations.0019_disclosure_roles")
LEDGER_RIGHTS = import_module("messaging.migrations.0025_ledger_roles")
OUTFLOW_RIGHTS = import_module("messaging.migrations.0026_outflow_roles")


def make_roles() -> None:
    """Make viewer, operator, finance and security anew."""
    Group.objects.all().delete()
    ROLES.make_roles(apps, None)
    LATER_RIGHTS.give(apps, None)
    LEDGER_RIGHTS.give(apps, None)
    OUTFLOW_RIGHTS.give(apps, None)
