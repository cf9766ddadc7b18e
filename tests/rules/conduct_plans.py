"""Random conduct rules for the journals of `tests.rules.journals`.

Limits are small and many, so that a journal of a few dozen entries meets them from both sides.
"""

from collections.abc import Callable
from random import Random

from rules.catalog import CONDUCT
from rules.conduct.common import LevelParams
from tests.rules.plans import RESETS, ZONES, Raw

_BASES = ["initial", "balance", "equity"]
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _some(rng: Random, **fields: list[object]) -> Raw:
    """Each field, as often as not, with one of its values."""
    return {name: rng.choice(values) for name, values in fields.items() if rng.random() < 0.5}


def _money(rng: Random, scale: int, bases: list[str]) -> Raw:
    if rng.random() < 0.6 or not bases:
        return {"amount": rng.choice([f"{scale}", f"{scale // 5}", "50", "0.5", "0.00000001"])}
    return {"pct": rng.choice(["0.01", "0.02", "0.05", "0.0123"])} | _some(rng, pct_base=bases)


def _level(rng: Random) -> Raw:
    """What a level may have besides: time to put it right."""
    rule = _some(rng, warn_at=[["0.5"], ["0.8", "1"], ["0.1", "0.9"]])
    if rng.random() < 0.3:
        rule["grace_s"] = rng.choice(["0", "1", "60", "3600"])
        rule |= _some(rng, cures_allowed=["0", "1", "2"])
    return rule


def _within(rng: Random) -> Raw:
    return {"timezone": rng.choice(ZONES), "at": rng.choice(RESETS)}


def _short(rng: Random) -> Raw:
    rule = {"threshold_s": rng.choice(["1", "60", "3600"])}
    return rule | _some(rng, min_trades=["1", "2"], period=["phase", "payout"], profit=["net"])


_SIZES = ["0.5", "1", "2", "0.01"]
_MAKERS: dict[str, Callable[[Random, int], Raw]] = {
    "max_position": lambda rng, _: (
        {"limit": rng.choice(_SIZES)} | _some(rng, weights=[{"UNIT": "0.5", "*USD": "2"}])
    ),
    "max_lots": lambda rng, _: {"limit": rng.choice(_SIZES)} | _some(rng, symbols=["*USD", "UNIT"]),
    "contract_scaling": lambda rng, scale: (
        {"tiers": [["0", "1"], [f"{9 * scale}", "2"], [f"{11 * scale}", "0.5"]]}
        | _some(rng, evaluated=["eod", "live"], tier_by=["profit", "balance"])
    ),
    "leverage": lambda rng, _: {"limit": rng.choice(["0.5", "1", "2", "10"])},
    "notional_cap": lambda rng, scale: (
        {"amount": f"{rng.choice([1, 10, 30]) * scale}"}
        if rng.random() < 0.3
        else {"multiple": rng.choice(["0.5", "2", "3.3"])} | _some(rng, pct_base=_BASES)
    ),
    "exposure": lambda rng, _: (
        {"no_sl_single_pct": rng.choice(["0.1", "1"])}
        | _some(rng, no_sl_total_pct=["1"], pct_base=_BASES)
    ),
    "pos_pct": lambda rng, _: (
        {"pct": rng.choice(["0.1", "0.9", "1"])}
        | _some(rng, pct_base=_BASES, group_by=["symbol", "position"])
    ),
    "margin_use": lambda rng, _: (
        {"pct": rng.choice(["0.5", "1"]), "leverage": rng.choice(["1", "3", "30"])}
        | _some(rng, pct_base=_BASES, leverages=[{"UNIT": "2"}, {"*USD": "7"}])
    ),
    "per_trade_loss": lambda rng, scale: (
        _money(rng, scale, _BASES) | _some(rng, counts=["total", "floating", "realized"])
    ),
    "trade_loss_group": lambda rng, scale: (
        _money(rng, scale, _BASES)
        | _some(rng, sum=["losses_only", "net"], group_by=[["symbol"], ["direction"]])
    ),
    "symbol_loss": lambda rng, scale: (
        _money(rng, scale, [])
        | _some(rng, counts=["total", "floating"], sum=["net", "losses_only"])
    ),
    "trade_chain": lambda rng, scale: _money(rng, scale, ["initial", "balance"]),
    "mae": lambda rng, scale: (
        {"pct": "0.3", "threshold": f"{scale}"}
        | _some(rng, group_by=["position", "symbol", "account"])
    ),
    "open_risk": lambda rng, scale: (
        _money(rng, scale, ["initial", "balance"]) | _some(rng, without_stop=["notional"])
    ),
    "per_trade_risk": lambda rng, scale: (
        _money(rng, scale, _BASES) | _some(rng, basis=["widest"], with_commission=[True])
    ),
    "rr": lambda rng, _: {"max_stop_to_target": rng.choice(["0.5", "5"])},
    "mandatory_sl": lambda rng, _: (
        {"within_s": rng.choice(["0", "1", "60", "3600"])} | _some(rng, orders_count=[True])
    ),
    "stop_removal": lambda rng, _: _some(rng, widening=["forbidden"], orders=["judged"]),
    "instruments": lambda rng, _: (
        {rng.choice(["allow", "deny"]): ["UNIT"]} | _some(rng, orders=["judged"])
    ),
    "trading_hours": lambda rng, _: (
        {"timezone": rng.choice(ZONES), "windows": [{"from": "09:00", "to": "17:00"}]}
        | _some(rng, fills=["all", "closing"])
    ),
    "flat_time": lambda rng, _: (
        _within(rng) | _some(rng, days=[["mon", "fri"], ["sat", "sun", "wed"]])
    ),
    "weekend_holding": lambda rng, _: _within(rng) | _some(rng, day=list(_DAYS)),
    "overnight_holding": lambda rng, _: _some(rng, max_nights=["0", "1", "2"]),
    "news": lambda rng, _: (
        {"window_before_s": rng.choice(["0", "60"]), "window_after_s": rng.choice(["0", "3600"])}
        | _some(rng, holding=["forbidden"], protective=["exempt"], fills=["opening"])
    ),
    "hold_time": lambda rng, _: (
        _short(rng) | rng.choice([{}, {"min_share_from_longer": "0.5"}, {"min_average_s": "60"}])
    ),
    "scalp_share": lambda rng, _: {"max_share": rng.choice(["0.2", "0.5"])} | _short(rng),
    "hedging": lambda rng, _: _some(
        rng, min_overlap_s=["0", "1", "60"], groups=[[["UNIT", "*USD"]]]
    ),
    "martingale": lambda rng, _: (
        {"multiplier": rng.choice(["1.5", "2"])}
        | _some(rng, min_losing_streak=["1", "2"], window_h=["1", "24"], group_by=["symbol"])
    ),
    "inactivity": lambda rng, _: {"days": rng.choice(["1", "2"])} | _some(rng, counts=["opens"]),
    "time_limit": lambda rng, _: (
        {"days": rng.choice(["1", "3"])} | _some(rng, starts=["first_trade"], timezone=ZONES)
    ),
    "order_rate": lambda rng, _: (
        {"max_count": rng.choice(["1", "2", "5"])}
        | _some(rng, per=["second", "minute", "hour"], counts=["orders", "fills"])
    ),
}
_LEVELS = frozenset(
    name for name, family in CONDUCT.items() if issubclass(family.params, LevelParams)
)


def add(documents: list[Raw], rng: Random) -> None:
    """Give every other set of rulesets conduct rules, somewhere among the loss rules."""
    if rng.random() < 0.5:
        return
    for document in documents:
        scale = 20 if document["currency"] == "BTC" else 1000
        for phase in document["phases"]:
            for rule in conduct_rules(rng, scale):
                phase["rules"].insert(rng.randint(0, len(phase["rules"])), rule)


def conduct_rules(rng: Random, scale: int) -> list[Raw]:
    """A few conduct rules of any family there is; `scale` is a tenth of the usual balance."""
    families = sorted(CONDUCT)
    return [
        {"id": f"c{number}", **_rule(rng, rng.choice(families), scale)}
        for number in range(rng.choice([1, 1, 2, 3]))
    ]


def _rule(rng: Random, family: str, scale: int) -> Raw:
    rule: Raw = {"family": family, **_MAKERS[family](rng, scale)}
    if family in _LEVELS:
        rule |= _level(rng)
    rule["breach_kind"] = kind = rng.choice(["hard", "pause", "pause", "flag", "flag", "flag"])
    if kind != "hard" and rng.random() < 0.3:
        rule["strikes_to_hard"] = rng.choice(["1", "2", "3"])
    if rng.random() < 0.2:
        rule["reset_time"] = rng.choice(RESETS)
    return rule
