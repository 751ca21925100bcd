"""The demonstration itself, started once as a user starts it, and people who sit before it in a real Chromium.

No page may write an error to the console, break the content security policy or have a serious accessibility fault:
every page that a test opens is watched and checked.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "Doudi-demo-2024"
DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
STARTS_WITHIN = 400


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(STARTS_WITHIN + 200))


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``doudi demo`` with a small county on a free port; its pages' address. ``DOUDI_TEST_ADDRESS``: one that runs."""
    if running := os.environ.get("DOUDI_TEST_ADDRESS"):
        yield running.rstrip("/")
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("demo")
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DOUDI_HOME")}
    environment["DOUDI_HOME"] = str(home)
    command = [sys.executable, "-m", "doudi.cli", "demo", "--households", "400", "--months", "1", "--no-browser"]
    log = home / "demo.log"
    with log.open("w") as output:
        server = subprocess.Popen([*command, "--port", str(port)], env=environment, stdout=output, stderr=output)
    try:
        _wait_for(f"http://127.0.0.1:{port}/login/", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _wait_for(page: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(page, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"doudi demo did not come up:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("no Chromium on this machine; run: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Person:
    """Somebody before the pages: signs in, opens, clicks. ``faults`` collects what the console said."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def sign_in(self, username: str) -> Person:
        self.page.goto(f"{self.address}/login/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button[type=submit], form button[type=submit]")
        self.page.wait_for_url(lambda url: "/login" not in url)
        return self

    def open(self, path: str) -> int:
        """Open a page, check it, return its status."""
        answer = self.page.goto(path if path.startswith("http") else self.address + path)
        assert answer is not None
        if answer.ok:
            self.check()
        return answer.status

    def check(self) -> None:
        """No serious accessibility fault on the page as it is."""
        self.page.evaluate(AXE.read_text())
        result = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            f"{fault['id']}: {node['html'][:160]}"
            for fault in result["violations"]
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"][:3]
        ]
        assert not serious, f"{self.page.url}\n" + "\n".join(serious)

    def text(self) -> str:
        return self.page.inner_text("body")


@pytest.fixture
def sit_down(browser: Browser, address: str) -> Iterator[Any]:
    """``sit_down("clerk")`` at a desk, ``sit_down("village", phone=True)``; faults fail the test at its end."""
    people: list[Person] = []

    def someone(username: str = "", *, phone: bool = False) -> Person:
        context = browser.new_context(viewport=PHONE if phone else DESKTOP, locale="zh-CN", is_mobile=phone)
        person = Person(context.new_page(), address)
        person.page.on("console", lambda m: person.faults.append(m.text) if m.type in ("error", "warning") else None)
        person.page.on("pageerror", lambda error: person.faults.append(str(error)))
        people.append(person)
        return person.sign_in(username) if username else person

    yield someone
    faults = [fault for person in people for fault in person.faults]
    for person in people:
        person.page.context.close()
    assert not faults, json.dumps(faults, ensure_ascii=False, indent=1)
