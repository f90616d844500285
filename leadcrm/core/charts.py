"""Charts as SVG written by the server: plain geometry, no dependency.

Every number is a string already, so the localisation of templates cannot break a path. Colours are
classes, so dark mode, print and forced colours need no second rendering.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]


def number(value: float) -> str:
    """Write a coordinate with one digit, without a trailing zero."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        return self.start + ((value - self.low) / span if span else 0.5) * (self.end - self.start)


def ticks(highest: float, count: int = 4) -> list[float]:
    """Return round values from zero to at least ``highest``."""
    if highest <= 0:
        return [0.0, 1.0]
    raw = highest / count
    size = 10 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= raw)
    return [index * step for index in range(math.ceil(highest / step - 1e-9) + 1)]


def smooth(points: Sequence[Point]) -> str:
    """Return a path through the points that never swings beyond them."""
    if len(points) < 3:
        return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    steps = [points[i + 1][0] - points[i][0] for i in range(len(points) - 1)]
    slopes = [(points[i + 1][1] - points[i][1]) / steps[i] if steps[i] else 0.0 for i in range(len(points) - 1)]
    tangents = [slopes[0]]
    for before, after in pairwise(slopes):
        # The harmonic mean, and flat where the direction turns.
        tangents.append(0.0 if before * after <= 0 else 2 * before * after / (before + after))
    tangents.append(slopes[-1])
    path = f"M{number(points[0][0])} {number(points[0][1])}"
    for i, step in enumerate(steps):
        (x0, y0), (x1, y1), third = points[i], points[i + 1], step / 3
        path += (
            f"C{number(x0 + third)} {number(y0 + tangents[i] * third)}"
            f" {number(x1 - third)} {number(y1 - tangents[i + 1] * third)} {number(x1)} {number(y1)}"
        )
    return path


@dataclass(frozen=True, slots=True)
class Spark:
    """A line as small as a word."""

    width: int
    height: int
    line: str
    area: str
    x: str
    y: str


def spark(values: Sequence[float], width: int = 96, height: int = 28) -> Spark | None:
    """Return the line of the last figures; None when there are not at least two."""
    if len(values) < 2:
        return None
    across = Scale(0, len(values) - 1, 2, width - 2)
    up = Scale(min(values), max(values), height - 3, 3)
    points = [(across(index), up(value)) for index, value in enumerate(values)]
    line = smooth(points)
    area = f"{line}L{number(points[-1][0])} {height}L{number(points[0][0])} {height}Z"
    return Spark(width, height, line, area, number(points[-1][0]), number(points[-1][1]))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram or a funnel, with where its words go."""

    label: str
    value: str
    hue: str
    x: str
    y: str
    width: str
    height: str
    label_x: str
    label_y: str
    value_x: str
    value_y: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart; ``summary`` says it in words for those who do not see it."""

    width: int
    height: int
    baseline: str
    bars: list[Bar]
    summary: str


def histogram(bins: Sequence[tuple[str, int, str]], width: int = 520, height: int = 212) -> Bars:
    """Return upright bars from (label, count, hue)."""
    side, bottom, top = 8, 24, 20
    highest = max((count for _, count, _ in bins), default=0) or 1
    step = (width - 2 * side) / max(len(bins), 1)
    up = Scale(0, highest, height - bottom, top)
    bars = [
        Bar(
            label,
            str(count),
            hue,
            number(side + index * step + 2),
            number(up(count)),
            number(step - 4),
            number(height - bottom - up(count)),
            number(side + index * step + step / 2),
            str(height - 6),
            number(side + index * step + step / 2),
            number(up(count) - 5),
        )
        for index, (label, count, hue) in enumerate(bins)
    ]
    return Bars(width, height, str(height - bottom), bars, ", ".join(f"{label}: {count}" for label, count, _ in bins))


def funnel(steps: Sequence[tuple[str, int, str]], width: int = 520, row: int = 44) -> Bars:
    """Return lying bars from (label, count, hue); the note is the share kept from the step before."""
    highest = max((count for _, count, _ in steps), default=0) or 1
    bars: list[Bar] = []
    before = 0
    for index, (label, count, hue) in enumerate(steps):
        length = max(count / highest * (width - 160), 3)
        note = f"{count / before * 100:.0f} %" if index and before else ""
        middle = number(index * row + 18)
        bars.append(
            Bar(label, str(count), hue, "104", number(index * row + 6), number(length), "24", "0", middle,
                number(104 + length + 8), middle, note)
        )  # fmt: skip
        before = count
    summary = ", ".join(f"{bar.label}: {bar.value}{f' ({bar.note})' if bar.note else ''}" for bar in bars)
    return Bars(width, max(len(steps) * row - 8, row), "0", bars, summary)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with its figure, or a label on the axis."""

    label: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Bars of what flows in and out each year, and the sum so far as a line inside the band of the other cases."""

    width: int
    height: int
    left: str
    right: str
    zero: str
    grid: list[Tick]
    bars: list[Bar]
    band: str
    line: str
    dots: list[Tick]
    summary: str


def cash_flow(
    flows: Sequence[float],
    *,
    low: Sequence[float],
    middle: Sequence[float],
    high: Sequence[float],
    labels: Sequence[str],
    show: Callable[[float], str],
    width: int = 640,
    height: int = 280,
) -> CashFlow:
    """Return the chart of a project: ``flows`` by year, and the sums so far of three cases."""
    left, right, top, bottom = 64, width - 8, 14, height - 26
    steps = _steps(min(0.0, *flows, *low, *high), max(0.0, *flows, *low, *high))
    up = Scale(steps[0], steps[-1], bottom, top)
    column = (right - left) / max(len(flows), 1)
    middles = [left + column * (index + 0.5) for index in range(len(flows))]
    zero = up(0)
    bars = [
        Bar(
            label, show(flow), "green" if flow >= 0 else "red",
            number(x - column * 0.2), number(min(up(flow), zero)), number(column * 0.4),
            number(max(abs(up(flow) - zero), 1)), number(x), str(height - 8), number(x),
            number(up(flow) - 5 if flow >= 0 else up(flow) + 14),
        )
        for label, flow, x in zip(labels, flows, middles, strict=True)
    ]  # fmt: skip
    lows, highs = (
        [f"{number(x)} {number(up(value))}" for x, value in zip(middles, values, strict=True)] for values in (low, high)
    )
    return CashFlow(
        width=width,
        height=height,
        left=str(left),
        right=str(right),
        zero=number(zero),
        grid=[Tick(show(step), str(left - 8), number(up(step))) for step in steps],
        bars=bars,
        band="M" + "L".join([*highs, *reversed(lows)]) + "Z",
        line="M" + "L".join(f"{number(x)} {number(up(value))}" for x, value in zip(middles, middle, strict=True)),
        dots=[Tick(show(value), number(x), number(up(value))) for x, value in zip(middles, middle, strict=True)],
        summary=", ".join(
            f"{label}: {show(flow)}, so far {show(total)}"
            for label, flow, total in zip(labels, flows, middle, strict=True)
        ),
    )


def _steps(lowest: float, highest: float, count: int = 4) -> list[float]:
    """Return round values from at most ``lowest`` to at least ``highest``, with zero among them."""
    span = highest - lowest
    if span <= 0:
        return [0.0, 1.0]
    step = ticks(span, count)[1]
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Spoke:
    """One axis of a radar: where it ends, where the value is, and where its words go."""

    label: str
    value: str
    x: str
    y: str
    dot_x: str
    dot_y: str
    label_x: str
    label_y: str
    value_y: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Radar:
    """Values on axes around a centre; ``rings`` are the lines of 25, 50, 75 and 100 per cent."""

    width: int
    height: int
    x: str
    y: str
    rings: list[str]
    area: str
    spokes: list[Spoke]
    summary: str


def radar(values: Sequence[tuple[str, float, str]], *, highest: float = 100, size: int = 320) -> Radar | None:
    """Return a radar from (label, value, value in words); None for fewer than three axes, which make no area."""
    if len(values) < 3:
        return None
    width, height = size + 120, size
    middle_x, middle_y, radius = width / 2, height / 2, size / 2 - 44
    angles = [2 * math.pi * index / len(values) - math.pi / 2 for index in range(len(values))]

    def at(angle: float, share: float) -> Point:
        return middle_x + radius * share * math.cos(angle), middle_y + radius * share * math.sin(angle)

    def polygon(points: Sequence[Point]) -> str:
        return " ".join(f"{number(x)},{number(y)}" for x, y in points)

    spokes = []
    shares = [max(0.0, min(value / highest, 1.0)) for _, value, _ in values]
    for (label, _, words), angle, share in zip(values, angles, shares, strict=True):
        (x, y), (dot_x, dot_y), (label_x, label_y) = at(angle, 1), at(angle, share), at(angle, 1 + 14 / radius)
        across = round(math.cos(angle), 6)
        # Above the centre the two lines of words end at the axis, below it they begin there.
        first = label_y - 12 if math.sin(angle) < -0.5 else label_y + 12 if math.sin(angle) > 0.5 else label_y - 4
        spokes.append(
            Spoke(
                label, words, number(x), number(y), number(dot_x), number(dot_y), number(label_x), number(first),
                number(first + 15), "middle" if across == 0 else "start" if across > 0 else "end",
            )
        )  # fmt: skip
    return Radar(
        width=width,
        height=height,
        x=number(middle_x),
        y=number(middle_y),
        rings=[polygon([at(angle, share) for angle in angles]) for share in (0.25, 0.5, 0.75, 1)],
        area=polygon([at(angle, share) for angle, share in zip(angles, shares, strict=True)]),
        spokes=spokes,
        summary=", ".join(f"{label}: {words}" for label, _, words in values),
    )


def levels(
    rows: Sequence[tuple[str, float, str, str]], *, highest: float = 100, width: int = 400, row: int = 46
) -> Bars:
    """Return lying bars from (label, value, value in words, hue), the words above each bar, so that long ones fit."""
    bars = []
    for index, (label, value, words, hue) in enumerate(rows):
        top = index * row
        length = max(min(value / highest, 1.0) * width if highest > 0 else 0.0, 2)
        bars.append(
            Bar(label, words, hue, "0", number(top + 20), number(length), "14", "0", number(top + 13), str(width),
                number(top + 13))
        )  # fmt: skip
    return Bars(width, max(len(rows) * row - 8, row), "0", bars, ", ".join(f"{bar.label}: {bar.value}" for bar in bars))
