"""A real Chromium in front of a real web server, whose database holds a morning's messages."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.api.web import running_web
from tests.walks.chromium import MISSING, find_chromium
from tests.walks.visitor import LAPTOP, LOCALES, Visitor
from tests.walks.world import CLERK, PASSWORD, Morning, fill


@dataclass(frozen=True)
class Office:
    """Where the admin is, and what stands in it."""

    admin: str
    morning: Morning


def _zone_where_it_is_noon() -> str:
    """What was spent and sent today must not depend on the hour at which the tests run."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # POSIX counts the other way round


@pytest.fixture
def _django_db_helper() -> None:
    """No transaction and no flush around each walk: none reads what another writes, and `office` empties it all."""


@pytest.fixture(scope="package")
def chromium() -> str:
    return find_chromium() or pytest.skip(MISSING)


@pytest.fixture(scope="package")
def office(
    chromium: str,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    """One for all walks: to fill it takes longer than a walk."""
    with django_db_blocker.unblock():
        try:
            morning = fill()
            folder = tmp_path_factory.mktemp("web")
            with running_web(
                folder, STAFF_TIME_ZONE=_zone_where_it_is_noon(), SERVE_UNCOLLECTED_STATIC="true"
            ) as web:
                yield Office(f"http://127.0.0.1:{web.port}/admin/", morning)
        finally:
            call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="package")
def browser(office: Office, chromium: str) -> Iterator[Browser]:
    """It is closed before the database is touched again: Django refuses to work beside Playwright's event loop."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=as_root)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def logged_in(office: Office, browser: Browser) -> Callable[[str], Any]:
    """Return the cookies of somebody who typed name and password into the login page: each does so once."""

    @cache
    def run(name: str) -> Any:
        context = browser.new_context(locale=LOCALES["en"])
        page = context.new_page()
        page.goto(f"{office.admin}login/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("#content .dash")
        state = context.storage_state()
        context.close()
        return state

    return run


@pytest.fixture(scope="package")
def windows(browser: Browser, logged_in: Callable[[str], Any]) -> Callable[..., BrowserContext]:
    """Return the browser of somebody, a language and a colour scheme: one each, so that files are fetched once."""

    @cache
    def opened(name: str | None, language: str, scheme: str) -> BrowserContext:
        state = logged_in(name) if name else None
        return browser.new_context(locale=LOCALES[language], color_scheme=scheme, storage_state=state)

    return opened


@pytest.fixture
def visit(office: Office, windows: Callable[..., BrowserContext]) -> Iterator[Callable[..., Visitor]]:
    """Begin a visit in a language, on a laptop or a phone, as nobody for no name; at its end no page has complained."""
    visitors: list[Visitor] = []

    def run(language: str, width: int = LAPTOP, scheme: str = "light", name: str | None = CLERK) -> Visitor:
        visitors.append(Visitor(windows(name, language, scheme).new_page(), office.admin, width))
        return visitors[-1]

    yield run
    for visitor in visitors:
        visitor.page.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture
def morning(office: Office) -> Morning:
    return office.morning
