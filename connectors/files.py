"""Files as streams of bytes and of lines, decompressed on the way, never held as a whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from connectors.bad_file import BadFile

BLOCK_BYTES = 1 << 22
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_SUFFIX = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_LINE_LIMIT = 1 << 24  # a longer line is no line of any format read here


class Block(NamedTuple):
    """Whole lines of a file; only the last line of the file may lack its line end."""

    line: int
    """Number of its first line, from 1."""
    data: bytes


class ByteSource:
    """A file open for reading, plain or compressed with gzip or zstd.

    Attributes:
        name: what messages call the file.
        size: its length in bytes as it lies on disk; 0 for a pipe.

    Raises:
        BadFile: it cannot be opened, or is not compressed as its name says.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        try:
            self._handle = path.open("rb")
            self.size = path.stat().st_size if path.is_file() else 0
            head = self._handle.peek(4)[:4]
        except OSError as error:
            raise BadFile(self.name, f"cannot be read: {_reason(error)}") from None
        found = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
        named = _SUFFIX.get(path.suffix.lower())
        if named is not None and found != named:
            self._handle.close()
            raise BadFile(self.name, f"is not a {named} file")
        self._stream: Any = self._handle
        if found is not None:
            self._stream = pa.CompressedInputStream(pa.PythonFile(self._handle, "r"), found)

    @property
    def done(self) -> int:
        """Bytes read so far, as they lie on disk."""
        if self._handle.closed or not self.size:
            return self.size
        return self._handle.tell()

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes; empty at the end.

        Raises:
            BadFile: the file is damaged or cut short.
        """
        try:
            return bytes(self._stream.read(size))
        except (OSError, pa.ArrowException) as error:
            raise BadFile(self.name, f"cannot be read: {_reason(error)}") from None

    def blocks(self, size: int = BLOCK_BYTES) -> Iterator[Block]:
        """Yield the file in blocks of whole lines of about ``size`` bytes, and close it.

        Raises:
            BadFile: the file is damaged, or holds a line that is no line.
        """
        line, rest = 1, b""
        try:
            while data := self.read(size):
                end = data.rfind(b"\n") + 1
                if end:
                    whole = rest + data[:end]
                    yield Block(line, whole)
                    line += whole.count(b"\n")
                    rest = data[end:]
                else:
                    rest += data
                if len(rest) > _LINE_LIMIT:
                    raise BadFile(self.name, f"a line is longer than {_LINE_LIMIT} bytes", line)
            if rest:
                yield Block(line, rest)
        finally:
            self.close()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._handle.close()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    shown = str(error).splitlines()[0] if str(error) else type(error).__name__
    return shown[:1].lower() + shown[1:]
