"""One browser for the tests of a file, a window for each test."""

import pytest

from tests.browser.watched import Window, executable


@pytest.fixture(scope="module")
def chromium():
    """The browser. It finds no host but this machine, whoever asks it to.

    Itself it would ask its maker's: the pages' requests are noted apart.
    While it is there, asyncio takes its loop for the one that runs, so it
    must be gone when another file's tests come.
    """
    path = executable()
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path,
            args=[
                "--disable-domain-reliability",
                "--disable-sync",
                "--no-pings",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def window(chromium):
    """An empty window; nothing in it may ask a host that is elsewhere."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, service_workers="block"
    )
    window = Window(context.new_page())
    yield window
    context.close()
    assert window.foreign == []
