"""The HTML page in a browser: what it shows at each step is what TensorFlow computed."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PySide6.QtGui import QColor, QImage

from explorer.commands.draw import html_page
from explorer.views.theme.theme import load_theme
from tests.pixels import rgb

LIMIT = 300_000

TEN = "h = 2x*y + 1; exp(sin(h)) + h^2 / (1 + y) - sqrt(x)"
"""More than ten ops, with a fan-out at h, x and y."""

KEYS = {"right": "\ue014", "left": "\ue012", "home": "\ue011", "end": "\ue010", "next": "\ue00f", "back": "\ue00e"}


def number(text):
    """Return a number of the page: ``−2.5×10⁻⁷``, ``× 3``, ``Σ 1.168``."""
    plain = text.translate(str.maketrans("−⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "-0123456789-")).lstrip("×Σ ")
    return float(plain.replace("×10", "e"))


@pytest.fixture(scope="module")
def ten(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "ten.html"
    path.write_text(html_page(TEN, {"x": 0.7, "y": 1.3}, "float32"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def oracle():
    """Gradients of all intermediate values and the output, by GradientTape in eager mode."""
    x, y = tf.constant(0.7), tf.constant(1.3)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        h = 2.0 * x * y + 1.0
        s = tf.sin(h)
        e, q, d, r = tf.exp(s), h**2, 1.0 + y, tf.sqrt(x)
        p = q / d
        z = e + p - r
    names = {"x": x, "y": y, "h": h, "s": s, "e": e, "q": q, "d": d, "p": p}
    return dict(zip(names, [float(g) for g in tape.gradient(z, list(names.values()))], strict=True)), float(z)


def test_the_page_is_small_and_self_contained(ten):
    text = ten.read_text(encoding="utf-8")
    assert len(ten.read_bytes()) < LIMIT
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", text)
    assert not re.findall(r"url\((?!data:)", text)
    assert "//" not in re.sub(r"data:font/woff;base64,[^)]*", "", text).replace("// A graph that", "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_arrow_keys_step_and_the_numbers_are_tensorflows(browser, ten, oracle, scheme):
    gradients, value = oracle
    browser.open(ten, scheme)
    total = int(browser.run("return document.body.dataset.last"))
    assert total >= 10
    assert browser.step == 0
    assert [text for _, text in browser.visible("#graph .gradient .number")] == ["1"]  # at the output
    counts = []
    for step in range(1, total + 1):
        browser.press(KEYS["right"])
        assert browser.step == step
        assert browser.run("return document.title").startswith(f"Step {step} of {total}")
        assert browser.run("return document.querySelectorAll('.box.active').length") == 1
        assert len(browser.visible(".step h2")) == 1
        counts.append(len(browser.visible("#graph .gradient .number")))
        # The gradients that the step passes on are on the graph too, with the same digits.
        on_graph = dict(browser.visible("#graph .gradient .number, #graph .sum .number"))
        for tensor, text in browser.visible(".step.on .passed td[data-tensor]"):
            assert number(on_graph[tensor]) == number(text)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    results = [number(text) for _, text in browser.visible(".result b")]
    np.testing.assert_allclose(results, [gradients["x"], gradients["y"]], rtol=1e-3)
    shown_numbers = {number(text) for _, text in browser.visible("#graph .number")}
    for name, gradient in gradients.items():
        assert any(np.isclose(gradient, shown, rtol=1e-3) for shown in shown_numbers), name
    values = [number(text) for _, text in browser.visible("#graph .value")]
    assert any(np.isclose(value, shown, rtol=1e-3) for shown in values)
    browser.press(KEYS["right"])
    assert browser.step == total
    for key, where in (("left", total - 1), ("back", total - 2), ("next", total - 1), ("home", 0), ("end", total)):
        browser.press(KEYS[key])
        assert browser.step == where
    assert browser.driver.get_log("browser") == []
    colour = browser.run("return getComputedStyle(document.querySelector('main')).backgroundColor")
    assert QColor(*map(int, re.findall(r"\d+", colour)[:3])) == load_theme(scheme).panel


def test_no_request_reaches_the_network(browser, ten):
    browser.open(ten)
    browser.press(KEYS["end"])
    requested = []
    for entry in browser.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            requested.append(message["params"]["request"]["url"])
    others = [url for url in requested if not url.startswith("data:")]
    assert others == [ten.as_uri()]
    assert browser.run("return document.fonts.check('16px Inter') && document.fonts.check('bold 16px Inter')")
    loaded = browser.run("return [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert {family.strip('"') for family in loaded} == {"Inter", "STIXGeneral"}


def test_buttons_and_announcements_for_screen_readers(browser, ten):
    browser.open(ten)

    def click(name):
        browser.run("document.getElementById(arguments[0]).click()", name)

    assert browser.run("return [first.disabled, back.disabled, next.disabled, last.disabled]") == [
        True, True, False, False,
    ]  # fmt: skip
    click("next")
    announced = browser.run("return document.querySelector('[aria-live=polite]').textContent")
    assert announced.startswith("Step 1 of ")
    assert "is passed on" in announced
    click("next")
    assert browser.run("return document.querySelector('[aria-live=polite]').textContent") != announced
    click("last")
    assert browser.run("return [first.disabled, back.disabled, next.disabled, last.disabled]") == [
        False, False, True, True,
    ]  # fmt: skip
    click("back")
    click("first")
    assert browser.step == 0
    names = browser.run(
        "return [...document.querySelectorAll('button')].map(b => b.getAttribute('aria-label') || b.textContent)"
    )
    assert names == ["First step", "One step back", "Step", "Last step"]
    assert browser.run("return document.documentElement.lang") == "en"


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1024, 600), (390, 844)])
def test_nothing_exceeds_the_screen(browser, ten, size, tmp_path):
    for scheme in ("light", "dark"):
        browser.open(ten, scheme, size)
        for _ in range(5):
            browser.press(KEYS["right"])
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
        box, stage = browser.run(
            """const r = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
               return [r(document.querySelector('.box.active .frame')), r(document.getElementById('stage'))];"""
        )
        assert box[0] >= stage[0] - 1
        assert box[1] >= stage[1] - 1
        assert box[2] <= stage[2] + 1
        assert box[3] <= stage[3] + 1
        bottom = browser.run("return document.querySelector('nav').getBoundingClientRect().bottom")
        assert bottom <= size[1] + 1
        assert browser.run("return parseFloat(getComputedStyle(document.querySelector('.passed td')).fontSize)") >= 15
        picture = tmp_path / "page.png"
        browser.driver.save_screenshot(str(picture))
        image = QImage(str(picture))
        assert image.width() == size[0]
        # Values and gradients have their colours.
        colours = (load_theme(scheme).value, load_theme(scheme).gradient)
        assert {colour.rgb() & 0xFFFFFF for colour in colours} <= set(np.unique(rgb(image)).tolist())


def test_first_step_and_theme_are_options(browser, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(html_page("sin(2*x)", {}, "float64", step=2, theme="contrast"), encoding="utf-8")
    browser.open(path, "light")
    assert browser.step == 2
    [(tensor, text)] = browser.visible(".result b")
    assert tensor.startswith("gradients/")
    assert number(text) == pytest.approx(2 * np.cos(2), rel=1e-3)
    colour = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert colour == "rgb(0, 0, 0)"


def test_hostile_text_stays_text(browser, tmp_path):
    from explorer.core.autodiff.trace import Trace
    from explorer.core.sharing.html_page import render_page
    from explorer.engine.in_process import trace_and_run

    trace, values = trace_and_run("sin(2*x)", {})
    mark = "document.body.dataset.evil=1"
    evil = f'</title><script>{mark}</script><img src=x onerror="{mark}">&amp;$title'
    data = trace.to_dict()
    # Users cannot type these texts; names of TensorFlow and later grammars must be safe too.
    data["steps"][0]["rule"] = data["nodes"][0]["defines"] = data["steps"][0]["source_note"] = evil
    data["steps"][0]["source"] = None
    path = tmp_path / "page.html"
    path.write_text(render_page(Trace.from_dict(data), values), encoding="utf-8")
    browser.open(path)
    browser.press(KEYS["right"])
    assert browser.run("return document.body.dataset.evil") is None
    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert evil in browser.run("return document.querySelector('.step.on .rule').textContent")


def test_without_scripts_everything_is_visible(browser, ten):
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(ten)
        total = len(browser.visible(".step h2"))
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert total > 10


def test_in_a_notebook_the_page_is_an_interactive_frame(browser, tmp_path):
    """In a separate process, to check that Qt is not imported."""
    script = (
        "import sys, explorer; shown = explorer.show('x^2*y', {'x': 3, 'y': 2}); "
        "assert not [name for name in sys.modules if name.startswith('PySide6')]; "
        "print(repr(shown), file=sys.stderr); sys.stdout.buffer.write(shown._repr_html_().encode())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stderr.decode().splitlines()[-1].startswith("The backward pass of x^2*y")
    path = tmp_path / "cell.html"
    path.write_bytes(b"<!DOCTYPE html><meta charset=utf-8><body style='margin:0'>" + done.stdout)
    browser.open(path)
    frame = browser.driver.find_element("tag name", "iframe")
    assert "x^2*y" in frame.get_attribute("title")
    browser.driver.switch_to.frame(frame)
    try:
        browser.run("document.getElementById('stage').focus()")
        browser.press(KEYS["end"])
        assert browser.step == int(browser.run("return document.body.dataset.last"))
        assert [number(text) for _, text in browser.visible(".result b")] == [12, 9]
    finally:
        browser.driver.switch_to.default_content()
