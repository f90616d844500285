"""What production serves: one style sheet, modules that import hashed names, and little of both."""

import re
from pathlib import Path

import brotli
import django_htmx
import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder

from leadcrm.core.staticfiles import HashedStaticFilesStorage

PAGE_BUDGET = 60 * 1024
SCRIPT_BUDGET = 30 * 1024


def collect(folder: Path, paths: dict) -> HashedStaticFilesStorage:
    storage = HashedStaticFilesStorage(location=folder, base_url="/static/")
    for name, (source, path) in paths.items():
        with source.open(path) as content:
            if storage.exists(name):
                storage.delete(name)
            storage._save(name, content)
    for name, _, result in storage.post_process(paths):
        assert not isinstance(result, Exception), f"{name}: {result}"
    return storage


@pytest.fixture(scope="module")
def own_files() -> dict:
    return {path: (storage, path) for path, storage in FileSystemFinder().list([])}


@pytest.fixture(scope="module")
def collected(tmp_path_factory, own_files) -> HashedStaticFilesStorage:
    return collect(tmp_path_factory.mktemp("static"), own_files)


def text_of(storage: HashedStaticFilesStorage, name: str) -> str:
    return Path(storage.path(storage.stored_name(name))).read_text()


def test_the_style_sheet_needs_no_second_request(collected, own_files):
    css = text_of(collected, "css/app.css")
    assert "@import" not in css
    for name in own_files:
        if name.startswith("css/components/"):
            selector = re.search(r"^[.:a-z][\w-]*", Path(settings.BASE_DIR / "static" / name).read_text(), re.M)
            assert selector, f"{name} styles nothing"
            assert selector.group() in css


def test_a_part_that_is_in_no_import_would_be_missed(own_files):
    entries = [(settings.BASE_DIR / "static/css" / name).read_text() for name in ("app.css", "public.css")]
    # admin.css is an entry of its own: Django's admin has its own sheets and gets ours on top.
    parts = {name.removeprefix("css/") for name in own_files if name.startswith("css/")}
    parts -= {"app.css", "public.css", "admin.css"}
    assert {part for entry in entries for part in re.findall(r'@import url\("([^"]+)"\)', entry)} == parts


def test_a_public_page_needs_one_style_sheet(collected):
    css = text_of(collected, "css/public.css")
    assert "@import" not in css
    assert "@layer components" in css


def test_a_public_page_is_light(collected):
    """Style, scripts and htmx of a page for people without an account; its own HTML may take the rest of 45 kB."""
    scripts = {"public.js"}
    todo = ["public.js"]
    while todo:
        source = (settings.BASE_DIR / "static/js" / todo.pop()).read_text()
        new = set(re.findall(r'(?:from|import) ?"\./([^"]+)"', source)) - scripts
        scripts |= new
        todo += new
    ours = compressed(collected, ["css/public.css", *(f"js/{name}" for name in scripts)])
    htmx = len(brotli.compress((Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js").read_bytes()))
    assert ours + htmx < 36 * 1024


def test_collecting_again_takes_a_changed_part(tmp_path, own_files):
    collect(tmp_path, own_files)
    again = collect(tmp_path, own_files)
    assert "@import" not in text_of(again, "css/app.css")


def test_modules_import_hashed_names(collected):
    imports = re.findall(r'(?:from|import) ?"\./([^"]+)"', text_of(collected, "js/app.js"))
    assert len(imports) >= 10
    for name in imports:
        assert re.fullmatch(r"[a-z-]+\.[0-9a-f]{12}\.js", name), name
        assert collected.exists(f"js/{name}")


def compressed(storage: HashedStaticFilesStorage, names: list[str]) -> int:
    return sum(Path(storage.path(storage.stored_name(name)) + ".br").stat().st_size for name in names)


def test_our_scripts_stay_small(collected, own_files):
    assert compressed(collected, [name for name in own_files if name.endswith(".js")]) < SCRIPT_BUDGET


def test_style_and_scripts_leave_room_for_the_page(collected, own_files):
    """htmx takes 15 kB compressed and a full list about 10, so these may take the rest."""
    ours = compressed(collected, ["css/app.css", *(name for name in own_files if name.endswith(".js"))])
    assert ours < PAGE_BUDGET - 25 * 1024
