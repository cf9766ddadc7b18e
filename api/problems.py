"""Every error as problem+json (RFC 9457): one shape, whatever went wrong and wherever."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One field that is wrong."""

    path: str = Field(description="dotted path, beginning with `query`, `path`, `header`, `body`")
    message: str


class ProblemBody(BaseModel):
    """The body of every error."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldProblem] | None = None


class Problem(Exception):  # noqa: N818 - RFC 9457 names it
    """An answer that is no answer.

    Args:
        status: of HTTP.
        detail: what is wrong with this request, in words.
        headers: to be sent along.
        errors: the fields that are wrong.
    """

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = errors


def not_found(what: str) -> Problem:
    """Return the answer for what is not there, and for what is somebody else's."""
    return Problem(404, f"no such {what}")


def bad_field(path: str, message: str) -> Problem:
    """Return the answer to one field that is wrong."""
    return Problem(422, "the request is not valid", errors=[{"path": path, "message": message}])


def unavailable(what: str) -> Problem:
    """Return the answer while a service is away."""
    return Problem(503, f"{what} does not answer", headers={"Retry-After": "1"})


def render(problem: Problem) -> Response:
    """Write a problem as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
    }
    if problem.detail:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = problem.errors
    return Response(orjson.dumps(body), problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have every error of an application rendered so."""

    async def ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return render(error)

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = {**(error.headers or {})}
        return render(Problem(error.status_code, headers=headers))

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [
            {"path": ".".join(map(_printable, one["loc"])), "message": _printable(one["msg"])}
            for one in error.errors()
        ]
        return render(Problem(422, "the request is not valid", errors=found))

    async def database(_: Request, __: Exception) -> Response:
        return render(unavailable("the database"))

    async def unforeseen(_: Request, __: Exception) -> Response:
        return render(Problem(500))

    app.add_exception_handler(Problem, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(psycopg.OperationalError, database)
    app.add_exception_handler(Exception, unforeseen)


# Names of fields may be the caller's, and hold half of a surrogate pair.
def _printable(part: object) -> str:
    return str(part).encode(errors="replace").decode()[:200]


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
    }
    for status in (400, 401, 403, 404, 413, 422, 429, 503)
}
"""What any operation may answer besides what it is for."""
