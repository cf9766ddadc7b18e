"""Dead letters: what was refused, why, where it stood, and the original."""

from typing import Any, Self

import orjson

from schemas.errors import Code, InputError
from schemas.fields import Shape


class DeadLetter(Shape):
    """One refused input.

    Attributes:
        code: one of the contract's codes.
        path: dotted path of the field; empty for the whole input.
        message: what is wrong, in words.
        source: file name or topic.
        line: line in the file, from 1; `None` for a topic.
        offset: offset in the partition; `None` for a file.
        partition: partition of the topic, when there is one.
        raw: the original text; bytes that are not UTF-8 as backslash escapes.
    """

    code: Code
    path: str
    message: str
    source: str
    line: int | None = None
    offset: int | None = None
    partition: int | None = None
    raw: str

    @classmethod
    def from_error(
        cls,
        error: InputError,
        raw: bytes | str,
        source: str,
        *,
        line: int | None = None,
        offset: int | None = None,
        partition: int | None = None,
    ) -> Self:
        """Make the dead letter of a refused input."""
        return cls(
            code=error.code,
            path=error.path,
            message=error.message,
            source=source,
            line=line,
            offset=offset,
            partition=partition,
            raw=raw_text(raw),
        )

    def to_json(self) -> bytes:
        """Write it as one JSON object, without a line end; what is not known is left out."""
        given: dict[str, Any] = self.model_dump(exclude_none=True)
        return orjson.dumps(given)


def raw_text(raw: bytes | str) -> str:
    r"""Show an original as text that any file can hold.

    >>> raw_text(b"caf\xe9")
    'caf\\xe9'
    """
    if isinstance(raw, bytes):
        return raw.decode(errors="backslashreplace")
    return raw.encode(errors="backslashreplace").decode()
