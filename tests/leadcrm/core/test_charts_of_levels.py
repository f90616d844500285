"""The radar and the lying bars: where things are drawn follows from the values."""

import pytest

from leadcrm.core import charts


def points(text):
    return [tuple(float(part) for part in pair.split(",")) for pair in text.split()]


def test_the_full_value_reaches_the_outer_ring_and_zero_the_middle():
    chart = charts.radar([("A", 100, "100"), ("B", 0, "0"), ("C", 50, "50"), ("D", 100, "100")])
    outer, half, area = points(chart.rings[-1]), points(chart.rings[1]), points(chart.area)
    assert area[0] == outer[0]
    assert area[1] == (float(chart.x), float(chart.y))
    assert area[2] == half[2]
    assert [spoke.anchor for spoke in chart.spokes] == ["middle", "start", "middle", "end"]


def test_values_beyond_the_scale_stay_inside():
    chart = charts.radar([("A", 900, "900"), ("B", -5, "-5"), ("C", 100, "100")])
    assert points(chart.area)[0] == points(chart.rings[-1])[0]
    assert points(chart.area)[1] == (float(chart.x), float(chart.y))


def test_two_axes_are_no_radar():
    assert charts.radar([("A", 1, "1"), ("B", 2, "2")]) is None


def test_bars_are_as_long_as_their_share():
    chart = charts.levels([("A", 50, "50", "green"), ("B", 100, "100", "red"), ("C", 0, "0", "red")], width=400)
    assert [bar.width for bar in chart.bars] == ["200", "400", "2"]
    assert chart.summary == "A: 50, B: 100, C: 0"


@pytest.mark.parametrize("highest", [0, -1])
def test_without_a_scale_nothing_is_divided_by_it(highest):
    assert charts.levels([("A", 0, "0", "blue")], highest=highest).bars[0].width == "2"
