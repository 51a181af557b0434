"""Thumbnails are requested for visible boxes, one request at a time, and dropped when they are out of view."""

import numpy as np
import pytest

from explorer.core.network_graph.thumbnails import make_thumbnails
from explorer.views.network_graph import thumbnails
from explorer.views.network_graph.thumbnails import MAX_REQUESTED, OF_GRADIENT, OF_VALUE, SPACING_PX, ThumbnailCache
from explorer.views.theme.theme import load_theme


class Screen:
    """The keys of the visible thumbnails."""

    def __init__(self):
        self.keys = [("a", OF_VALUE), ("b", OF_GRADIENT)]

    def __call__(self):
        return self.keys


@pytest.fixture
def screen():
    return Screen()


@pytest.fixture
def cache(qapp, screen):
    made = ThumbnailCache(screen)
    made.sent = []
    made.requested.connect(lambda boxes, gradients: made.sent.append((boxes, gradients)))
    made.set_values_number(1)
    made._debounce.stop()
    made._request_missing()
    return made


def reply(number, *keys):
    images = make_thumbnails(np.ones((2, 6, 6), np.float32))
    pictures = {}
    for name, kind in keys:
        pictures.setdefault(name, {})[kind] = images
    return {"number": number, "pictures": pictures}


def test_visible_thumbnails_are_requested_once(cache, screen):
    assert cache.sent == [(["a"], ["b"])]
    assert not cache.is_settled
    cache.receive(reply(1, ("a", OF_VALUE)))  # b has no gradient
    assert cache.is_settled
    assert cache.sent == [(["a"], ["b"])]


def test_new_values_are_requested_and_old_thumbnails_are_shown_until_then(cache):
    cache.receive(reply(1, ("a", OF_VALUE), ("b", OF_GRADIENT)))
    cache.set_values_number(2)
    cache._debounce.stop()
    cache._request_missing()
    assert cache.sent[1:] == [(["a"], ["b"])]
    assert cache.pixmap("a", OF_VALUE, load_theme("dark"), 3.0) is not None


def test_a_request_has_a_limited_number_of_boxes(cache, screen):
    screen.keys = [(f"n{k}", OF_VALUE) for k in range(MAX_REQUESTED + 5)]
    cache.receive(reply(1, ("a", OF_VALUE)))
    assert len(cache.sent[-1][0]) == MAX_REQUESTED


def test_thumbnails_out_of_view_are_dropped_first(cache, screen, monkeypatch):
    monkeypatch.setattr(thumbnails, "CACHE_SIZE", 1)
    cache.receive(reply(1, ("a", OF_VALUE), ("b", OF_GRADIENT)))
    assert cache.numbers("a", OF_VALUE).shape == (2, 6, 6)
    screen.keys = [("b", OF_GRADIENT)]
    cache.receive(reply(1))
    with pytest.raises(KeyError):
        cache.numbers("a", OF_VALUE)
    assert cache.numbers("b", OF_GRADIENT).shape == (2, 6, 6)


@pytest.mark.parametrize(("aspect", "images"), [(1.0, 1), (9.0, 2)])
def test_as_many_images_are_shown_as_fit(cache, aspect, images):
    cache.receive(reply(1, ("a", OF_VALUE)))
    pixmap = cache.pixmap("a", OF_VALUE, load_theme("dark"), aspect)
    assert pixmap.height() == 6
    assert pixmap.width() == images * 6 + (images - 1) * SPACING_PX


def test_another_theme_has_other_pixmaps(cache):
    cache.receive(reply(1, ("a", OF_VALUE)))
    dark = cache.pixmap("a", OF_VALUE, load_theme("dark"), 9.0)
    assert cache.pixmap("a", OF_VALUE, load_theme("dark"), 9.0) is dark
    assert cache.pixmap("a", OF_VALUE, load_theme("light"), 9.0) is not dark


def test_after_clear_nothing_is_left(cache):
    cache.receive(reply(1, ("a", OF_VALUE)))
    cache.clear()
    assert cache.pixmap("a", OF_VALUE, load_theme("dark"), 9.0) is None
    assert cache.is_settled
