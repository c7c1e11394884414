"""Decodes the files of other programs: by the byte order mark, else UTF-8, else Windows-1252.

UTF-16 without a mark is told by its zeros: a text whose every other byte is 0, or nearly.

The whole file decides, never a sample: Western text is easily taken for something else.
"""

import codecs
import io
from contextlib import suppress
from typing import IO, Final

UTF_8: Final = "utf-8"
FALLBACK: Final = "cp1252"
"""What programs on Windows write that say nothing else."""
DAMAGED: Final = "damaged UTF-8"
_MARKS: Final = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK_BYTES: Final = 2**18
MIN_ZERO_SHARE: Final = 0.4
"""Zeros among the bytes of one half of each pair, and at most MAX_OTHER_SHARE among the others: in
other scripts than Latin, spaces and line feeds alone are fewer."""
MAX_OTHER_SHARE: Final = 0.02


def encoding_of_mark(start: bytes) -> str | None:
    """Return the encoding that a byte order mark names, if there is one."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


def decode(content: bytes) -> tuple[str, str]:
    """Return the text and the encoding it had, `DAMAGED` where bytes had to be replaced."""
    marked = encoding_of_mark(content[:4]) or _encoding_of_zeros(content)
    try:
        return content.decode(marked or UTF_8), marked or UTF_8
    except UnicodeDecodeError:
        wide = None if marked else _wide_encoding(content)
        if wide is not None:
            return content.decode(wide), wide
        if marked in (None, "utf-8-sig") and not _has_letters(content):
            return content.decode(FALLBACK, "replace"), FALLBACK
        return content.decode(marked or UTF_8, "replace"), DAMAGED


def _encoding_of_zeros(content: bytes) -> str | None:
    """Return the UTF-16 that a text without a mark is in, if it is in one."""
    if len(content) % 2 or b"\0" not in content:
        return None
    at_even, at_odd = (content[start::2].count(0) / len(content) * 2 for start in (0, 1))
    if min(at_even, at_odd) > MAX_OTHER_SHARE or max(at_even, at_odd) < MIN_ZERO_SHARE:
        return None
    encoding = "utf-16-le" if at_odd > at_even else "utf-16-be"
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return encoding


def _wide_encoding(content: bytes) -> str | None:
    """Return the UTF-32 or UTF-16 without a mark that a text in any script is in.

    Nearly nothing else is UTF-32. Of both orders of UTF-16, blanks tell the right one, and a text
    has no control characters.
    """
    if b"\0" not in content:  # not even a blank or a line end
        return None
    found: list[tuple[int, str]] = []
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            plain = text.replace("\n", "").replace("\r", "").replace("\t", "")
            if plain.replace(" ", "").isprintable():
                found.append((len(text) - len(plain.replace(" ", "")), encoding))
    return max(found)[1] if found else None


def as_utf_8(file: IO[bytes]) -> IO[bytes]:
    """Return a reader of the same text as UTF-8 without a mark, from the beginning.

    Bytes that are no UTF-8 stay as they are, unless the whole file is Windows-1252.
    """
    encoding = encoding_of_mark(file.read(4))
    file.seek(0)
    if encoding is None:
        encoding = FALLBACK if _is_fallback(file) else None
        file.seek(0)
    elif encoding == "utf-8-sig":
        encoding = None
        file.seek(len(codecs.BOM_UTF8))
    if encoding is None:
        return file
    return io.BufferedReader(_Transcoder(file, encoding), _CHUNK_BYTES)


class _Transcoder(io.RawIOBase):
    """Reads a file in another encoding as UTF-8."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(file, encoding, "replace", newline="")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = self._text.read(_CHUNK_BYTES).encode(UTF_8, "replace")
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._text.close()
        super().close()


def _has_letters(content: bytes) -> bool:
    """Whether anything beyond ASCII in it is UTF-8."""
    return not content.isascii() and not content.decode(UTF_8, "ignore").isascii()


def _is_fallback(file: IO[bytes]) -> bool:
    """Whether a file is not UTF-8, and has no letter beyond ASCII that is."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    is_damaged, tail = False, b""
    while chunk := file.read(_CHUNK_BYTES):
        if _has_letters(tail + chunk):
            return False
        tail = chunk[-3:]
        try:
            if not is_damaged:
                decoder.decode(chunk)
        except UnicodeDecodeError:
            is_damaged = True
    if is_damaged:
        return True
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return True
    return False
