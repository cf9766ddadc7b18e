"""Instruments and ruleset documents that the tests of the rules share."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.instruments import InstrumentTable

Document = dict[str, Any]

INSTRUMENTS: list[dict[str, Any]] = [
    # One unit of its price is one unit of money: equity can be put anywhere, exactly.
    {"symbol": "UNIT", "base": "XXX", "quote": "USD", "price_digits": "8", "qty_digits": "8"},
    {
        "symbol": "EURUSD",
        "base": "EUR",
        "quote": "USD",
        "price_digits": "5",
        "qty_digits": "2",
        "contract_size": "100000",
    },
    {
        "symbol": "GBPUSD",
        "base": "GBP",
        "quote": "USD",
        "price_digits": "5",
        "qty_digits": "2",
        "contract_size": "100000",
    },
    {  # P/L in yen, turned into dollars at its own mid
        "symbol": "USDJPY",
        "base": "USD",
        "quote": "JPY",
        "price_digits": "3",
        "qty_digits": "2",
        "contract_size": "100000",
        "conversion": {"symbol": "USDJPY", "op": "divide"},
    },
    {  # P/L in pounds, turned into dollars or euros
        "symbol": "EURGBP",
        "base": "EUR",
        "quote": "GBP",
        "price_digits": "5",
        "qty_digits": "2",
        "contract_size": "100000",
        "conversion": {
            "USD": {"symbol": "GBPUSD", "op": "multiply"},
            "EUR": {"symbol": "EURGBP", "op": "divide"},
        },
    },
    {
        "symbol": "COIN",
        "base": "COIN",
        "quote": "USD",
        "price_digits": "2",
        "qty_digits": "8",
        "mark": "mid",
    },
    {
        "symbol": "LAST",
        "base": "LAST",
        "quote": "USD",
        "price_digits": "2",
        "qty_digits": "4",
        "mark": "last",
    },
    {  # P/L in bitcoin, turned into dollars at its own mid
        "symbol": "BTC-INV",
        "kind": "inverse",
        "base": "BTC",
        "quote": "USD",
        "price_digits": "1",
        "qty_digits": "0",
        "conversion": {"symbol": "BTC-INV", "op": "multiply"},
    },
    # P/L in a currency that nothing converts
    {"symbol": "LOST", "base": "XXX", "quote": "PLN", "price_digits": "2", "qty_digits": "2"},
]


def table(*more: Mapping[str, Any]) -> InstrumentTable:
    """The shared instruments, and perhaps others."""
    return InstrumentTable.parse([*INSTRUMENTS, *more])


def ruleset(
    *rules: Mapping[str, Any],
    goals: Sequence[Mapping[str, Any]] = (),
    ref: str = "plan@1",
    currency: str = "USD",
    timezone: str = "UTC",
    reset: str = "00:00",
    **phase: Any,
) -> Document:
    """A ruleset of one phase, `evaluation` unless named; `phase` are its further fields."""
    name, _, version = ref.partition("@")
    only = {"name": "evaluation", "rules": list(rules), "goals": list(goals), **phase}
    return {
        "ruleset": name,
        "version": version,
        "currency": currency,
        "session": {"timezone": timezone, "reset": reset},
        "phases": [only],
    }


def daily(**params: Any) -> dict[str, Any]:
    """A daily loss rule; 5% of the initial balance unless told otherwise."""
    limit = {} if "amount" in params or "pct" in params else {"pct": "0.05"}
    return {"id": "daily", "family": "daily_loss", **limit, **params}


def drawdown(mode: str = "static", **params: Any) -> dict[str, Any]:
    """A drawdown rule; 10% of the initial balance unless told otherwise."""
    limit = {} if "amount" in params or "pct" in params else {"pct": "0.1"}
    return {"id": "max", "family": "max_drawdown", "mode": mode, **limit, **params}


def target(**params: Any) -> dict[str, Any]:
    """A profit target; 8% of the initial balance unless told otherwise."""
    limit = {} if "amount" in params or "pct" in params else {"pct": "0.08"}
    return {"id": "target", "family": "profit_target", **limit, **params}


def trading_days(min_days: int, **params: Any) -> dict[str, Any]:
    """A goal of so many trading days."""
    return {"id": "days", "family": "trading_days", "min_days": str(min_days), **params}


def profitable_days(min_days: int, **params: Any) -> dict[str, Any]:
    """A goal of so many profitable days."""
    return {"id": "wins", "family": "profitable_days", "min_days": str(min_days), **params}


def consistency(max_share: str, **params: Any) -> dict[str, Any]:
    """A goal on the share of the best day or trade."""
    return {"id": "best", "family": "consistency", "max_share": max_share, **params}
