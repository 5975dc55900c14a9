"""What is masked is shown for a reason, and whoever audits reads who saw what."""

from collections.abc import Callable

import pytest

from tests.walks.test_every_page import SHOWN, beside, untranslated
from tests.walks.visitor import LOCALES, Visitor
from tests.walks.world import AUDITOR, DELIVERED, VIEWER, Morning

pytestmark = pytest.mark.django_db(transaction=True)

WHY = {"en": "工单 41", "zh-hans": "工单 42"}
DISCLOSURES = "messaging/disclosure/"


@pytest.mark.parametrize("language", LOCALES)
def test_a_viewer_sees_a_masked_number_once_and_the_auditor_reads_of_it(
    language: str, visit: Callable[..., Visitor], morning: Morning
) -> None:
    viewer = visit(language, name=VIEWER)
    viewer.open(morning.delivered)
    assert DELIVERED not in viewer.read("#content")
    viewer.click(viewer.page.locator("#content a[href$='/unmask/']"))
    viewer.page.fill("[name=reason]", WHY[language])
    viewer.click(viewer.page.locator("#content button[type=submit]"))
    assert DELIVERED in viewer.read("#content")
    assert beside(viewer) == {}
    auditor = visit(language, name=AUDITOR)
    auditor.open(DISCLOSURES)
    row = auditor.page.locator("#result_list tbody tr", has_text=WHY[language])
    assert VIEWER in row.inner_text()
    assert beside(auditor) == {}


def test_all_that_the_auditor_opens_is_chinese(visit: Callable[..., Visitor]) -> None:
    auditor = visit("zh-hans", name=AUDITOR)
    auditor.open()
    links = auditor.page.locator("a[href^='/admin/']").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    faults = []
    for link in sorted({link.removeprefix("/admin/") for link in links if "logout" not in link}):
        auditor.open(link)
        faults += [f"{link} {text}" for text in untranslated(auditor.page.evaluate(SHOWN))]
    assert DISCLOSURES in {link.removeprefix("/admin/") for link in links}
    assert not faults, "\n".join(faults)
