"""The four roles that a new installation has: what each may look at, and do."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from messaging.admin.links import page_of
from messaging.models import Hold, Message
from tests.admin.conftest import account, full_world, shop, world  # noqa: F401  (fixtures)
from tests.roles import ROLES, make_roles

pytestmark = pytest.mark.django_db

CONFIGURED = "application apikey upstreamaccount route user group configurationchange alarm hold disclosure"
MAY_LOOK_AT = {
    "viewer": "application upstreamaccount route balancereading message batch inboundmessage deliveryreport alarm hold "
    "attempt chunk event upstreampayload extramid queuedsingle joblease heartbeat coderule gatewaylogin purse "
    "givenpage delivery endpoint",
    "finance": "application upstreamaccount balancereading batch alarm gatewaylogin purse posting dayclosing",
    "security": f"{CONFIGURED} gatewaylogin",
}
MAY_LOOK_AT["operator"] = MAY_LOOK_AT["viewer"]
LANGUAGES = ("en", "zh-hans")


@pytest.fixture
def browser_of():
    """A browser in which somebody with a role has logged in."""

    def run(role):
        make_roles()
        user = User.objects.create_user(role, password=role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return run


@pytest.mark.fault("F12")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", MAY_LOOK_AT)
def test_a_role_opens_its_own_lists_and_pages_and_no_others(role, language, browser_of, full_world):  # noqa: F811
    browser = browser_of(role)
    opened = set()
    for model in admin.site._registry:
        meta = model._meta
        paths = [reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")]
        if row := model._default_manager.first():
            paths.append(page_of(model, row.pk))
        found = {browser.get(path, headers={"Accept-Language": language}).status_code for path in paths}
        assert found in ({200}, {403}), (meta.model_name, found)
        if found == {200}:
            opened.add(meta.model_name)
    assert opened == set(MAY_LOOK_AT[role].split())
    assert browser.get("/admin/", headers={"Accept-Language": language}).status_code == 200


DECISIONS = {
    "send": lambda: reverse("admin:send"),
    "cancel": lambda: reverse("admin:cancel_message", args=[Message.objects.earliest("pk").pk]),
    "resend": lambda: reverse("admin:resend_message", args=[Message.objects.earliest("pk").pk]),
    "release": lambda: reverse("admin:release_hold", args=[Hold.objects.first().pk]),
    "pause": lambda: reverse("admin:pause_everything"),
}


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("role", ["viewer", "finance", "security"])
def test_only_an_operator_decides(role, decision, browser_of, full_world):  # noqa: F811
    address = DECISIONS[decision]()
    browser = browser_of(role)
    assert browser.get(address).status_code == 403
    assert browser.post(address, {"reason": "x"}).status_code == 403
    assert browser_of("operator").get(address).status_code in {200, 302, 409}


def test_only_an_operator_sees_whole_numbers(browser_of, full_world):  # noqa: F811
    mobile = Message.objects.earliest("pk").mobile
    seen = {
        role: mobile in browser_of(role).get(reverse("admin:messaging_message_changelist")).content.decode()
        for role in ("viewer", "operator")
    }
    assert seen == {"viewer": False, "operator": True}


def test_what_staff_changed_in_a_role_stays(browser_of):
    browser_of("viewer")
    Group.objects.get(name="viewer").permissions.clear()
    ROLES.make_roles(apps, None)
    assert not Group.objects.get(name="viewer").permissions.exists()
