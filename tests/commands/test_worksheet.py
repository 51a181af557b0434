"""Worksheets: which blanks they have, the answers in the key, and that sheet and key match."""

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
from explorer.core.sharing.worksheet import GRADIENT, LOCAL, PRODUCT, RESULT, SUM, VALUE, make_worksheet
from explorer.engine.in_process import trace_and_run
from explorer.views.painting.formula_outlines import svg_path
from explorer.views.sharing.worksheet.files import PAGE_HEIGHT, pages, save_worksheet
from explorer.views.sharing.worksheet.page import HEADER_HEIGHT, WIDTH, draw_header, exercise_svg, exercises
from explorer.views.sharing.worksheet.pens import PaintingPen, SvgPen
from explorer.views.theme.theme import load_fonts

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")

TENSORFLOW_FUNCTIONS = {
    "sin(2*x)": lambda v: tf.sin(2 * v["x"]),
    "x*y + sin(x)": lambda v: v["x"] * v["y"] + tf.sin(v["x"]),
    "h = 2*x; sin(h) + h^2": lambda v: tf.sin(2 * v["x"]) + (2 * v["x"]) ** 2,
    "sigmoid(w*x + b)": lambda v: tf.sigmoid(v["w"] * v["x"] + v["b"]),
    "exp(x)/y": lambda v: tf.exp(v["x"]) / v["y"],
}


def make_sheet(text, seed=3):
    """Return (worksheet, trace, values) of an expression."""
    trace, values = trace_and_run(text, choose_values(parse(text), seed))
    return make_worksheet(trace, values), trace, values


def texts_of(svg):
    """Return the contents of all text elements."""
    return re.findall(r"<text [^>]*>([^<]*)</text>", svg)


def save_sheet(tmp_path, texts, name, key, seed=3):
    """Save a worksheet, or its key, and return the path."""
    load_fonts()
    path = tmp_path / name
    save_worksheet([make_sheet(text, seed)[0] for text in texts], path, key=key, mark=f"worksheet {seed}")
    return path


@pytest.mark.parametrize("text", TENSORFLOW_FUNCTIONS)
def test_the_results_in_the_key_are_those_of_a_gradient_tape(text, qapp):
    sheet, trace, _ = make_sheet(text)
    variables = {name: tf.Variable(value, dtype=tf.float32) for name, value in trace.point.items()}
    with tf.GradientTape() as tape:
        y = TENSORFLOW_FUNCTIONS[text](variables)
    gradients = tape.gradient(y, variables)
    results = {blank.place: blank.answer for blank in sheet.blanks if blank.kind == RESULT}
    assert results == {name: format_number(float(gradient)) for name, gradient in gradients.items()}
    last = next(blank for blank in sheet.blanks if blank.kind == VALUE and blank.tensor == trace.output)
    assert last.answer == format_number(float(y))


@pytest.mark.parametrize("text", TENSORFLOW_FUNCTIONS)
def test_every_other_number_in_the_key_equals_a_difference_quotient(text):
    """The oracle of each kind of blank runs the graph in NumPy with one tensor, or one use of it, shifted."""
    sheet, trace, values = make_sheet(text)
    nodes = {node.tensor: node for node in trace.nodes}
    functions = {
        "Mul": np.multiply, "AddV2": np.add, "Sin": np.sin, "Exp": np.exp, "RealDiv": np.divide, "Pow": np.power,
        "Sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    }  # fmt: skip
    inputs = {t: float(values[t]) for t, node in nodes.items() if not node.inputs}

    def forward(shifted=None, slot=None, by=0.0):
        results = {t: value + (by if t == shifted and slot is None else 0.0) for t, value in inputs.items()}
        for tensor, node in nodes.items():
            if node.inputs:
                arguments = [results[t] + (by if (node.id, k) == slot else 0.0) for k, t in enumerate(node.inputs)]
                results[tensor] = functions[node.type](*arguments) + (by if tensor == shifted and slot is None else 0.0)
        return results

    def difference_quotient(of, **shift):
        h = 1e-6
        return (forward(**shift, by=h)[of] - forward(**shift, by=-h)[of]) / (2 * h)

    links = {link.key: link for link in sheet.picture.links}
    boxes = {box.id: box for box in sheet.picture.boxes}
    checked_kinds = set()
    for blank in sheet.blanks:
        checked_kinds.add(blank.kind)
        if blank.kind == VALUE:
            expected = forward()[boxes[blank.place].tensor]
        elif blank.kind == SUM:
            expected = difference_quotient(trace.output, shifted=boxes[blank.place].tensor)
        elif blank.kind in (LOCAL, GRADIENT) and not blank.given:
            link = links[blank.place]
            of = f"{link.target}:0" if blank.kind == LOCAL else trace.output
            expected = difference_quotient(of, slot=(link.target, link.slot))
        else:
            continue
        assert float(values[blank.tensor]) == pytest.approx(expected, rel=2e-5)
        assert blank.answer == format_number(float(values[blank.tensor]))
    assert {VALUE, LOCAL, GRADIENT} <= checked_kinds


def test_a_fan_out_has_a_blank_for_the_sum():
    sheet, _, _ = make_sheet("h = 2*x; sin(h) + h^2")
    assert [blank.place for blank in sheet.blanks if blank.kind == SUM] == ["mul"]
    assert sheet.blank_at("x", VALUE).given


def test_the_key_adds_exactly_the_answers_to_the_blank_sheet(tmp_path, qapp):
    texts = list(TENSORFLOW_FUNCTIONS)
    blank, key = (save_sheet(tmp_path, texts, f"{key}.html", key).read_text(encoding="utf-8") for key in (False, True))
    sections = [re.findall(r"<section>.*?</section>", page, re.S) for page in (blank, key)]
    for text, blank_page, key_page in zip(texts, *sections, strict=True):
        sheet, _, _ = make_sheet(text)
        answers = [b.answer for b in sheet.blanks if not b.given]
        extra = list(texts_of(key_page))
        for shared in texts_of(blank_page):
            extra.remove(shared)
        assert sorted(extra) == sorted(answers)
        assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", key_page)


def test_a_seed_determines_the_bytes_and_another_seed_gives_other_numbers(tmp_path, qapp):
    one, repeated, other = (
        save_sheet(tmp_path, TENSORFLOW_FUNCTIONS, f"{n}.html", True, seed).read_bytes()
        for n, seed in enumerate((3, 3, 4))
    )
    assert one == repeated
    numbers = [set(texts_of(page.decode())) for page in (one, other)]
    assert len(numbers[0] - numbers[1]) > 20


@needs_poppler
def test_a_pdf_has_one_page_per_exercise_text_and_answers_only_in_the_key(tmp_path, qapp):
    blank, key = (save_sheet(tmp_path, TENSORFLOW_FUNCTIONS, f"{key}.pdf", key) for key in (False, True))
    assert blank.read_bytes().count(b"/Type /Page\n") == len(TENSORFLOW_FUNCTIONS)
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", blank.read_bytes()).groups())
    assert (width, height) == pytest.approx((595, 842), abs=1)  # A4
    contents = [
        subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
        for path in (blank, key)
    ]
    assert "worksheet" in contents[0]
    assert "Name" in contents[0]
    assert "KEY" not in contents[0]
    assert "KEY" in contents[1]
    for text in TENSORFLOW_FUNCTIONS:
        # Qt's PDF does not map the minus sign to a character, so pdftotext cannot extract it.
        for number in (b.answer.strip(MINUS) for b in make_sheet(text)[0].blanks if not b.given and len(b.answer) > 5):
            assert number not in contents[0]
            assert number in contents[1]


@needs_poppler
def test_two_pdfs_of_one_seed_differ_only_in_their_dates(tmp_path, qapp):
    one, repeated = (save_sheet(tmp_path, ["sin(2*x)"], f"{n}.pdf", True).read_bytes() for n in (1, 2))
    date = rb"D:\d{14}[^)]*|\d{4}-\d\d-\d\dT[^<]*"
    assert re.sub(date, b"", one) == re.sub(date, b"", repeated)


@needs_poppler
def test_sheet_and_key_look_the_same_except_for_the_answers(tmp_path, qapp):
    images = []
    for key in (False, True):
        path = save_sheet(tmp_path, ["sin(2*x)"], f"{key}.pdf", key)
        subprocess.run(
            ["pdftoppm", "-r", "50", "-png", "-singlefile", str(path), str(path.with_suffix(""))], check=True
        )
        picture = QImage(str(path.with_suffix(".png"))).convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
        images.append(rows[100:, : picture.width()].astype(int))  # below the header, which names the key
    # What is dark on the blank sheet is as dark on the key; the key has more ink.
    assert np.all(images[1] <= images[0] + 40)
    assert (images[0] - images[1] > 60).sum() > 100
    assert images[0].min() < 90


def test_no_exercise_crosses_the_end_of_a_page(qapp):
    load_fonts()
    texts = ["x*y", "x+y", "sin(x)", *TENSORFLOW_FUNCTIONS, "softplus(a*b)+sigmoid(tanh(a)*exp(-b))*log(a+3)*c"]
    laid_out = exercises([make_sheet(text)[0] for text in texts])
    placed = pages(laid_out)
    assert [exercise.number for page in placed for exercise, _ in page] == list(range(1, len(texts) + 1))
    assert len(placed) < len(texts)
    for page in placed:
        ends = [y + exercise.height for exercise, y in page]
        assert ends[-1] <= PAGE_HEIGHT
        assert all(end <= y for end, (_, y) in zip(ends, page[1:], strict=False))


def test_expressions_too_large_for_a_worksheet_are_refused(tmp_path, qapp):
    with pytest.raises(ValueError, match="too many to write on one page"):
        save_sheet(tmp_path, ["+".join(["sin(x)"] * 30)], "a.pdf", False)
    with pytest.raises(ExpressionError, match="has 9 numbers; up to 8"):
        make_sheet("x = [1,2,3,4,5,6,7,8,9]; sin(x)")
    assert list(tmp_path.iterdir()) == []


MATRICES = [
    ("sum(tanh(W@x))", {"W": np.arange(36.0).reshape(6, 6) / 8 - 2, "x": [0.5, -1, 2, 0.25, 1, -0.5]}),
    ("sum(A@B)", {"A": [[1.5, 2, -3], [4, 5, 6]], "B": [[1, -2], [3, 4], [5, 0.125]]}),
    ("W@x", {"W": [[1, 2], [3, 4]], "x": [5, 6]}),
]


@pytest.mark.parametrize(("text", "point"), MATRICES)
def test_a_matrix_has_a_blank_for_each_of_its_numbers(text, point, qapp):
    load_fonts()
    trace, values = trace_and_run(text, point)
    sheet = make_worksheet(trace, values)
    (exercise,) = exercises([sheet])
    numbers = {key: texts_of(exercise_svg(exercise, key)) for key in (False, True)}
    matrices = [blank for blank in sheet.blanks if blank.cells]
    assert {blank.kind for blank in matrices} >= {VALUE, GRADIENT, RESULT}
    for blank in matrices:
        value = np.asarray(values[blank.tensor])
        read = np.array([[float(cell.replace(MINUS, "-")) for cell in row] for row in blank.cells])
        assert read.shape == value.shape
        np.testing.assert_allclose(read, value, rtol=6e-3, atol=6e-4)
        for cell in np.ravel(blank.cells):
            assert cell in numbers[True]
            assert not blank.given or cell in numbers[False]
    missing = sum(np.size(blank.cells) for blank in matrices if not blank.given)
    assert len(numbers[True]) - len(numbers[False]) >= missing
    assert exercise.height <= PAGE_HEIGHT - HEADER_HEIGHT


def test_given_matrices_are_on_the_graph(qapp):
    trace, values = trace_and_run(*MATRICES[0])
    givens = dict(make_worksheet(trace, values).givens)
    assert givens["W"] == "the 6×6 matrix in the graph"
    assert givens["x"] == "[0.5, −1, 2, 0.25, 1, −0.5]"


def test_outlines_of_formulas_look_like_the_output_of_qsvgrenderer(qapp):
    formula = typeset(r"\frac{x}{\sqrt{1+x^{2}}}")
    images = []
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
        images.append(np.frombuffer(picture.constBits(), np.uint8).reshape(200, -1).astype(int))
    assert np.abs(images[0] - images[1]).mean() < 0.5
    with pytest.raises(ValueError, match="not supported"):
        svg_path('<path d="M 1 1 A 2 2" fill="#000">')


def test_the_command_writes_both_formats(command, process, tmp_path):
    for run, name in ((process, "a.pdf"), (command, "a.html")):
        result = run("worksheet", "-x*y", "sin(2*x)", "-o", str(tmp_path / name), "--seed", "2", "--key")
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert "worksheet 2" in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sin(x)", "sni(x)", "-o", "a.pdf"), "expression 2, sni(x): "),
        (("log(-x^2)", "-o", "a.pdf"), "expression 1, log(-x^2): No small numbers"),
        (("sin(x)", "-o", "a.doc"), "must end in .html or .pdf"),
        (("sin(x)", "-o", "nowhere/a.pdf"), "does not exist"),
        (("sin(x)", "-o", "a.pdf", "--seed", "x"), "not a whole number"),
    ],
)
def test_bad_input_is_refused_with_one_line_and_writes_nothing(arguments, message, command, tmp_path):
    result = command("worksheet", *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("autodiff-explorer: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.glob("**/*a.*"))


@needs_poppler
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("paper", ["A4", "letter"])
def test_a_browser_prints_each_exercise_on_one_page(tmp_path, qapp, paper):
    texts = [f"q{n} = x{n}*sin(x{n}) + x{n}" for n in range(1, 5)]
    page = save_sheet(tmp_path, [*texts, "x5*y5", "x6+y6"], "a.html", False)
    page.write_text(page.read_text(encoding="utf-8").replace("@page {", f"@page {{ size: {paper};"), encoding="utf-8")
    printed = tmp_path / "a.pdf"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={printed}"]
    options.append(f"--user-data-dir={tmp_path / 'profile'}")  # two processes cannot share a profile
    subprocess.run([CHROMIUM, *options, page.as_uri()], capture_output=True, check=True, timeout=120)
    content = subprocess.run(["pdftotext", str(printed), "-"], capture_output=True, text=True, check=True).stdout
    printed_pages = [re.sub(r"\s", "", each) for each in content.split("\f") if each.strip()]
    for n in range(1, 5):
        first = [number for number, each in enumerate(printed_pages) if f"x{n}=" in each.replace(f"dq{n}/dx{n}=", "")]
        last = [number for number, each in enumerate(printed_pages) if f"dq{n}/dx{n}=" in each]
        assert len(first) == 1, f"exercise {n}"
        assert first == last


@pytest.mark.parametrize("name", ["x", "learning_rate_of_the_first_layer"])
def test_blanks_for_results_are_wide_enough_whatever_the_length_of_the_name(qapp, name):
    load_fonts()
    (exercise,) = exercises([make_sheet(f"{name}*sin(y)*z")[0]])
    pen = SvgPen()
    exercise.draw(pen, False)
    widths = [
        float(width) for width in re.findall(r'<rect x="[^"]*" y="[^"]*" width="([-\d.]+)"', " ".join(pen.elements))
    ]
    assert len(widths) == 3
    assert min(widths) >= 90


NEURON = "x=[-1,0.5,2,3]; w=2; b=-1; h=w*x+b; sum(h*sin(h))"


def test_what_was_broadcast_has_a_blank_for_each_product_and_its_sum(qapp):
    sheet, _, values = make_sheet(NEURON)
    products = {blank.place: blank for blank in sheet.blanks if blank.kind == PRODUCT}
    assert len(products) == 2  # of w and of b
    for place, blank in products.items():
        local, gradient = sheet.blank_at(place, LOCAL), sheet.blank_at(place, GRADIENT)
        assert values[local.tensor].shape == values[blank.tensor].shape == (4,)
        np.testing.assert_allclose(values[blank.tensor].sum(), values[gradient.tensor], rtol=1e-6)
        assert gradient.answer == format_number(float(values[gradient.tensor]))
    pen = SvgPen()
    draw_header(pen, exercises([sheet]), True)
    texts = texts_of(" ".join(pen.elements))
    assert any("sum of its products" in text for text in texts)
    assert "product of each entry" in texts


def test_nothing_in_the_header_overlaps(qapp):
    load_fonts()
    pen = SvgPen()
    draw_header(pen, exercises([make_sheet(NEURON)[0]]), False)
    found = re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)" [^>]*textLength="([\d.]+)"[^>]*>([^<]*)<', " ".join(pen.elements)
    )
    placed = [(float(x), float(y), float(width), text) for x, y, width, text in found if "anchor" not in text]
    for x, y, width, text in placed:
        assert x + width <= WIDTH, text
        for other_x, other_y, _, other in placed:
            if abs(other_y - y) < 10 and other_x > x:
                assert x + width <= other_x, (text, other)


def test_an_exercise_with_several_rows_of_results_fits_on_a_page(qapp):
    load_fonts()
    (exercise,) = exercises([make_sheet(NEURON)[0]])
    assert HEADER_HEIGHT + exercise.height <= PAGE_HEIGHT
