"""Headless Chromium of Debian, controlled by its driver."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))


@dataclass
class Browser:
    """Opens a page in a colour scheme, presses keys and reads what is visible."""

    driver: object

    def open(self, path: Path, scheme="light", size=(1280, 720)):
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        preferences = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": preferences})
        self.driver.get_log("performance")  # drop the requests of previous pages
        self.driver.get(path.as_uri())

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    @property
    def step(self):
        return int(self.run("return document.body.dataset.step"))

    def visible(self, selector):
        """Return (tensor, text) of the visible elements that match ``selector``."""
        return self.run(
            """return [...document.querySelectorAll(arguments[0])].filter(e => {
                 const box = e.getBoundingClientRect(), style = getComputedStyle(e);
                 return box.width && box.height && style.visibility === 'visible' && parseFloat(style.fontSize) > 0;
               }).map(e => [e.dataset.tensor || '', e.tagName === 'text' ? e.firstChild.data : e.textContent])""",
            selector,
        )


@pytest.fixture(scope="session")
def browser():
    if PROGRAM is None or DRIVER is None:
        assert not os.environ.get("REQUIRE_BROWSER"), "chromium and chromedriver are required"
        pytest.skip("chromium or chromedriver is missing")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAM
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield Browser(driver)
    driver.quit()
