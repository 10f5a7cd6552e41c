"""A real browser that reads a page and tells what happened: requests, dialogs, errors, accessibility, width.

    facts = page_facts(path, width=360, dark=True)
    assert facts.quiet and not facts.violations and facts.scroll_width <= 360

It needs Chromium (Debian: apt-get install chromium) and, for accessibility, axe-core (npm ci --prefix tests/browser).
What is missing skips the tests with the line that installs it; nothing is fetched while tests run.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_AXE = Path(__file__).parent / "browser" / "node_modules" / "axe-core" / "axe.min.js"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class PageFacts:
    """What a browser saw on a page with every fold opened.

    `violations` is None where axe-core is not installed; `live` are elements and attributes that could run or fetch.
    """

    requests: list[str] = field(default_factory=list)
    navigations: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    violations: list[str] | None = None
    scroll_width: int = 0
    texts: dict[str, Any] = field(default_factory=dict)

    @property
    def quiet(self) -> bool:
        """Whether nothing was fetched, opened, run or complained about."""
        return not (self.requests or self.navigations or self.dialogs or self.console or self.live)


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests of a process."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install 'cxkit[dev]'")
    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if path is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def axe() -> str:
    """Source of the accessibility checker; skips where it is not installed."""
    if not _AXE.exists():
        pytest.skip("needs axe-core (npm ci --prefix tests/browser)")
    return _AXE.read_text(encoding="utf-8")


@pytest.fixture
def page_facts(chromium):
    """Open a page file in the browser: `page_facts(path, width=1280, dark=False, check=True) -> PageFacts`.

    `check=False` leaves the accessibility check out, which takes a few seconds.
    """

    def look(path: Path | str, width: int = 1280, dark: bool = False, check: bool = True) -> PageFacts:
        facts, own = PageFacts(), Path(path).resolve().as_uri()
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        page = context.new_page()
        page.on("request", lambda request: facts.requests.append(request.url) if _foreign(request.url, own) else None)
        page.on("framenavigated", lambda frame: facts.navigations.append(frame.url) if frame.url != own else None)
        page.on("popup", lambda other: facts.navigations.append(other.url))
        page.on("dialog", lambda dialog: (facts.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda said: facts.console.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: facts.console.append(str(error)))
        page.goto(own)
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        facts.scroll_width = page.evaluate("document.documentElement.scrollWidth")
        facts.live = page.evaluate(_LIVE)
        facts.texts = page.evaluate(_TEXTS)
        page.mouse.move(width / 2, 400)
        page.wait_for_timeout(50)
        facts.violations = _violations(page) if check else None
        context.close()
        return facts

    return look


def _foreign(url: str, own: str) -> bool:
    return url != own and not url.startswith("data:")


def _violations(page: Any) -> list[str] | None:
    if not _AXE.exists():
        return None
    page.evaluate(_AXE.read_text(encoding="utf-8") + ";0")
    found = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", _RULES)["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


_LIVE = """() => {
  const kinds = 'script,iframe,object,embed,form,input,link,base,meta[http-equiv=refresh]';
  const found = [...document.querySelectorAll(kinds)]
    .map(element => element.outerHTML.slice(0, 120));
  for (const element of document.querySelectorAll('*')) for (const {name, value} of element.attributes)
    if (name.startsWith('on') || /^\\s*javascript:/i.test(value)
        || (['src', 'srcset', 'data', 'poster', 'background'].includes(name) && !/^(data:image\\/|$)/.test(value)))
      found.push(`${element.tagName} ${name}=${value.slice(0, 80)}`);
  return found;
}"""

_TEXTS = """() => ({
  title: document.title,
  h1: [...document.querySelectorAll('h1')].map(e => e.textContent),
  h2: [...document.querySelectorAll('main h2')].map(e => e.textContent),
  contents: [...document.querySelectorAll('.toc a')].map(e => e.textContent),
  broken: [...document.querySelectorAll('a[href^="#"]')].map(e => decodeURIComponent(e.hash.slice(1)))
    .filter(id => !document.getElementById(id) && !document.getElementById(encodeURIComponent(id))),
  twice: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, k, all) => all.indexOf(id) !== k),
  figures: [...document.querySelectorAll('figure[id]')].map(e => e.innerText),
  alts: [...document.querySelectorAll('figure[id] svg[aria-label], figure[id] img')]
    .map(e => e.getAttribute('aria-label') || e.alt),
  body: document.body.innerText,
})"""
