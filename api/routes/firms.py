"""Firms: how many accounts, in which states, and who is near to a floor."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.access.caller import Staff
from api.access.principal import ANY
from api.answers import answer
from api.board import Wanted
from api.live import Live, summary
from api.problems import not_found
from api.routes.accounts import Shared
from api.shapes import FirmLine, FirmSummary, Id, NothingAsked, Page
from schemas.money import text

router = APIRouter(tags=["firms"])

_NEAREST = 10
_BREACHES = "SELECT rule, count(*) AS n FROM highwater.breaches WHERE firm_id = %s GROUP BY rule"
_PAID = """
SELECT coalesce(account.currency, ruleset.content ->> 'currency', '') AS currency,
    sum((event.content ->> 'amount')::numeric) AS total
FROM highwater.accepted_events event
JOIN highwater.accounts account USING (account_id)
LEFT JOIN highwater.published_rulesets ruleset
    ON account.ruleset = ruleset.ruleset || '@' || ruleset.version
WHERE event.type = 'balance.adjusted' AND event.content ->> 'reason' = 'payout'
    AND event.firm_id = %s
GROUP BY 1"""


@router.get("/v1/firms", response_model=Page[FirmLine])
async def list_firms(
    _: Annotated[NothingAsked, Query()], caller: Staff, service: Shared
) -> Response:
    """List the firms of this journal."""
    counts = Counter(account.firm_id for account in service.live)
    items = [
        {"firm_id": firm, "accounts": counts[firm]}
        for firm in sorted(counts)
        if caller.firm in (ANY, firm)
    ]
    return answer({"as_of": service.live.as_of(), "items": items, "next": None})


@router.get("/v1/firms/{firm_id}", response_model=FirmSummary)
async def get_firm(
    firm_id: Annotated[Id, Path()],
    _: Annotated[NothingAsked, Query()],
    caller: Staff,
    service: Shared,
) -> Response:
    """Sum up a firm."""
    counted = _counts(service.live, firm_id)
    if caller.firm not in (ANY, firm_id) or not counted["accounts"]:
        raise not_found("firm")
    at = service.live.as_of()
    nearest = service.board.page(Wanted(firms=(firm_id,)), None, _NEAREST)
    rules = await service.database.read(caller, _BREACHES, (firm_id,))
    paid = await service.database.read(caller, _PAID, (firm_id,))
    return answer(
        {
            "as_of": at,
            "firm_id": firm_id,
            **counted,
            "nearest": [summary(account) for _, account in nearest],
            "breaches": {row["rule"]: row["n"] for row in rules},
            "paid_out": {row["currency"]: text(row["total"]) for row in paid},
        }
    )


def _counts(live: Live, firm_id: str) -> dict[str, Any]:
    own = [account for account in live if account.firm_id == firm_id]
    return {
        "accounts": len(own),
        "states": Counter(account.state for account in own),
        "phases": Counter(account.phase for account in own),
        "rulesets": Counter(account.ruleset for account in own),
    }
