"""Static files for production: hashed names, compressed copies, one style sheet, and no build."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'@import url\("(?P<path>[^"]+)"\) layer\((?P<layer>[a-z]+)\);\n?')
COMMENT = re.compile(r"/\*.*?\*/\s*", re.S)
STYLESHEET = "css/app.css"


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hash and compress every file, and rewrite the imports of our own modules to hashed names.

    Django's own switch for module imports scans every script and stops at a comment in a library;
    here the pattern is for our folder alone. With hashed imports no import map is needed, which a
    strict content security policy would refuse. The imported style sheets are put into the first one,
    because a browser would ask for them one after the other.
    """

    patterns = (
        *ManifestStaticFilesStorage.patterns,
        ("js/*.js", ManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        if STYLESHEET in paths and not options.get("dry_run"):
            self._join(STYLESHEET)
        yield from super().post_process(paths, *args, **options)

    def _join(self, name: str) -> None:
        folder = name.rpartition("/")[0]
        with self.open(name) as source:
            text = source.read().decode()

        def inline(match: re.Match[str]) -> str:
            with self.open(f"{folder}/{match['path']}") as part:
                return f"@layer {match['layer']} {{\n{part.read().decode()}\n}}\n"

        joined = COMMENT.sub("", IMPORT.sub(inline, text))
        self.delete(name)
        self._save(name, ContentFile(joined.encode()))
