"""The colours of the pictures: told apart by everyone, and legible.

Okabe and Ito's eight are told apart with every kind of colour vision ("Color
Universal Design", 2002, as of 2008). Beside them a picture may have white,
black and grey, and as the ground of an area one of the eight thinned with
white. No picture has a dark form: each has a white ground of its own.
"""

import re
from itertools import product
from xml.etree import ElementTree

import pytest

from workshop.aws.runtime_api import TRANSITIONS
from workshop.compare.chart import COLOURS, chart
from workshop.compare.row import Row
from workshop.explorer import Explorer
from workshop.line_chart import Axis, Mark, Series, line_chart
from workshop.picture import svg, text
from workshop.repository import NOTEBOOKS, ROOT
from workshop.side_by_side import SideBySide
from workshop.state_diagram import draw as state_diagram
from workshop.timeline import Event, Phase
from workshop.timeline_chart import draw as timeline_chart

SVG = "{http://www.w3.org/2000/svg}"
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
OKABE_ITO = {
    BLACK: "black",
    (0xE6, 0x9F, 0x00): "orange",
    (0x56, 0xB4, 0xE9): "sky blue",
    (0x00, 0x9E, 0x73): "bluish green",
    (0xF0, 0xE4, 0x42): "yellow",
    (0x00, 0x72, 0xB2): "blue",
    (0xD5, 0x5E, 0x00): "vermilion",
    (0xCC, 0x79, 0xA7): "reddish purple",
}
NAMED = {"black": BLACK, "white": WHITE}
NONE = {"none", "transparent", "currentColor", "inherit"}
PAINTS = ("fill", "stroke", "color", "stop-color", "flood-color")
PAINTED = re.compile(
    rf"(?<![\w-])(?:{'|'.join(PAINTS)}|background(?:-color)?)\s*[:=]"
    r"\s*[\"']?\s*([^\"';}>]+)"
)
LEAST_CONTRAST = 4.5  # of text (WCAG 2.2, 1.4.3, level AA)
NEAR = 4  # of 255: how far a tint is from the mixture, rounded by hand


# What is drawn


def timeline():
    """Every phase, one cut out, labels in the bars and above them."""
    ms = {Phase.INIT: 400, Phase.INVOKE: 700, Phase.FROZEN: 60_000}
    at, events = 100.0, []
    for phase in (*Phase, *list(Phase)[1:]):
        events.append(Event("x", phase, at, ""))
        at += ms.get(phase, 20) / 1000
    more = Event("y", Phase.INIT, at, "", "suppressed")
    return timeline_chart([*events, more])


def lines():
    """As many as there are colours, and one more; and a mark."""
    series = [Series(f"line {n}", [0, 1], [n, n + 1]) for n in range(7)]
    x, y = Axis("hour"), Axis("USD")
    return line_chart(series, x, y, "Seven lines.", [Mark(1, 3, "even")])


def comparison():
    """Each language and one that has no colour, with both kernels."""
    functions = ("python", "node", "rust", "cobol")
    assert set(COLOURS) < set(functions)
    cells = product(
        ("lambda", "azure"),
        functions,
        (("hello", 0.5), ("small", 100.0)),
        (("brute", 1), ("fast", 100)),
    )
    return chart(
        [
            Row(
                *(platform, 128, function, kernel, workload),
                *(400.0, 300.0, 100.0, ms / faster, None, 5, 1.0, 40.0),
                *(1.0, None),
            )
            for platform, function, (workload, ms), (kernel, faster) in cells
        ]
    )


def states():
    """The lines, the arcs and the boxes of the Runtime API."""
    return state_diagram(TRANSITIONS, "The Runtime API")


def explored():
    """What stands under the sliders."""
    return Explorer(lambda n: lines(), n=[1, 2, 3]).draw(n=2)


DRAWN = {
    one.__name__: one().svg
    for one in (timeline, lines, comparison, states, explored)
} | {path.name: path.read_text() for path in NOTEBOOKS.rglob("*.svg")}
every = pytest.mark.parametrize("name", DRAWN)


# Which colours


def rgb(colour):
    """Red, green and blue of a colour as SVG has it; None if it paints
    nothing of its own.
    """
    colour = colour.strip()
    if colour in NONE or colour.startswith("url("):
        return None
    if colour.lower() in NAMED:
        return NAMED[colour.lower()]
    assert re.fullmatch(r"#(?:[\da-fA-F]{3}){1,2}", colour), colour
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return tuple(bytes.fromhex(digits))


def is_grey(colour):
    return len(set(colour)) == 1


def is_tint(colour):
    """Whether it is one of the eight, much thinned with white."""
    return any(
        all(
            abs(255 - (255 - full) * share / 100 - here) <= NEAR
            for full, here in zip(pure, colour, strict=True)
        )
        for pure in OKABE_ITO
        for share in range(5, 41)
    )


def strangers(drawing):
    """The colours of a drawing that are none of the palette's."""
    found = {
        colour.strip(): rgb(colour) for colour in PAINTED.findall(drawing)
    }
    return {
        name
        for name, colour in found.items()
        if colour
        and colour not in OKABE_ITO
        and not is_grey(colour)
        and not (is_tint(colour) and is_ground(name, drawing))
    }


def is_ground(colour, drawing):
    """Whether it only fills: a line of it would be too pale to be seen."""
    painted = PAINTED.finditer(drawing)
    return all(
        one[0].startswith(("fill", "background"))
        for one in painted
        if one[1].strip() == colour
    )


@every
def test_every_colour_is_told_apart_by_everyone(name):
    assert strangers(DRAWN[name]) == set()


def test_charts_do_have_the_colours_that_are_held_to_it():
    for name in ("timeline", "lines", "comparison", "states"):
        found = {rgb(colour) for colour in PAINTED.findall(DRAWN[name])}
        assert (found - {BLACK}) & set(OKABE_ITO), name


@pytest.mark.parametrize(
    ("drawing", "colour"),
    [
        ('<path stroke="#f00"/>', "#f00"),
        ('<path fill="#ffdddd"/>', "#ffdddd"),  # pale, and none of the eight
        ('<path style="stroke-width: 2; stroke: #00ff00"/>', "#00ff00"),
        ('<path stroke="#e6f1f8"/>', "#e6f1f8"),  # a tint is no line
        ("<style>p { fill: #0072B3 }</style>", "#0072B3"),
    ],
)
def test_another_colour_is_found(drawing, colour):
    assert strangers(drawing) == {colour}


@pytest.mark.parametrize("colour", ["crimson", "rgb(1, 2, 3)", "#12345678"])
def test_a_colour_that_is_written_otherwise_is_not_passed_over(colour):
    with pytest.raises(AssertionError):
        strangers(f'<path stroke="{colour}"/>')


def test_sources_side_by_side_have_the_colours_of_the_page(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    assert PAINTED.findall(SideBySide(path, path)._repr_html_()) == []


def test_no_picture_is_forgotten():
    """Each module that makes a Picture of its own is drawn above."""
    makers = {
        path.relative_to(ROOT / "workshop").as_posix()
        for path in (ROOT / "workshop").rglob("*.py")
        if re.search(r"\breturn Picture\(", path.read_text())
    }
    assert makers == {
        "compare/chart.py",
        "line_chart.py",
        "state_diagram.py",
        "timeline_chart.py",
    }


# Whether text can be read


def luminance(colour):
    """The relative luminance of WCAG 2.2, from 0 to 1."""
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def paint(element, kind):
    """What an element says of its own fill or stroke."""
    style = dict(
        part.split(":", 1)
        for part in element.get("style", "").split(";")
        if ":" in part
    )
    found = {key.strip(): value.strip() for key, value in style.items()}
    return found.get(kind) or element.get(kind)


def walk(element, fill="black", at=(0.0, 0.0)):
    """Every element in the order of drawing, with its fill and its shift."""
    fill = paint(element, "fill") or fill
    shift = re.fullmatch(
        r"translate\(([-\d.]+)[ ,]+([-\d.]+)\)", element.get("transform", "")
    )
    if shift:
        at = (at[0] + float(shift[1]), at[1] + float(shift[2]))
    yield element, fill, at
    for child in element:
        yield from walk(child, fill, at)


def area(element, at):
    """(left, top, right, bottom) of what has a ground; None else."""
    if element.tag == f"{SVG}rect":
        x, y, width, height = (
            float(element.get(key, 0)) for key in ("x", "y", "width", "height")
        )
        return x + at[0], y + at[1], x + width + at[0], y + height + at[1]
    if element.tag == f"{SVG}g" and element.get("id") == "patch_1":
        return 0, 0, float("inf"), float("inf")  # matplotlib's own ground
    return None


def grounds(root):
    """(area, its colours) of each filled area, the lowest first."""
    patterns = {
        f"url(#{one.get('id')})": [paint(part, "fill") for part in one]
        for one in root.iter(f"{SVG}pattern")
    }
    inside = {part for one in root.iter(f"{SVG}pattern") for part in one}
    for element, fill, at in walk(root):
        place = area(element, at)
        if place is None or element in inside:
            continue
        if element.tag == f"{SVG}g":
            fill = paint(element[0], "fill")
        colours = patterns.get(fill, [fill])
        if found := [rgb(colour) for colour in colours if rgb(colour)]:
            yield element, place, found


def texts(root):
    """(text, its fill, where its middle is) of each line of text."""
    for element, fill, at in walk(root):
        if element.tag == f"{SVG}text":
            x = float(element.get("x", 0)) + at[0]
            y = float(element.get("y", 0)) + at[1] - 4
            yield element, "".join(element.itertext()), fill, x, y


def pale(drawing):
    """The texts with too little contrast to what is below them."""
    root = ElementTree.fromstring(drawing)
    order = {element: n for n, element in enumerate(root.iter())}
    below = list(grounds(root))
    found = {}
    for element, words, fill, x, y in texts(root):
        under = [
            colours
            for one, (left, top, right, bottom), colours in below
            if order[one] < order[element]
            and left <= x <= right
            and top <= y <= bottom
        ]
        assert under, f"{words} has no ground"
        least = min(contrast(rgb(fill), colour) for colour in under[-1])
        if least < LEAST_CONTRAST:
            found[words] = round(least, 1)
    return found


@every
def test_text_stands_out_from_its_ground(name):
    assert pale(DRAWN[name]) == {}


def test_there_is_text_to_be_read_and_no_other_form():
    for name, drawing in DRAWN.items():
        root = ElementTree.fromstring(drawing)
        assert len(list(texts(root))) > 5, name
        assert "prefers-color-scheme" not in drawing, name


def test_text_on_a_bar_is_held_against_the_bar():
    bar = '<rect x="10" y="10" width="50" height="20" fill="#0072B2"/>'
    on_it = [text(15, 25, "dark"), text(15, 25, "white", 'fill="#fff"')]
    beside = [text(80, 25, "dark too"), text(80, 40, "grey", 'fill="#999"')]
    drawing = svg(100, 60, "", "", bar, *on_it, *beside)
    assert pale(drawing) == {"dark": 3.1, "grey": 2.8}


def test_the_contrast_is_that_of_wcag():
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(rgb("#777"), WHITE) == pytest.approx(4.48, abs=0.01)
