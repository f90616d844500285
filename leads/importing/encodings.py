"""Which characters the bytes of an upload mean, and uploads that are no text at all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from charset_normalizer import from_bytes

from leads.importing.problems import FileProblem, Notice

HEAD_BYTES = 1 << 20
# A file is searched this far for the first byte that tells its encoding; one window each is read beyond.
SCAN_BYTES = 64 << 20
EVIDENCE_BYTES = 32 << 10
WINDOWS = 8

# Offered when the guess is wrong: codec and the name people know it by.
ENCODINGS: tuple[tuple[str, str], ...] = (
    ("utf-8", "Unicode (UTF-8)"),
    ("utf-16", "Unicode (UTF-16)"),
    ("cp1252", "Western European (Windows-1252)"),
    ("latin-1", "Western European (ISO 8859-1)"),
    ("iso8859-15", "Western European with euro sign (ISO 8859-15)"),
    ("cp850", "Western European (DOS 850)"),
    ("mac_roman", "Western European (Macintosh)"),
    ("cp1250", "Central European (Windows-1250)"),
    ("iso8859-2", "Central European (ISO 8859-2)"),
    ("cp1251", "Cyrillic (Windows-1251)"),
    ("koi8-r", "Cyrillic (KOI8-R)"),
    ("cp1253", "Greek (Windows-1253)"),
    ("cp1254", "Turkish (Windows-1254)"),
    ("cp1255", "Hebrew (Windows-1255)"),
    ("cp1256", "Arabic (Windows-1256)"),
    ("cp1257", "Baltic (Windows-1257)"),
    ("cp932", "Japanese (Shift JIS)"),
    ("euc_jp", "Japanese (EUC-JP)"),
    ("gb18030", "Chinese, simplified (GB 18030)"),
    ("big5", "Chinese, traditional (Big5)"),
    ("cp949", "Korean (Windows-949)"),
    ("cp874", "Thai (Windows-874)"),
)
_CANDIDATES = [name for name, _ in ENCODINGS if not name.startswith("utf")]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = (
    (b"%PDF-", "a PDF document"),
    (b"\x1f\x8b", "a compressed file (gzip); unpack it first"),
    (b"BZh", "a compressed file (bzip2); unpack it first"),
    (b"\xfd7zXZ\x00", "a compressed file (xz); unpack it first"),
    (b"(\xb5/\xfd", "a compressed file (zstd); unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file (7-Zip); unpack it first"),
    (b"Rar!\x1a\x07", "a compressed file (RAR); unpack it first"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"Obj\x01", "an Avro file"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_MARKUP = re.compile(
    r"\s*(?:(?P<html><!doctype\s+html|<html|<head|<body|<table|<meta)|(?P<xml><\?xml|<[a-z]+:)|(?P<json>\{\s*\"|\[\s*[\[{])"
    r"|(?P<vcard>begin:vcard)|(?P<calendar>begin:vcalendar))",
    re.IGNORECASE,
)
_MARKUP_NAMES = {
    "html": "a web page (HTML), not a table. Open it in a spreadsheet and save it as .xlsx or .csv",
    "xml": "an XML file. Save it as .xlsx or .csv",
    "json": "a JSON file. Save it as .csv",
    "vcard": "an address card (vCard). Export the contacts as .csv",
    "calendar": "a calendar file. Export the contacts as .csv",
}
_HIGH = re.compile(rb"[\x80-\xff]")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Every byte that text files do not hold; ESC is not among them because ISO-2022-JP needs it.
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x0b\x1a\x1b\x1e\x1f") - {0})


class FileKind(StrEnum):
    TEXT = "text"
    WORKBOOK = "workbook"


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """The codec to read a file with; ``start`` is where its text begins, behind a byte order mark."""

    encoding: str
    start: int
    notices: tuple[Notice, ...] = ()


def _head(file: BinaryIO, size: int) -> bytes:
    file.seek(0)
    return file.read(size)


def detect_kind(file: BinaryIO) -> FileKind:
    """Say whether the upload is a text table or a workbook, by its content: names of files lie.

    Raises: FileProblem for everything else, naming what it is.
    """
    head = _head(file, 8192)
    if not head:
        raise FileProblem("The file is empty.", code="empty_file")
    if head.startswith(b"PK\x03\x04"):
        return FileKind.WORKBOOK
    if head.startswith(_OLE):
        # Names in the directory of such a container are UTF-16; a protected workbook is one stream in it.
        if "EncryptedPackage".encode("utf-16-le") in _head(file, HEAD_BYTES):
            raise FileProblem(
                "This workbook is protected with a password. Save a copy without one and upload that.",
                code="encrypted_workbook",
            )
        raise FileProblem(
            "This is an old Excel file (.xls) or another Office document. Save it as .xlsx or .csv and upload that.",
            code="old_workbook",
        )
    for signature, name in _NOT_TEXT:
        if head.startswith(signature):
            raise FileProblem(f"This file is not a table: it is {name}.", code="not_a_table")
    text = _without_bom(head)
    if found := _MARKUP.match(text):
        name = _MARKUP_NAMES[str(found.lastgroup)]
        raise FileProblem(f"This file is {name}.", code="not_a_table")
    return FileKind.TEXT


def _without_bom(head: bytes) -> str:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head.decode(encoding, "replace").lstrip("\ufeff")
    return head.decode("latin-1")


def _unmarked_utf16(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark by the zero byte in every second place."""
    length = len(head) // 2
    if length < 2:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > length * 0.3 and even < length * 0.05:
        return "utf-16-le"
    if even > length * 0.3 and odd < length * 0.05:
        return "utf-16-be"
    return None


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield the beginning of the file, then a few windows spread over the rest."""
    file.seek(0)
    read = 0
    while read < SCAN_BYTES and (piece := file.read(1 << 20)):
        read += len(piece)
        yield piece
    if read < SCAN_BYTES:
        return
    end = file.seek(0, 2)
    for number in range(1, WINDOWS + 1):
        file.seek(read + (end - read) * number // (WINDOWS + 1))
        piece = file.read(1 << 20)
        # The window starts somewhere inside a line, maybe inside a character.
        yield piece[piece.find(b"\n") + 1 :]


def _collect_evidence(file: BinaryIO) -> tuple[list[bytes], bool]:
    """Return lines, cut short, that hold bytes outside ASCII, and whether a NUL was met.

    Only these lines tell one encoding from another.
    """
    lines: list[bytes] = []
    total = 0
    has_nul = False
    for piece in _pieces(file):
        has_nul = has_nul or 0 in piece
        if total > EVIDENCE_BYTES or piece.isascii():
            continue
        position = 0
        while found := _HIGH.search(piece, position):
            here = found.start()
            start = max(piece.rfind(b"\n", 0, here) + 1, position, here - 400)
            while start < here and piece[start] & 0xC0 == 0x80:
                start += 1  # Not the beginning of a character in UTF-8.
            end = piece.find(b"\n", here)
            end = len(piece) if end < 0 else end
            if end == len(piece) and end - here < 8 and position:
                break  # Cut off by the piece rather than by the file: half a character would mislead.
            lines.append(piece[start : min(end, here + 400)])
            total += len(lines[-1])
            position = end
            if total > EVIDENCE_BYTES:
                break
    return lines, has_nul


def _is_utf8(line: bytes) -> bool:
    try:
        # Not final: the end may be half a character, because long lines were cut.
        codecs.getincrementaldecoder("utf-8")().decode(line)
    except UnicodeDecodeError:
        return False
    return True


def _looks_western(evidence: bytes) -> bool:
    """Say whether Windows-1252 gives words as Western languages write them.

    Their accented letters stand alone or in pairs among ASCII letters; every other script makes long runs, and
    Central European ones make symbols inside words.
    """
    runs = re.findall(rb"[\x80-\xff]+", evidence)
    if sum(len(run) > 2 for run in runs) > len(runs) * 0.1:
        return False
    try:
        text = evidence.decode("cp1252")
    except UnicodeDecodeError:
        return False
    odd = sum(
        1
        for sign in re.findall(r"(?<=[^\W\d_])[^\x00-\x7f](?=[^\W\d_])", text)
        if not sign.isalpha() and sign not in "’´·"
    )
    letters = sum(1 for sign in text if ord(sign) > 127)
    return odd <= letters * 0.02


def detect_encoding(file: BinaryIO) -> EncodingGuess:
    """Guess the encoding from byte order marks, UTF-8's own check, and the look of the other bytes.

    Raises: FileProblem when the bytes are no text in any encoding.
    """
    head = _head(file, HEAD_BYTES)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return EncodingGuess(encoding, len(bom) if encoding == "utf-8" else 0)
    if unmarked := _unmarked_utf16(head[:4096]):
        return EncodingGuess(unmarked, 0)
    strange = len(head) - len(head.translate(None, _CONTROL))
    zeros = head.count(0)
    if strange + zeros > max(4, len(head) * 0.05):
        raise FileProblem("This file is not text. Upload a CSV or XLSX file.", code="not_a_table")
    notices: list[Notice] = []
    lines, has_nul = _collect_evidence(file)
    if has_nul:
        notices.append(Notice("nul_bytes", "The file holds NUL characters; they are left out."))
    if not lines:
        return EncodingGuess("utf-8", 0, tuple(notices))
    good = sum(map(_is_utf8, lines))
    if good >= len(lines) * 0.8:
        if good < len(lines):
            notices.append(
                Notice("damaged_characters", "Some rows hold characters that are damaged; they will be refused.")
            )
        return EncodingGuess("utf-8", 0, tuple(notices))
    encoding = _guess_legacy(b"\n".join(lines))
    label = dict(ENCODINGS).get(encoding, encoding)
    notices.append(
        Notice(
            "guessed_encoding", f"The characters were read as {label}. If names look wrong, choose another encoding."
        )
    )
    return EncodingGuess(encoding, 0, tuple(notices))


def _guess_legacy(evidence: bytes) -> str:
    if _looks_western(evidence):
        return "cp1252"
    best = from_bytes(evidence, cp_isolation=_CANDIDATES, preemptive_behaviour=False).best()
    if best is not None:
        return {"shift_jis": "cp932", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030"}.get(
            best.encoding, best.encoding
        )
    # Every byte means something in Latin-1, so this can always be shown and corrected by the person.
    return "latin-1"
