"""A verdict and an audit chain, recomputed from decisions alone, as someone in a dispute would."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from hashlib import sha256
from typing import Any

import rfc8785

FIRST_HASH = "0" * 64
WIDE = Context(prec=120)


def chained(decisions: Iterable[Mapping[str, Any]], account: str) -> str:
    """Walk an account's audit chain: every decision but progress; return the last head."""
    head = FIRST_HASH
    for made in decisions:
        if made["account_id"] != account or made["type"] == "progress":
            continue
        if made["type"] == "breach":
            assert made["evidence"]["previous_hash"] == head
        record = rfc8785.dumps({**made, "prev": head})
        head = sha256(b"highwater/v1/audit\n" + record).hexdigest()
    return head


def recomputed(breach: Mapping[str, Any], instruments: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether it is a breach, from the evidence and the instrument file."""
    contracts = {item["symbol"]: item for item in instruments}
    evidence, balance = breach["evidence"], Decimal(breach["balance"])
    equity = balance
    with localcontext(WIDE):
        for position in evidence["positions"]:
            worth = _worth(position, contracts[position["symbol"]], evidence["rates"])
            assert Decimal(position["pnl"]) == worth
            equity += worth
        assert equity == Decimal(breach["equity"])
        choices = {"equity": equity, "balance": balance, "min_balance_equity": min(balance, equity)}
        observed, floor = choices[breach["metric"]], Decimal(breach["floor"])
        assert observed == Decimal(breach["observed"])
        assert Decimal(breach["overshoot"]) == floor - observed
        assert floor == _floor(evidence["floor"])
    return observed <= floor if breach["comparator"] == "lte" else observed < floor


def _floor(facts: Mapping[str, Any]) -> Decimal:
    lowered = Decimal(facts.get("lowered_by", 0))
    if facts.get("locked"):
        return Decimal(facts["locked_at"]) - lowered
    mark = facts.get("reference") or facts.get("high_water_mark") or facts["initial"]
    return Decimal(mark) - Decimal(facts["allowance"]) - lowered


def _half_even(value: Decimal, digits: int = 8) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)


def _worth(
    position: Mapping[str, Any], contract: Mapping[str, Any], rates: Sequence[Mapping[str, Any]]
) -> Decimal:
    if position["mark"] is None or not position["priced"]:
        return Decimal(0)
    size = Decimal(position["qty"]) * Decimal(contract.get("contract_size", "1"))
    mark, cost = Decimal(position["mark"]), Decimal(position["cost"])
    side = 1 if position["side"] == "buy" else -1
    if contract.get("kind") == "inverse":
        gain = side * (cost - _half_even(size / mark, 12))
    else:
        gain = side * (size * mark - cost)
    if position["rate"] is not None:
        (rate,) = (item for item in rates if item["symbol"] == position["rate"])
        mid = (Decimal(rate["bid"]) + Decimal(rate["ask"])) / 2
        assert Decimal(rate["mid"]) == mid
        gain = gain * mid if rate["op"] == "multiply" else gain / mid
    return _half_even(gain)
