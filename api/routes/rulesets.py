"""Published ruleset versions: what accounts are held to, for everybody to read."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from api import history
from api.access.caller import Reader
from api.answers import answer
from api.cursors import read_cursor, write_cursor
from api.problems import not_found
from api.routes.accounts import Shared
from api.shapes import Id, NothingAsked, Page, Paged, RulesetLine, RulesetVersion

router = APIRouter(tags=["rulesets"])

_LINES = """
SELECT ruleset, version, hash, log_offset AS position FROM highwater.published_rulesets
WHERE (ruleset, version) > (%s, %s) AND (%s::text IS NULL OR ruleset = %s)
ORDER BY ruleset, version LIMIT %s"""
_ONE = """
SELECT ruleset, version, hash, log_offset AS position, content
FROM highwater.published_rulesets WHERE ruleset = %s AND version = %s"""


class RulesetsAsked(Paged):
    """Which versions."""

    ruleset: Id | None = Field(None, description="without its version")


@router.get("/v1/rulesets", response_model=Page[RulesetLine])
async def list_rulesets(
    asked: Annotated[RulesetsAsked, Query()], caller: Reader, service: Shared
) -> Response:
    """List ruleset versions."""
    after = ("", 0) if asked.cursor is None else _place(asked.cursor)
    values = (*after, asked.ruleset, asked.ruleset, asked.limit + 1)
    async with service.database.transaction(caller.firm, caller.trader) as connection:
        at = await history.as_of(connection)
        found = await (await connection.execute(_LINES, values)).fetchall()
    shown = found[: asked.limit]
    more = len(found) > asked.limit
    end = write_cursor(shown[-1]["ruleset"], shown[-1]["version"]) if more else None
    return answer({"as_of": at, "items": shown, "next": end})


@router.get("/v1/rulesets/{ruleset_id}/{version}", response_model=RulesetVersion)
async def get_ruleset(
    ruleset_id: Annotated[Id, Path()],
    version: Annotated[int, Path(ge=1, le=2**31)],
    _: Annotated[NothingAsked, Query()],
    caller: Reader,
    service: Shared,
) -> Response:
    """Return one version in full."""
    async with service.database.transaction(caller.firm, caller.trader) as connection:
        at = await history.as_of(connection)
        found = await (await connection.execute(_ONE, (ruleset_id, version))).fetchone()
    if found is None:
        raise not_found("ruleset version")
    return answer({"as_of": at, **found})


def _place(cursor: str) -> tuple[str, int]:
    ruleset, version = read_cursor(cursor, str, int)
    return ruleset.replace("\x00", ""), version
