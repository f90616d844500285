"""The rules of the style sheets: layers, tokens, no ids, few utilities. Each rule has a good and a bad sample."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR) / "static/css"
LAYERS = ["reset", "tokens", "base", "layout", "components", "pages", "charts", "utilities", "print"]
LAYER_OF = {"components": "components", "pages": "pages"}
MOST_UTILITIES = 60
# Public pages load fewer files. The admin has a sheet of its own, because Django's, which it colours, has no layers.
LAYERED = {"app.css", "public.css"}
ENTRIES = {*LAYERED, "admin.css"}
FILES = sorted(ROOT.rglob("*.css"))

COMMENT = re.compile(r"/\*.*?\*/", re.S)
STRING = re.compile(r'"[^"\n]*"|\'[^\'\n]*\'')
HEX = re.compile(r"(?<![\w&-])#[0-9a-fA-F]{3,8}\b(?![\w-])")
COLOUR = re.compile(r"\b(?:rgb|rgba|hsl|hsla|oklch|oklab|lab|lch)\(", re.I)


def stripped(css: str) -> str:
    return STRING.sub('""', COMMENT.sub("", css))


def selectors(css: str) -> Iterator[str]:
    """Yield the prelude of every rule, nested ones included; at-rules are passed over."""
    for match in re.finditer(r"([^{};]+)\{", stripped(css)):
        prelude = match[1].strip()
        if prelude and not prelude.startswith("@"):
            yield prelude


def layer_order(css: str) -> list[str]:
    match = re.search(r"@layer\s+([^;{]+);", stripped(css))
    return [name.strip() for name in match[1].split(",")] if match else []


def imports(css: str) -> list[tuple[str, str | None]]:
    return [
        (path, layer or None)
        for path, layer in re.findall(r'@import\s+url\("([^"]+)"\)\s*(?:layer\((\w+)\))?\s*;', COMMENT.sub("", css))
    ]


def expected_layer(path: str) -> str:
    folder, _, _ = path.rpartition("/")
    return LAYER_OF.get(folder, path.removesuffix(".css"))


def misplaced(css: str) -> list[str]:
    return [path for path, layer in imports(css) if layer != expected_layer(path)]


def ids(css: str) -> list[str]:
    return [selector for selector in selectors(css) if re.search(r"#[A-Za-z_-]", selector)]


def raw_colours(css: str) -> list[str]:
    body = stripped(css)
    return HEX.findall(body) + COLOUR.findall(body)


def utilities(css: str) -> set[str]:
    return set(re.findall(r"\.([a-z][\w-]*)", " ".join(selectors(css))))


def important(css: str) -> bool:
    return "!important" in stripped(css)


def raw_levels(css: str) -> list[str]:
    return re.findall(r"z-index:(?!\s*var\()[^;}]+", stripped(css))


def deepest(css: str) -> int:
    """Return how deep style rules are nested; conditions such as @media do not count."""
    depth = most = 0
    opened: list[bool] = []
    for prelude, brace in re.findall(r"([^{};]*)([{};])", stripped(css)):
        if brace == "{":
            counts = not prelude.strip().startswith("@")
            opened.append(counts)
            depth += counts
            most = max(most, depth)
        elif brace == "}" and opened:
            depth -= opened.pop()
    return most


def names(files: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in files]


# --- the rules ----------------------------------------------------------------------------------


def test_the_order_of_the_layers_is_the_agreed_one():
    for entry in LAYERED:
        assert layer_order((ROOT / entry).read_text()) == LAYERS


def test_every_file_is_wholly_inside_its_layer():
    entries = [(ROOT / entry).read_text() for entry in LAYERED]
    for entry in entries:
        assert misplaced(entry) == []
        assert list(selectors(entry)) == []
    assert {path for entry in entries for path, _ in imports(entry)} == set(names(FILES)) - ENTRIES


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_no_file_opens_a_layer_of_its_own(path):
    assert path.name in LAYERED or "@layer" not in stripped(path.read_text())


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "tokens.css"])
def test_colours_are_written_in_the_tokens_alone(path):
    assert raw_colours(path.read_text()) == []


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_no_selector_uses_an_id(path):
    assert ids(path.read_text()) == []


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_levels_have_names(path):
    assert raw_levels(path.read_text()) == []


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_rules_are_nested_two_deep_at_most(path):
    assert deepest(path.read_text()) <= 3  # the rule and two levels inside it


def test_there_are_few_utilities():
    assert len(utilities((ROOT / "utilities.css").read_text())) < MOST_UTILITIES


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "utilities.css"])
def test_only_utilities_may_insist(path):
    assert not important(path.read_text())


def test_every_token_that_is_used_is_defined():
    text = "\n".join(COMMENT.sub("", path.read_text()) for path in FILES)
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))
    # A reference with a fallback may be left unset on purpose.
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    assert used - defined == set()


# --- the rules find what they look for ----------------------------------------------------------

GOOD = """
/* #comment { color: #fff } */
.btn { color: var(--color-text); z-index: var(--z-toast); & > .icon { color: inherit; &:hover { color: inherit; } } }
.a[href="#main"] { background: none; }
@media (width < 900px) { .btn { color: currentColor; } }
"""


def test_a_good_sample_breaks_no_rule():
    assert (ids(GOOD), raw_colours(GOOD), raw_levels(GOOD), important(GOOD), deepest(GOOD)) == ([], [], [], False, 3)


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        (ids, "#main { color: inherit; }"),
        (ids, ".card { & #menu { color: inherit; } }"),
        (raw_colours, ".btn { color: #4a4fd8; }"),
        (raw_colours, ".btn { color: #FFF }"),
        (raw_colours, ".btn { background: rgb(0 0 0 / 20%); }"),
        (raw_levels, ".toast { z-index: 60; }"),
        (important, ".btn { color: inherit !important; }"),
    ],
)
def test_a_bad_sample_is_found(rule, bad):
    assert rule(bad)


def test_a_missing_a_wrong_and_a_right_layer_are_told_apart():
    assert misplaced('@import url("components/btn.css") layer(components);\n@import url("base.css") layer(base);') == []
    assert misplaced('@import url("components/btn.css");') == ["components/btn.css"]
    assert misplaced('@import url("pages/leads.css") layer(components);') == ["pages/leads.css"]


def test_another_order_of_layers_is_seen():
    assert layer_order("@layer base, reset;") == ["base", "reset"]


def test_deep_nesting_is_seen():
    assert deepest(".a { & .b { & .c { & .d { color: inherit; } } } }") == 4
    assert deepest("@media print { .a { color: inherit; } }") == 1


def test_utilities_are_counted_once_each():
    assert utilities(".a { } .b, .c { } .a:hover { }") == {"a", "b", "c"}
