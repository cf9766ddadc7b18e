"""What the topics say about interventions, as rows for the tables of the enforce flow."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.ids import intervention_id
from sinks.enforcements import Facts, Ordered


def facts_of(breach: Mapping[str, Any]) -> Facts:
    """Read a breach: how much money is at risk, and which stops were removed.

    The money is what the open positions cost, in account currency where their rate is known. It
    orders what is done first and decides nothing else.
    """
    evidence = breach["evidence"]
    rates = {rate["symbol"]: rate for rate in evidence["rates"]}
    at_risk = sum((_exposure(item, rates) for item in evidence["positions"]), Decimal(0))
    stops = (evidence.get("facts") or {}).get("removed", [])
    hard = breach["breach_kind"] == "hard"
    return Facts(intervention_id(breach["decision_id"]), at_risk, stops, hard)


def ordered_of(intervention: Mapping[str, Any], venue: str) -> Ordered:
    """Read an intervention."""
    return Ordered(
        intervention["intervention_id"],
        intervention["breach_id"],
        intervention["firm_id"],
        intervention["account_id"],
        intervention["trader_id"],
        intervention["actions"],
        venue,
    )


def _exposure(position: Mapping[str, Any], rates: Mapping[str, Mapping[str, Any]]) -> Decimal:
    cost = abs(Decimal(position["cost"]))
    rate = rates.get(position["rate"] or "")
    if rate is None:
        return cost
    mid = Decimal(rate["mid"])
    return cost * mid if rate["op"] == "multiply" else cost / mid
