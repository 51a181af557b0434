"""Every view can be saved in every format; the files are checked by independent readers."""

import csv
import shutil
import subprocess
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QFileDialog

from explorer.views.autodiff.dialogs import ExpressionDialogs
from explorer.views.painting.drawing_export import MAX_PIXELS, drawing_of, save_drawing
from explorer.views.sharing.picture_dialog import WINDOW_TITLE
from explorer.views.theme.theme import load_theme

RASTER = {"images", "image", "weights", "activations", "heat map", "mistakes", "gradient", "digit counts", WINDOW_TITLE}
"""Views that show pixels; all others must consist of paths and text."""


def view_titles(window):
    """Return the titles of all views that can be saved, by object name."""
    return {name: title for feature in window.features for name, title in feature.pictures.items()}


def colours(image):
    assert not image.isNull()
    points = ((x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3))
    return len({image.pixel(x, y) for x, y in points})


def dialog_of(ui):
    ui.find("savePictureAction").trigger()
    found = ui.window.findChildren(QObject, "pictureDialog")[-1]
    found.setObjectName("usedPictureDialog")
    return found


def offered(dialog):
    return [dialog.which.itemData(index) for index in range(dialog.which.count())]


def save_all(ui, titles, folder):
    """Save views in each format with the dialog, and read the files again."""
    for title in titles:
        for kind in ("svg", "png", "pdf"):
            dialog = dialog_of(ui)
            assert title in offered(dialog)
            dialog.which.setCurrentText(title)
            dialog.setFormat(kind)
            dialog.scale.setValue(3)
            size = drawing_of(dialog.chosen).size
            assert dialog.findChild(QObject, "picturePreview").pixmap().toImage().size().width() > 10
            path = folder / f"{title}.{kind}"
            dialog.findChild(QAbstractButton, "savePictureButton").click()
            file_dialog = ui.window.findChildren(QObject, "saveDialog")[-1]
            file_dialog.setObjectName("usedSaveDialog")
            file_dialog.fileSelected.emit(str(path))
            file_dialog.close()
            ui.until(lambda path=path: ui.window.statusBar().currentMessage() == f"Saved: {path}")
            {"svg": read_svg, "png": read_png, "pdf": read_pdf}[kind](path, size, title)
    assert not [path for path in folder.iterdir() if "part" in path.name]


def read_svg(path, size, title):
    root = ET.parse(path).getroot()
    assert root.get("viewBox") == f"0 0 {round(size.width())} {round(size.height())}"
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "text" not in tags  # text is converted to outlines, since the fonts may be missing
    if title == "network graph":
        assert tags.count("image") == 1  # the digits on the box of the input, and nothing else
    if title not in RASTER:
        assert title == "network graph" or "image" not in tags
        lines = sum(element.get("d", "").count("M") for element in root.iter())
        assert lines + tags.count("polyline") + tags.count("rect") >= 6
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize(), QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.magenta)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert colours(image) >= 4


def read_png(path, size, title):
    image = QImage(str(path))
    assert image.size() == (size * 3).toSize()
    assert colours(image) >= 4


def read_pdf(path, size, title):
    assert path.read_bytes().startswith(b"%PDF-")
    if shutil.which("pdftoppm") is None:
        pytest.skip("there is no poppler-utils to read PDF with")
    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    page = next(line for line in info.splitlines() if line.startswith("Page size")).split()
    assert float(page[2]) == pytest.approx(0.75 * size.width(), abs=1)
    assert float(page[4]) == pytest.approx(0.75 * size.height(), abs=1)
    subprocess.run(["pdftoppm", "-r", "96", "-png", "-singlefile", path, path.with_suffix(".read")], check=True)
    image = QImage(f"{path.with_suffix('.read')}.png")
    assert colours(image) >= 4
    if title in ("graph", "plot"):
        text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
        assert {"graph": "Placeholder", "plot": "0"}[title] in text


@pytest.fixture
def back(ui):
    ui.window.resize(1280, 720)
    yield
    ui.window.tabs.setCurrentIndex(0)
    ui.sessions.autodiff.stepper.first()


def test_views_of_the_expression_are_saved(ui, back, tmp_path):
    ui.complete("sin(2*x)")
    ui.click("stepForwardButton")
    ui.until(lambda: ui.window.tab("autodiff").is_complete)
    save_all(ui, ["graph", "formula", "chain rule", "plot", WINDOW_TITLE], tmp_path)


def test_the_heat_map_is_saved(ui, back, tmp_path):
    ui.complete("x^2 + x*y")
    ui.window.part(ExpressionDialogs).show_surface()
    dialog = ui.find("surfaceDialog")
    assert dialog.height() <= 680  # fits a projector with 720 lines
    ui.until(lambda: dialog._image.image is not None)
    save_all(ui, ["heat map"], tmp_path)
    dialog.close()


def test_views_of_the_data_are_saved(ui, back, tmp_path):
    ui.window.show_tab("data")
    ui.sessions.data.open("sample")
    ui.until(lambda: ui.sessions.data.page is not None and bool(ui.find("digitGrid")._images))
    save_all(ui, ["images", "image", "digit counts"], tmp_path)


def test_views_of_training_and_the_network_are_saved(ui, back, tmp_path):
    training = ui.sessions.training
    training.reset()
    ui.window.show_tab("training")
    training.start({"model": "logistic", "epochs": 1, "xla": "no"}, "sample")
    ui.until(lambda: training.state == "finished")
    ui.until(lambda: bool(ui.find("lossPlot").property("shownCurves")) and not ui.find("lossPlot").isLate)
    save_all(ui, ["accuracy", "loss", "confusion matrix"], tmp_path)
    ui.window.show_tab("weights")
    ui.until(lambda: ui.find("weightsTab").property("isComplete"))
    save_all(ui, ["weights", "layers"], tmp_path)
    ui.window.show_tab("activations")
    ui.until(lambda: ui.find("activationsTab").property("isComplete"))
    save_all(ui, ["activations", "prediction"], tmp_path)
    training.reset()


def test_the_graph_of_a_network_is_saved(ui, back, tmp_path):
    ui.window.show_tab("network")
    graph = ui.sessions.network_graph
    ui.until(lambda: graph.state.visible is not None)
    graph.open("mlp")
    ui.until(
        lambda: (
            graph.state.source == "mlp"
            and not graph.state.pending_title
            and ui.find("networkTab").property("isComplete")
        )
    )
    ui.until(lambda: ui.find("networkView").thumbnails.is_settled)
    save_all(ui, ["network graph"], tmp_path)


def test_all_titles_belong_to_views(ui):
    for name, title in view_titles(ui.window).items():
        assert ui.window.findChild(QObject, name) is not None or name == "surfacePlot", (name, title)


def test_the_focused_view_is_offered_first(ui, back):
    ui.complete("sin(2*x)")
    ui.find("graphView").setFocus()
    dialog = dialog_of(ui)
    assert offered(dialog)[0] == "graph"
    assert offered(dialog)[-1] == WINDOW_TITLE
    dialog.close()
    ui.window.show_tab("data")
    ui.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    dialog = ui.find("pictureDialog")
    assert "graph" not in offered(dialog)
    assert "images" in offered(dialog)
    dialog.close()


def test_errors_of_saving_are_reported(ui, back, tmp_path, full_disk):
    ui.complete("sin(2*x)")
    for path in (tmp_path / "no" / "graph.svg", tmp_path / "graph.bmp", full_disk / "graph.png", full_disk / "g.svg"):
        dialog = dialog_of(ui)
        dialog.which.setCurrentText(WINDOW_TITLE if path.parent == full_disk else "graph")
        dialog.scale.setValue(6)
        ui.window.statusBar().clearMessage()
        dialog.save(str(path))
        ui.until(lambda: ui.window.statusBar().currentMessage() != "")
        message = ui.window.statusBar().currentMessage()
        assert message.startswith("Not saved: ")
        assert message.count("\n") == 0
        assert dialog.isVisible()  # so that another file can be chosen
        dialog.close()
    assert not list(full_disk.iterdir())
    dialog = dialog_of(ui)
    dialog.which.setCurrentText(WINDOW_TITLE)
    dialog.setFormat("png")
    dialog.scale.setValue(16)
    assert MAX_PIXELS < 1280 * 16 * 720 * 16
    dialog.save(str(tmp_path / "huge.png"))
    ui.until(lambda: "smaller scale" in ui.window.statusBar().currentMessage())
    assert list(tmp_path.glob("*.png")) == []
    dialog.close()


def test_a_picture_equals_the_screen(ui, back, tmp_path):
    ui.complete("sin(2*x)")
    plot = ui.find("curvePlot")
    save_drawing(drawing_of(plot), load_theme("dark").panel, str(tmp_path / "plot.png"), 1.0)
    saved = QImage(str(tmp_path / "plot.png")).convertToFormat(QImage.Format.Format_RGB32)
    screen = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert saved.size() == screen.size()
    a, b = (
        np.frombuffer(i.constBits(), np.uint8).reshape(i.height(), i.width(), 4).astype(int) for i in (saved, screen)
    )
    assert np.mean(np.abs(a - b)[..., :3] > 40) < 0.01


# -- numbers and the page ------------------------------------------------------------------------------


def ask(ui, action, path):
    ui.find(action).trigger()
    dialog = ui.window.findChildren(QObject, "saveDialog")[-1]
    dialog.setObjectName("usedSaveDialog")
    dialog.fileSelected.emit(str(path))
    dialog.close()


@pytest.mark.parametrize(("dtype", "points"), [("float32", 60_000), ("float64", 1_000)])
def test_the_table_has_all_points_of_the_plot(ui, back, tmp_path, dtype, points):
    ui.sessions.store.set("dtype", dtype)
    ui.complete("sin(2*x) + x^3")
    curve = ui.sessions.curve
    curve.set_points(points)
    curve.set_second(True)
    ui.until(lambda: curve.point_counts.get("f″") == points)
    path = tmp_path / "plot.csv"
    ask(ui, "saveTableAction", path)
    ui.until(lambda: ui.window.statusBar().currentMessage() == f"Saved: {path}, {points:,} points")
    curve.set_second(False)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["x", "f", "f'", "f''"]
    table = np.array(rows[1:], dtype=dtype)
    assert table.shape == (points, 4)
    x = tf.constant(table[:, 0])
    np.testing.assert_array_equal(table[:, 0], np.linspace(-np.pi, np.pi, points, dtype=dtype))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sin(2 * x) + x**3
        slope = inner.gradient(y, x)
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    for column, oracle in enumerate((y, slope, outer.gradient(slope, x)), 1):
        np.testing.assert_allclose(table[:, column], oracle, rtol=tolerance, atol=20 * tolerance)


def test_a_table_that_cannot_be_written_leaves_nothing(ui, back, tmp_path, full_disk):
    ui.complete("sin(2*x)")
    ask(ui, "saveTableAction", tmp_path / "no" / "plot.csv")
    ui.until(lambda: ui.window.statusBar().currentMessage().startswith("Not saved: "))
    ui.sessions.curve.set_points(50_000)
    ui.until(lambda: ui.sessions.curve.point_counts.get("f") == 50_000)
    ask(ui, "saveTableAction", full_disk / "plot.csv")
    ui.until(lambda: ui.window.statusBar().currentMessage().startswith(f"Not saved: {full_disk}"))
    assert not list(full_disk.iterdir())


def test_animation_and_tikz_are_saved(ui, back, tmp_path):
    ui.complete("sin(2*x)")
    ui.click("stepForwardButton")
    film = tmp_path / "pass.gif"
    ask(ui, "saveAnimationAction", film)
    ui.until(lambda: ui.window.statusBar().currentMessage() == f"Saved: {film}")
    with Image.open(film) as opened:
        assert opened.n_frames == 3
    tikz = tmp_path / "graph.tex"
    ask(ui, "saveTikzAction", tikz)
    ui.until(lambda: ui.window.statusBar().currentMessage() == f"Saved: {tikz}")
    assert "step 1 of 2" in tikz.read_text(encoding="utf-8")
    for action in ("saveAnimationAction", "saveTikzAction"):
        ui.window.statusBar().clearMessage()
        ask(ui, action, tmp_path / "no" / "file")
        ui.until(lambda: ui.window.statusBar().currentMessage().startswith("Not saved: "))


def test_the_page_is_saved(ui, back, tmp_path):
    ui.complete("sin(2*x)")
    ui.click("stepForwardButton")
    path = tmp_path / "page.html"
    ask(ui, "savePageAction", path)
    ui.until(lambda: ui.window.statusBar().currentMessage() == f"Saved: {path}")
    text = path.read_text(encoding="utf-8")
    assert 'data-first="1" data-last="2"' in text
    assert "dy/dx = 2*cos(2*x)" in text  # SymPy's form came along
    ask(ui, "savePageAction", tmp_path / "no" / "page.html")
    ui.until(lambda: ui.window.statusBar().currentMessage().startswith("Not saved: "))


def test_the_header_of_a_frame_is_the_formula_with_a_gradient(ui):
    from explorer.views.sharing.gif import _step_formula

    ui.complete("custom(sin(x), 2*cos(x))*x")
    trace = ui.sessions.autodiff.trace
    formulas = [_step_formula(trace, step).text for step in range(1, len(trace.steps) + 1)]
    assert not any("no gradient" in line for line in formulas)
    assert formulas[-1].startswith("dy/dx")


def test_each_action_proposes_a_file_of_its_type(ui, back):
    ui.complete("sin(2*x)")
    offered = {}
    for action in ("savePage", "saveAnimation", "saveTikz", "saveTable", "worksheet", "worksheetKey"):
        ui.find(f"{action}Action").trigger()
        dialog = ui.window.findChildren(QFileDialog, "saveDialog")[-1]
        dialog.setObjectName("usedSaveDialog")
        offered[action] = (dialog.nameFilters(), dialog.defaultSuffix())
        dialog.close()
    assert offered == {
        "savePage": (["Pages (*.html)"], "html"),
        "saveAnimation": (["Animations (*.gif)"], "gif"),
        "saveTikz": (["LaTeX (*.tex)"], "tex"),
        "saveTable": (["Tables (*.csv)"], "csv"),
        "worksheet": (["Worksheets (*.pdf *.html)"], "pdf"),
        "worksheetKey": (["Worksheets (*.pdf *.html)"], "pdf"),
    }
