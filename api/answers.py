"""Answers as JSON, and what the OpenAPI document says about them."""

from typing import Any

import orjson
from starlette.responses import Response

_NO_STORE = {"Cache-Control": "no-store"}


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Write an answer; nobody on the way may keep it."""
    return answered(orjson.dumps(value), status, headers)


def answered(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Do the same with JSON that is written already."""
    return Response(body, status, _NO_STORE | (headers or {}), "application/json")
