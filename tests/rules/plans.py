"""Random instruments and rulesets for the journals of `tests.rules.journals`."""

from random import Random
from typing import Any

Raw = dict[str, Any]

ZONES = [
    "UTC",
    "Europe/Prague",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
]
RESETS = ["00:00", "17:00", "02:30", "01:30", "23:59:59", "12:00"]
# Around changes of clocks somewhere, the end of a year and of a leap February.
STARTS = [
    "2024-03-05T10:00:00Z",
    "2024-03-09T20:00:00Z",
    "2024-03-30T12:00:00Z",
    "2024-04-06T00:00:00Z",
    "2024-10-26T18:00:00Z",
    "2024-11-02T21:00:00Z",
    "2018-11-03T12:00:00Z",
    "2023-12-31T20:00:00Z",
    "2024-02-28T22:00:00Z",
]
PCTS = ["0.01", "0.02", "0.05", "0.1", "0.03125", "0.3333333333", "0.005", "1"]
LEVELS = ["0.1", "0.25", "0.5", "0.75", "0.8", "0.9", "0.95", "1", "0.333"]


def instrument(symbol: str, base: str, quote: str, digits: str, **more: Any) -> Raw:
    """One line of an instrument file; `digits` are those of price and quantity, as in `5/2`."""
    price_digits, qty_digits = digits.split("/")
    named = {"symbol": symbol, "base": base, "quote": quote}
    return {**named, "price_digits": price_digits, "qty_digits": qty_digits, **more}


def _by(symbol: str, op: str) -> Raw:
    return {"conversion": {"symbol": symbol, "op": op}}


def _inverse(symbol: str, base: str, digits: str, size: str, **more: Any) -> Raw:
    return instrument(symbol, base, "USD", digits, kind="inverse", contract_size=size, **more)


LOT = {"contract_size": "100000"}
# Every symbol with the price it starts at.
MARKET: dict[str, tuple[Raw, str]] = {
    # One unit of its price is one unit of money, and one of them moves an account to any floor.
    "UNIT": (instrument("UNIT", "XXX", "USD", "8/8"), "20000"),
    "FINE": (instrument("FINE", "XXX", "USD", "8/8", contract_size="0.00000001"), "5000000"),
    "EURUSD": (instrument("EURUSD", "EUR", "USD", "5/2", **LOT), "1.08"),
    "GBPUSD": (instrument("GBPUSD", "GBP", "USD", "5/2", **LOT), "1.27"),
    "USDJPY": (instrument("USDJPY", "USD", "JPY", "3/2", **LOT, **_by("USDJPY", "divide")), "150"),
    "EURGBP": (
        instrument(
            "EURGBP",
            "EUR",
            "GBP",
            "5/2",
            **LOT,
            conversion={
                "USD": {"symbol": "GBPUSD", "op": "multiply"},
                "EUR": {"symbol": "EURGBP", "op": "divide"},
            },
        ),
        "0.85",
    ),
    "CROSS": (
        instrument("CROSS", "XXX", "GBP", "8/8", mark="mid", **_by("GBPUSD", "multiply")),
        "79",
    ),
    "YEN": (instrument("YEN", "XXX", "JPY", "2/4", mark="last", **_by("USDJPY", "divide")), "9000"),
    "COIN": (instrument("COIN", "COIN", "USD", "2/8", mark="mid"), "61000"),
    "LAST": (instrument("LAST", "LAST", "USD", "2/4", mark="last"), "17"),
    "BTC-INV": (_inverse("BTC-INV", "BTC", "1/0", "1", **_by("BTC-INV", "multiply")), "61000"),
    "ETH-INV": (
        _inverse("ETH-INV", "ETH", "2/3", "10", mark="mid", **_by("ETHUSD", "multiply")),
        "3000",
    ),
    "ETHUSD": (instrument("ETHUSD", "ETH", "USD", "2/3"), "3001"),
    "LOST": (instrument("LOST", "XXX", "PLN", "2/2"), "4"),
}
_NEEDS = {"CROSS": "GBPUSD", "EURGBP": "GBPUSD", "YEN": "USDJPY", "ETH-INV": "ETHUSD"}


def choose_symbols(rng: Random) -> list[str]:
    """Some symbols, with those that convert them."""
    chosen = {"UNIT", *rng.sample(sorted(MARKET), rng.randint(1, 5))}
    chosen |= {_NEEDS[symbol] for symbol in chosen & _NEEDS.keys()}
    order = sorted(chosen)
    rng.shuffle(order)
    return order


def _limit(rng: Random, scale: int, *, bases: list[str]) -> Raw:
    if rng.random() < 0.5:
        amount = rng.choice(["0.00000001", "0.5", f"{scale}", f"{scale // 20}", f"{scale / 7:.8f}"])
        return {"amount": amount if float(amount) > 0 else "1"}
    limit = {"pct": rng.choice(PCTS)}
    if rng.random() < 0.6:
        limit["pct_base"] = rng.choice(bases)
    return limit


def _common(rng: Random) -> Raw:
    rule: Raw = {}
    if rng.random() < 0.6:
        rule["metric"] = rng.choice(["equity", "balance", "min_balance_equity"])
    if rng.random() < 0.7:
        rule["comparator"] = rng.choice(["lt", "lte"])
    if rng.random() < 0.7:
        rule["breach_kind"] = rng.choice(["hard", "pause", "pause", "flag", "flag"])
    if rng.random() < 0.3:
        rule["reset_time"] = rng.choice(RESETS)
    if rng.random() < 0.3:
        rule["reset_tz"] = rng.choice(ZONES)
    if rng.random() < 0.6:
        rule["warn_at"] = rng.sample(LEVELS, rng.randint(1, 3))
    if rng.random() < 0.1:
        rule["action"] = rng.sample(["notify", "close_positions", "reapply_stop"], 2)
    return rule


def daily_loss(rng: Random, scale: int) -> Raw:
    """A daily loss rule around `scale`, a tenth of the usual balance."""
    rule: Raw = {"family": "daily_loss", **_common(rng)}
    references = ["balance", "equity", "max_balance_equity", "intraday_peak_equity"]
    rule["reference"] = rng.choice([*references, "intraday_peak_equity"])
    peak = rule["reference"] == "intraday_peak_equity"
    rule |= _limit(rng, scale, bases=["initial", "reference", *(["hwm"] if peak else [])])
    if "amount" in rule and rng.random() < 0.3:
        rule["step_up"] = [
            {"balance": str(10 * scale + more), "amount": rng.choice(["0.5", f"{scale // 9}"])}
            for more in sorted(rng.sample([-scale, -1, 0, 1, scale // 5, scale], 2))
        ]
        if rng.random() < 0.4:
            rule["step_down"] = True
    return rule


def weekly_loss(rng: Random, scale: int) -> Raw:
    """The same over a week."""
    rule = daily_loss(rng, scale) | {"family": "weekly_loss"}
    if rng.random() < 0.7:
        rule["reset_day"] = rng.choice(["monday", "wednesday", "friday", "saturday", "sunday"])
    return rule


def max_drawdown(rng: Random, scale: int) -> Raw:
    """A drawdown rule around `scale`, a tenth of the usual balance."""
    modes = ["static", "trail_eod_balance", "trail_eod_max", "trail_closed_balance", "trail_equity"]
    rule: Raw = {"family": "max_drawdown", **_common(rng)}
    mode = rule["mode"] = rng.choice([*modes, "trail_equity", "lock_on_profit"])
    trails = mode.startswith("trail")
    rule |= _limit(rng, scale, bases=["initial", "hwm"] if trails else ["initial"])
    if rng.random() < 0.5:
        rule["lock_offset"] = rng.choice(["0", "100", f"-{scale // 2}", f"{scale // 3}", "0.5"])
    if mode == "lock_on_profit":
        rule["lock_trigger_profit"] = rng.choice([f"{scale // 4}", "0.00000001", f"{scale}"])
    elif trails and rng.random() < 0.2:
        rule["lock_trigger"] = rng.choice([f"{scale // 4}", "0.00000001", f"{scale}"])
    effects = ["none", "lock", "reduce_allowance", "lower_floor", "reset"]
    if rng.random() < 0.7:
        rule["payout_effect"] = rng.choice([*effects, *(["lower_hwm"] * 2 if trails else [])])
    return rule


def goal(rng: Random, scale: int) -> Raw:
    """A goal that is within reach now and then."""
    families = ["profit_target", "trading_days", "profitable_days", "consistency"]
    family = rng.choice([*families, "consistency_target_lift", "profit_distribution"])
    if family == "profit_target":
        limit = {"amount": rng.choice([f"{scale // 10}", "5"])}
        return {"family": family, **(limit if rng.random() < 0.5 else {"pct": "0.001"})}
    if family == "consistency":
        scope, comparator = rng.choice(["day", "trade"]), rng.choice(["lt", "lte"])
        share = rng.choice(["0.5", "1", "1"])
        made = {"family": family, "scope": scope, "comparator": comparator, "max_share": share}
        kind = rng.choice(["total", "total", "positive", "target"])
        if kind == "target":
            made |= {"target": f"{scale // 8}"} if rng.random() < 0.5 else {"target_pct": "0.01"}
        return made | ({"denominator": kind} if kind != "total" or rng.random() < 0.2 else {})
    if family in {"consistency_target_lift", "profit_distribution"}:
        limit = {"amount": f"{scale // 10}"} if rng.random() < 0.5 else {"pct": "0.001"}
        made = {"family": family, "max_share": rng.choice(["0.3", "0.5", "1"]), **limit}
        if rng.random() < 0.6:
            made["scope"] = rng.choice(["day", "trade"])
        if family == "profit_distribution" and rng.random() < 0.5:
            made["denominator"] = rng.choice(["total", "positive"])
        return made
    days = {"family": family, "min_days": rng.choice(["0", "1", "1", "2"])}
    if family == "profitable_days":
        limit = {"amount": "0.5"} if rng.random() < 0.5 else {"pct": "0.001"}
        days |= limit | {"comparator": rng.choice(["gte", "gt"])}
        kinds = ["close_day", "open_day", "close_day_minus_floating", "equity_delta"]
        days |= {"attribution": rng.choice(kinds)} if rng.random() < 0.7 else {}
        return days | ({"min_best_share": "0.5"} if rng.random() < 0.2 else {})
    days["counts"] = rng.choice(["opened", "opened", "held", "opened_and_closed"])
    if rng.random() < 0.2:
        days |= {"counts": "day_change", "min_change_pct": "0.001"}
    elif rng.random() < 0.2:
        more = {"min_notional_pct": "0.01", "min_result_pct": "0.0001"}
        days |= {"counts": "qualified_trade", **more}
    return days


def phase(rng: Random, name: str, scale: int) -> Raw:
    """One phase; the ids of rules and goals are few, so that migrations meet them again."""
    families = [daily_loss, daily_loss, max_drawdown, max_drawdown, weekly_loss]
    rules = [
        {"id": f"r{number}", **rng.choice(families)(rng, scale)}
        for number in range(rng.choice([0, 1, 2, 2, 3, 4]))
    ]
    goals = [
        {"id": f"g{number}", **goal(rng, scale)} for number in range(rng.choice([0, 0, 1, 1, 2, 3]))
    ]
    made = {"name": name, "rules": rules, "goals": goals}
    if rng.random() < 0.6:
        made["require_flat"] = rng.random() < 0.3
    return made


def documents(rng: Random) -> list[Raw]:
    """A few rulesets: `p@1`, `p@2`, … in one currency and perhaps `q@1` in another."""
    versions = range(1, rng.randint(2, 4))
    made = [_document(rng, "p", version, "USD", 1000) for version in versions]
    if rng.random() < 0.4:
        currency, scale = rng.choice([("EUR", 1000), ("BTC", 20)])
        made.append(_document(rng, "q", 1, currency, scale))
    return made


def _document(rng: Random, name: str, version: int, currency: str, scale: int) -> Raw:
    first = phase(rng, "evaluation", scale)
    second = phase(rng, "funded", scale) | {"funded": True}
    if rng.random() < 0.5:
        first["on_pass"] = "funded"
    return {
        "ruleset": name,
        "version": str(version),
        "currency": currency,
        "session": {"timezone": rng.choice(ZONES), "reset": rng.choice(RESETS)},
        "phases": [first, second],
    }
