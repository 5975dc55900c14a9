"""Somebody who reads pages and clicks, and a note of everything a browser complains of meanwhile."""

import re

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

LAPTOP, PHONE, HEIGHT = 1280, 390, 800
LOCALES = {"en": "en-US", "zh-hans": "zh-CN"}

# The policy's violations come as errors of the console too; those of a frame or worker only as this event.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
# Also what a box cuts off, but where it scrolls sideways, or says by an ellipsis that there is more.
TOO_WIDE = """() => {
  const meant = (element) => {
    const { overflowX, textOverflow } = getComputedStyle(element);
    return ["auto", "scroll"].includes(overflowX) || textOverflow === "ellipsis";
  };
  let most = document.scrollingElement.scrollWidth;
  for (const element of document.querySelectorAll("#content *")) {
    const right = element.getBoundingClientRect().right;
    if (right <= most || !element.checkVisibility()) continue;
    let box = element.parentElement;
    while (box && box.id !== "content" && !meant(box)) box = box.parentElement;
    if (!box || box.id === "content") most = right;
  }
  return most - window.innerWidth;
}"""
# A canvas turns any notation into red, green and blue.
LIGHTNESS = """(name) => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = getComputedStyle(document.body).getPropertyValue(name);
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return (red + green + blue) / 765;
}"""


class Visitor:
    """One browser window in the admin; paths are below `/admin/`."""

    def __init__(self, page: Page, admin: str, width: int) -> None:
        self.page = page
        self.admin = admin
        self.clicks = 0
        self.complaints: list[str] = []
        self.resize(width)
        page.add_init_script(WATCH_POLICY)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{self.page.url}: {message.text}")

    def open(self, path: str = "") -> None:
        """Open that page: an answer that leads elsewhere, as to the list or the login page, is a fault."""
        answer = self.page.goto(self.admin + path)
        assert answer
        assert answer.status == 200, path
        assert self.page.url == self.admin + path, path

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": HEIGHT})

    def click(self, target: Locator) -> None:
        """Follow a link or press a button that leads to another page."""
        self.clicks += 1
        with self.page.expect_navigation():
            target.click()

    def read(self, selector: str) -> str:
        """Return the words that are seen in the one element there, with single blanks."""
        return re.sub(r"\s+", " ", self.page.locator(selector).inner_text()).strip()

    def comes_to_read(self, selector: str, words: str) -> bool:
        """Wait until these words stand in the one element there, which a script of the page fills."""
        expect(self.page.locator(selector)).to_contain_text(words, timeout=30_000, use_inner_text=True)
        return True

    def sees_at_once(self, selector: str) -> bool:
        """Is the beginning of it in the window before anybody scrolls?"""
        box = self.page.locator(selector).first.bounding_box()
        return bool(box and self.page.evaluate("scrollY") == 0 and 0 <= box["y"] <= HEIGHT - 20)

    def lightness(self, colour: str) -> float:
        """Return the lightness, 0 to 1, of a colour of the page's body, whatever notation the style sheet has."""
        return float(self.page.evaluate(LIGHTNESS, colour))

    def too_wide(self) -> int:
        """Return how many pixels of the page lie beside the window."""
        return max(0, int(self.page.evaluate(TOO_WIDE)) - 1)
