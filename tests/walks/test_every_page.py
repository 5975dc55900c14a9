"""Every page of the admin: nothing lies beside the window, and in Chinese all of it is Chinese."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.walks.visitor import LAPTOP, PHONE, Visitor
from tests.walks.world import Morning

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

OURS = re.compile(
    r"^$|stuck|codes|number|send|second-factor|pause|release|move|assign|cancel|classify|test/|message/"
)

# Words that are the same in both languages. A word with a digit, a dot, an underscore or a slash is an identifier.
# What staff named in this world; what the vendor, the protocol and our commands name; what everybody calls so.
NAMES = frozenset(
    """
    acme boss clerks shop main postpaid stranger first key finance operator security viewer
    account status result stat delivrd expired deleted rejected rejectd undeliv unknown acceptd enroute mid extno nnnn
    pull push clock pump beat otp notification marketing reports upkeep command
    smsgateway sms api http json xml csv gbk utf totp tls cmpp name idempotency
    english google microsoft freeotp authenticator mac ldap cny utc gmt etc
    """.split()  # noqa: SIM905  (a list to be read)
)
SHOWN = """() => {
  const found = [document.title];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const parent = nodes.currentNode.parentElement;
    if (parent.closest("script, style, code, pre, textarea, .material-symbols-outlined, [lang]:not(html)")) continue;
    if (parent.checkVisibility() || parent.closest("option")) found.push(nodes.currentNode.textContent);
  }
  for (const name of ["placeholder", "title", "aria-label"])
    for (const element of document.body.querySelectorAll(`[${name}]`)) found.push(element.getAttribute(name));
  for (const button of document.body.querySelectorAll("input[type=submit]")) found.push(button.value);
  return found.map((text) => text.trim()).filter(Boolean);
}"""
IDENTIFIER = re.compile(r"manage\.py \w+|[\w.+:/@*-]*[\d_./@*+][\w.+:/@*-]*", re.ASCII)
VENDORS_OWN = re.compile(r"（Message [\w ]+\.?）")  # it stands so in its Chinese table
WORD = re.compile(r"[A-Za-z]{3,}")


def untranslated(shown: list[str]) -> Iterator[str]:
    """Yield the texts with a word that no name explains."""
    for text in set(shown):
        words = WORD.findall(IDENTIFIER.sub(" ", VENDORS_OWN.sub(" ", text)))
        if any(word.lower() not in NAMES for word in words):
            yield " ".join(text.split())


def beside(visitor: Visitor) -> dict[int, int]:
    """Return width of a window → pixels of the page that lie beside it."""
    wide = {}
    for width in (PHONE, LAPTOP):
        visitor.resize(width)
        wide[width] = visitor.too_wide()
    return {width: pixels for width, pixels in wide.items() if pixels}


CUT = """() => [...document.querySelectorAll("td")]
  .filter((cell) => cell.checkVisibility() && cell.scrollHeight > cell.clientHeight + 1)
  .map((cell) => cell.innerText.trim())"""


def cut(visitor: Visitor) -> list[str]:
    """Return what stands in cells that are too low for it on a phone."""
    visitor.resize(PHONE)
    return list(visitor.page.evaluate(CUT))


def test_all_of_a_page_is_chinese_and_none_of_it_beside_the_window(
    visit: Callable[..., Visitor], morning: Morning
) -> None:
    visitor, faults = visit("zh-hans"), []
    for address in morning.every_page:
        visitor.open(address)
        faults += [f"{address} {text}" for text in untranslated(visitor.page.evaluate(SHOWN))]
        faults += [f"{address} {pixels} px too wide for {width}" for width, pixels in beside(visitor).items()]
        faults += [f"{address} cuts {text}" for text in cut(visitor)]
    assert not faults, "\n".join(faults)


def test_a_stranger_reads_the_login_page_in_chinese(visit: Callable[..., Visitor]) -> None:
    visitor = visit("zh-hans", name=None)
    visitor.open("login/")
    assert "动态码" in visitor.read("#login-form")
    assert list(untranslated(visitor.page.evaluate(SHOWN))) == []
    assert beside(visitor) == {}


def test_no_page_of_ours_lies_beside_the_window_in_english(
    visit: Callable[..., Visitor], morning: Morning
) -> None:
    visitor, faults = visit("en"), []
    ours = [address for address in morning.every_page if OURS.search(address)]
    assert len(ours) > 20
    for address in ours:
        visitor.open(address)
        faults += [f"{address} {pixels} px too wide for {width}" for width, pixels in beside(visitor).items()]
        faults += [f"{address} cuts {text}" for text in cut(visitor)]
    assert not faults, "\n".join(faults)
