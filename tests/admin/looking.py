"""Browsers of staff with some rights, for tests of what those may see."""

from django.contrib.auth.models import Permission, User
from django.test import Client


def browser_of(name: str, *rights: str) -> Client:
    """Log in somebody who may look at messages, reports and replies, and has these rights beside."""
    user = User.objects.create_user(name, password=name, is_staff=True)
    looks = ("view_message", "view_deliveryreport", "view_inboundmessage")
    user.user_permissions.set(Permission.objects.filter(codename__in=(*looks, *rights)))
    client = Client()
    client.force_login(user)
    return client
