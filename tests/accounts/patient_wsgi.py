"""The web process, but what it does not spend of a quota is only given back at its end."""

from smsgateway.wsgi import application

# Django must be set up by now.
# isort: split
from accounts.quotas import blocks

blocks.IDLE_SECONDS = 600.0

__all__ = ["application"]
