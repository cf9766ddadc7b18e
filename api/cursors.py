"""Cursors: where a page ends, as text that callers hand back and need not understand."""

import base64
import binascii
from typing import Any

import orjson

from api.problems import bad_field

BYTES_MAX = 512


def write_cursor(*parts: str | int | None) -> str:
    """Write the key of the last item of a page.

    >>> write_cursor(7, "b1")
    'WzcsImIxIl0'
    """
    return base64.urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def read_cursor(cursor: str, *kinds: type, path: str = "query.cursor") -> tuple[Any, ...]:
    """Read it back.

    Args:
        cursor: as a caller gave it.
        kinds: of its parts.
        path: names it in the complaint.

    Raises:
        Problem: it is none of ours.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = orjson.loads(raw)
    except (binascii.Error, ValueError):
        raise bad_field(path, "is no cursor of this list") from None
    if (
        len(cursor) > BYTES_MAX
        or not isinstance(parts, list)
        or [type(part) for part in parts] != list(kinds)
        or any(isinstance(part, int) and not -(2**63) < part < 2**63 for part in parts)
    ):
        raise bad_field(path, "is no cursor of this list")
    return tuple(parts)
