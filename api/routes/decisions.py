"""What was decided: breaches, warnings, interventions, states, phases passed."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.responses import Response

from api import history
from api.access.caller import Reader
from api.answers import answer
from api.problems import not_found
from api.routes.accounts import Shared
from api.shapes import AsOf, DecisionsAsked, NothingAsked, Page
from schemas.decision_fields import DecisionId
from schemas.decisions import Breach, Intervention, PhasePassed, StateChange, Warned

router = APIRouter(tags=["decisions"])


class BreachAnswer(BaseModel):
    """One breach with its evidence."""

    as_of: AsOf
    breach: Breach


def _list(path: str, kind: str, model: Any, summary: str) -> None:
    @router.get(f"/v1/{path}", response_model=Page[model], summary=summary, name=f"list_{path}")
    async def listed(
        asked: Annotated[DecisionsAsked, Query()], caller: Reader, service: Shared
    ) -> Response:
        return answer(await history.page(service.database, caller, kind, asked))


_list("breaches", "breach", Breach, "Breaches with their evidence, newest first")
_list("warnings", "warning", Warned, "Warnings, newest first")
_list("interventions", "intervention", Intervention, "Interventions, newest first")
_list("states", "state", StateChange, "Moves of the state machine, newest first")
_list("phases-passed", "phase.passed", PhasePassed, "Phases passed, newest first")


@router.get("/v1/breaches/{decision_id}", response_model=BreachAnswer)
async def get_breach(
    decision_id: Annotated[DecisionId, Path()],
    _: Annotated[NothingAsked, Query()],
    caller: Reader,
    service: Shared,
) -> Response:
    """Return one breach with its evidence."""
    found = await history.one(service.database, caller, "breach", decision_id)
    if found is None:
        raise not_found("breach")
    return answer({"as_of": found[1], "breach": found[0]})
