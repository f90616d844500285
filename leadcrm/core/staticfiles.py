"""Static files for production: hashed names, compressed copies, one style sheet per page, and no build."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

IMPORT = re.compile(r'@import url\("(?P<path>[^"]+)"\) layer\((?P<layer>[a-z]+)\);\n?')
COMMENT = re.compile(r"/\*.*?\*/\s*", re.S)
# The entries of the application and of pages for people without an account.
STYLESHEETS = ("css/app.css", "css/public.css")
# Django keeps the patterns for module imports under a private name and switches them on for all scripts or none.
MODULE_PATTERNS = ManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Hash and compress every file, and rewrite the imports of our own modules to hashed names.

    Django's own switch for module imports scans every script and stops at a comment in a library;
    here the pattern is for our folder alone. With hashed imports no import map is needed, which a
    strict content security policy would refuse. The imported style sheets are put into the first one,
    because a browser would ask for them one after the other.
    """

    patterns = (
        *ManifestStaticFilesStorage.patterns,
        ("js/*.js", MODULE_PATTERNS),
    )

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        """Join the style sheets, then hash and compress everything."""
        present = [sheet for sheet in STYLESHEETS if sheet in paths and not options.get("dry_run")]
        joined = {sheet: self._joined(sheet, paths) for sheet in present}
        for sheet, text in joined.items():
            if self.exists(sheet):
                self.delete(sheet)
            self._save(sheet, ContentFile(text.encode()))
        # What is hashed is read through this table, not from the folder.
        paths = {**paths, **{sheet: (self, sheet) for sheet in joined}}
        yield from super().post_process(paths, *args, **options)

    def _joined(self, sheet: str, paths: dict[str, Any]) -> str:
        """Return the style sheet with every import replaced by its layer.

        The sources are read, because the folder may hold the joined file of an earlier run.
        """

        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as source:
                return str(source.read().decode())

        folder = sheet.rpartition("/")[0]

        def layered(match: re.Match[str]) -> str:
            return f"@layer {match['layer']} {{\n{read(folder + '/' + match['path'])}\n}}\n"

        return COMMENT.sub("", IMPORT.sub(layered, read(sheet)))
