"""Worksheets on paper: what is asked, what the key says, and that sheet and key belong together."""

import re
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.core.latex_to_svg import FONT_SIZE_PX, PLACEHOLDER_COLOUR, typeset
from explorer.core.number_format import MINUS, format_number
from explorer.core.practice.exercise_values import choose_values
from explorer.core.sharing.worksheet import GRADIENT, LOCAL, RESULT, SUM, VALUE, make_worksheet
from explorer.engine.in_process import trace_and_run
from explorer.views.sharing.worksheet.files import PAGE_HEIGHT, pages, save_worksheet
from explorer.views.sharing.worksheet.page import exercises
from explorer.views.sharing.worksheet.pens import PaintingPen, SvgPen
from explorer.views.theme.theme import load_fonts
from explorer.views.widgets.formula_outlines import svg_path

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")

BY_HAND = {
    "sin(2*x)": lambda v: tf.sin(2 * v["x"]),
    "x*y + sin(x)": lambda v: v["x"] * v["y"] + tf.sin(v["x"]),
    "h = 2*x; sin(h) + h^2": lambda v: tf.sin(2 * v["x"]) + (2 * v["x"]) ** 2,
    "sigmoid(w*x + b)": lambda v: tf.sigmoid(v["w"] * v["x"] + v["b"]),
    "exp(x)/y": lambda v: tf.exp(v["x"]) / v["y"],
}


def made(text, seed=3):
    trace, values = trace_and_run(text, choose_values(parse(text), seed))
    return make_worksheet(trace, values), trace, values


def texts_of(svg):
    return re.findall(r"<text [^>]*>([^<]*)</text>", svg)


def saved(tmp_path, texts, name, key, seed=3):
    load_fonts()
    path = tmp_path / name
    save_worksheet([made(text, seed)[0] for text in texts], path, key=key, mark=f"worksheet {seed}")
    return path


@pytest.mark.parametrize("text", BY_HAND)
def test_the_results_in_the_key_are_those_of_a_tape(text, qapp):
    sheet, trace, _ = made(text)
    variables = {name: tf.Variable(value, dtype=tf.float32) for name, value in trace.point.items()}
    with tf.GradientTape() as tape:
        y = BY_HAND[text](variables)
    gradients = tape.gradient(y, variables)
    found = {blank.place: blank.answer for blank in sheet.blanks if blank.kind == RESULT}
    assert found == {name: format_number(float(gradient)) for name, gradient in gradients.items()}
    last = next(blank for blank in sheet.blanks if blank.kind == VALUE and blank.tensor == trace.output)
    assert last.answer == format_number(float(y))


@pytest.mark.parametrize("text", BY_HAND)
def test_every_other_number_in_the_key_has_its_difference_quotient(text):
    """The graph is run anew in NumPy with one tensor, or one use of it, moved: an oracle for each kind of blank."""
    sheet, trace, values = made(text)
    nodes = {node.tensor: node for node in trace.nodes}
    functions = {
        "Mul": np.multiply, "AddV2": np.add, "Sin": np.sin, "Exp": np.exp, "RealDiv": np.divide, "Pow": np.power,
        "Sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    }  # fmt: skip
    given = {t: float(values[t]) for t, node in nodes.items() if not node.inputs}

    def forward(moved=None, slot=None, by=0.0):
        known = {t: value + (by if t == moved and slot is None else 0.0) for t, value in given.items()}
        for tensor, node in nodes.items():
            if node.inputs:
                arguments = [known[t] + (by if (node.id, k) == slot else 0.0) for k, t in enumerate(node.inputs)]
                known[tensor] = functions[node.type](*arguments) + (by if tensor == moved and slot is None else 0.0)
        return known

    def slope(of, **moved):
        h = 1e-6
        return (forward(**moved, by=h)[of] - forward(**moved, by=-h)[of]) / (2 * h)

    links = {link.key: link for link in sheet.picture.links}
    boxes = {box.id: box for box in sheet.picture.boxes}
    kinds = set()
    for blank in sheet.blanks:
        kinds.add(blank.kind)
        if blank.kind == VALUE:
            expected = forward()[boxes[blank.place].tensor]
        elif blank.kind == SUM:
            expected = slope(trace.output, moved=boxes[blank.place].tensor)
        elif blank.kind in (LOCAL, GRADIENT) and not blank.given:
            link = links[blank.place]
            of = f"{link.target}:0" if blank.kind == LOCAL else trace.output
            expected = slope(of, slot=(link.target, link.slot))
        else:
            continue
        assert float(values[blank.tensor]) == pytest.approx(expected, rel=2e-5)
        assert blank.answer == format_number(float(values[blank.tensor]))
    assert {VALUE, LOCAL, GRADIENT} <= kinds


def test_a_fan_out_asks_for_the_sum():
    sheet, _, _ = made("h = 2*x; sin(h) + h^2")
    assert [blank.place for blank in sheet.blanks if blank.kind == SUM] == ["mul"]
    assert sheet.blank_at("x", VALUE).given


def test_the_blank_page_has_none_of_the_answers_and_the_key_has_all(tmp_path, qapp):
    texts = list(BY_HAND)
    blank, key = (saved(tmp_path, texts, f"{key}.html", key).read_text(encoding="utf-8") for key in (False, True))
    sections = [re.findall(r"<section>.*?</section>", page, re.S) for page in (blank, key)]
    for text, without, filled in zip(texts, *sections, strict=True):
        sheet, _, _ = made(text)
        answers = [b.answer for b in sheet.blanks if not b.given]
        extra = list(texts_of(filled))
        for said in texts_of(without):
            extra.remove(said)  # all that the blank sheet says, the key says too
        assert sorted(extra) == sorted(answers)
        assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", filled)


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_numbers(tmp_path, qapp):
    one, again, other = (
        saved(tmp_path, BY_HAND, f"{n}.html", True, seed).read_bytes() for n, seed in enumerate((3, 3, 4))
    )
    assert one == again
    numbers = [set(texts_of(page.decode())) for page in (one, other)]
    assert len(numbers[0] - numbers[1]) > 20


@needs_poppler
def test_a_pdf_has_letters_and_pages_and_no_answers(tmp_path, qapp):
    blank, key = (saved(tmp_path, BY_HAND, f"{key}.pdf", key) for key in (False, True))
    assert blank.read_bytes().count(b"/Type /Page\n") == len(BY_HAND)
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", blank.read_bytes()).groups())
    assert (width, height) == pytest.approx((595, 842), abs=1)  # A4
    said = [
        subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
        for path in (blank, key)
    ]
    assert "worksheet" in said[0]
    assert "Name" in said[0]
    assert "KEY" not in said[0]
    assert "KEY" in said[1]
    for text in BY_HAND:
        # Qt's PDF does not say which letter the sign of minus is, so that it cannot be read out of the file.
        for number in (b.answer.strip(MINUS) for b in made(text)[0].blanks if not b.given and len(b.answer) > 5):
            assert number not in said[0]
            assert number in said[1]


@needs_poppler
def test_two_pdfs_of_one_seed_differ_in_their_dates_alone(tmp_path, qapp):
    one, again = (saved(tmp_path, ["sin(2*x)"], f"{n}.pdf", True).read_bytes() for n in (1, 2))
    date = rb"D:\d{14}[^)]*|\d{4}-\d\d-\d\dT[^<]*"
    assert re.sub(date, b"", one) == re.sub(date, b"", again)


@needs_poppler
def test_blank_and_key_are_one_picture_but_for_the_answers(tmp_path, qapp):
    shown = []
    for key in (False, True):
        path = saved(tmp_path, ["sin(2*x)"], f"{key}.pdf", key)
        subprocess.run(
            ["pdftoppm", "-r", "50", "-png", "-singlefile", str(path), str(path.with_suffix(""))], check=True
        )
        picture = QImage(str(path.with_suffix(".png"))).convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
        shown.append(rows[100:, : picture.width()].astype(int))  # below the head, which says that it is the key
    # What is dark on the blank sheet is as dark on the key; the key has more ink.
    assert np.all(shown[1] <= shown[0] + 40)
    assert (shown[0] - shown[1] > 60).sum() > 100
    assert shown[0].min() < 90


def test_no_exercise_is_cut_by_the_end_of_a_page(qapp):
    load_fonts()
    wanted = ["x*y", "x+y", "sin(x)", *BY_HAND, "softplus(a*b)+sigmoid(tanh(a)*exp(-b))*log(a+3)*c"]
    laid = exercises([made(text)[0] for text in wanted])
    placed = pages(laid)
    assert [exercise.number for page in placed for exercise, _ in page] == list(range(1, len(wanted) + 1))
    assert len(placed) < len(wanted)
    for page in placed:
        ends = [y + exercise.height for exercise, y in page]
        assert ends[-1] <= PAGE_HEIGHT
        assert all(end <= y for end, (_, y) in zip(ends, page[1:], strict=False))


def test_what_nobody_could_fill_in_is_refused(tmp_path, qapp):
    with pytest.raises(ValueError, match="too many to write on one page"):
        saved(tmp_path, ["+".join(["sin(x)"] * 30)], "a.pdf", False)
    with pytest.raises(ExpressionError, match="has 9 numbers; up to 8"):
        made("x = [1,2,3,4,5,6,7,8,9]; sin(x)")
    assert list(tmp_path.iterdir()) == []


def test_an_outline_fills_what_qts_renderer_of_svg_fills(qapp):
    formula = typeset(r"\frac{x}{\sqrt{1+x^{2}}}")
    drawn = []
    for as_outline in (True, False):
        picture = QImage(400, 200, QImage.Format.Format_Grayscale8)
        picture.fill(255)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if as_outline:
            PaintingPen(painter).formula(formula, 10, 100, 2 * FONT_SIZE_PX, "#000000")
        else:
            box = QRectF(10, 100 - 2 * formula.ascent, 2 * formula.width, 2 * (formula.ascent + formula.descent))
            QSvgRenderer(formula.svg.replace(PLACEHOLDER_COLOUR, "#000000").encode()).render(painter, box)
        painter.end()
        drawn.append(np.frombuffer(picture.constBits(), np.uint8).reshape(200, -1).astype(int))
    assert np.abs(drawn[0] - drawn[1]).mean() < 0.5
    with pytest.raises(ValueError, match="not supported"):
        svg_path('<path d="M 1 1 A 2 2" fill="#000">')


def test_the_command_writes_both_formats(command, process, tmp_path):
    for run, name in ((process, "a.pdf"), (command, "a.html")):
        done = run("worksheet", "-x*y", "sin(2*x)", "-o", str(tmp_path / name), "--seed", "2", "--key")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert "worksheet 2" in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("sin(x)", "sni(x)", "-o", "a.pdf"), "expression 2, sni(x): "),
        (("log(-x^2)", "-o", "a.pdf"), "expression 1, log(-x^2): No small numbers"),
        (("sin(x)", "-o", "a.doc"), "must end in .html or .pdf"),
        (("sin(x)", "-o", "nowhere/a.pdf"), "does not exist"),
        (("sin(x)", "-o", "a.pdf", "--seed", "x"), "not a whole number"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_written(arguments, says, command, tmp_path):
    done = command("worksheet", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("autodiff-explorer: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("**/*a.*"))


@needs_poppler
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("paper", ["A4", "letter"])
def test_a_browser_prints_no_exercise_over_two_pages(tmp_path, qapp, paper):
    texts = [f"q{n} = x{n}*sin(x{n}) + x{n}" for n in range(1, 5)]
    page = saved(tmp_path, [*texts, "x5*y5", "x6+y6"], "a.html", False)
    page.write_text(page.read_text(encoding="utf-8").replace("@page {", f"@page {{ size: {paper};"), encoding="utf-8")
    printed = tmp_path / "a.pdf"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={printed}"]
    options.append(f"--user-data-dir={tmp_path / 'profile'}")  # a profile cannot be used by two at once
    subprocess.run([CHROMIUM, *options, page.as_uri()], capture_output=True, check=True, timeout=120)
    said = subprocess.run(["pdftotext", str(printed), "-"], capture_output=True, text=True, check=True).stdout
    pages = [re.sub(r"\s", "", each) for each in said.split("\f") if each.strip()]
    for n in range(1, 5):
        first = [number for number, each in enumerate(pages) if f"x{n}=" in each.replace(f"dq{n}/dx{n}=", "")]
        last = [number for number, each in enumerate(pages) if f"dq{n}/dx{n}=" in each]
        assert len(first) == 1, f"exercise {n}"
        assert first == last


@pytest.mark.parametrize("name", ["x", "learning_rate_of_the_first_layer"])
def test_room_for_a_result_is_left_however_long_the_name_is(qapp, name):
    load_fonts()
    (exercise,) = exercises([made(f"{name}*sin(y)*z")[0]])
    pen = SvgPen()
    exercise.draw(pen, False)
    rooms = [
        float(width) for width in re.findall(r'<rect x="[^"]*" y="[^"]*" width="([-\d.]+)"', " ".join(pen.elements))
    ]
    assert len(rooms) == 3
    assert min(rooms) >= 90
