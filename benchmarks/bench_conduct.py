"""What do conduct rules cost? The whole engine with floors only, and with every family beside them.

Three accounts of a kind see the same ticks: under floors alone, with every family that no price can
break (they must cost nothing per tick), and with every family. The limits are far away, as those of
almost all accounts are almost always; the decisions of the floors are compared. Times are CPU time
of the process.

    python -m benchmarks.bench_conduct [--full]
"""

import argparse
import gc
import time
from typing import Any, NamedTuple

from benchmarks.bench_engine import alone
from benchmarks.engine import world
from benchmarks.engine.machine import conditions
from rules.catalog import CONDUCT
from rules.engine.evaluate import FastEngine
from rules.engine.warm import warm
from schemas.canonical import content_hash

Raw = dict[str, Any]

FAR: dict[str, Raw] = {
    "max_position": {"limit": "100000"},
    "max_lots": {"limit": "100000"},
    "contract_scaling": {"tiers": [["0", "100000"]]},
    "open_risk": {"amount": "90000"},
    "per_trade_risk": {"amount": "90000"},
    "trade_chain": {"amount": "90000"},
    "rr": {"max_stop_to_target": "500"},
    "mandatory_sl": {"within_s": "90000"},
    "stop_removal": {},
    "instruments": {"deny": ["NONE"]},
    "trading_hours": {
        "timezone": "UTC",
        "windows": [{"from": "00:00", "to": "23:59"}],
        "fills": "opening",
    },
    "flat_time": {"timezone": "UTC", "at": "00:00", "symbols": ["NONE"]},
    "weekend_holding": {"timezone": "UTC", "at": "23:59", "symbols": ["NONE"]},
    "overnight_holding": {"max_nights": "30"},
    "news": {"window_before_s": "120", "window_after_s": "120"},
    "hold_time": {"threshold_s": "1"},
    "scalp_share": {"threshold_s": "1", "max_share": "0.5"},
    "hedging": {"min_overlap_s": "90000"},
    "martingale": {"multiplier": "90"},
    "inactivity": {"days": "300"},
    "time_limit": {"days": "300"},
    "order_rate": {"max_count": "90000"},
    "leverage": {"limit": "500"},
    "notional_cap": {"multiple": "400", "warn_at": ["0.8"]},
    "exposure": {"no_sl_single_pct": "1", "no_sl_total_pct": "1", "symbols": ["NONE"]},
    "pos_pct": {"pct": "1", "symbols": ["NONE"]},
    "margin_use": {"pct": "1", "leverage": "900"},
    "per_trade_loss": {"amount": "90000"},
    "trade_loss_group": {"amount": "90000"},
    "symbol_loss": {"amount": "90000"},
    "mae": {"pct": "1", "threshold": "90000"},
}


class Cost(NamedTuple):
    """What a run cost, and what the floors decided in it."""

    opening_s: float
    seconds: float
    floors: str
    said: int


def rules(which: str) -> list[Raw]:
    """Return the conduct rules of a kind: ``none``, ``events`` (no price breaks them), ``all``."""
    missing = CONDUCT.keys() - FAR.keys()
    assert not missing, f"no limits here for {sorted(missing)}"
    return [
        {"id": family, "family": family, **FAR[family]}
        for family, made in CONDUCT.items()
        if which == "all" or (which == "events" and not made.rule.follows_prices)
    ]


def run(which: str, accounts: int, ticks: int, frame: int) -> Cost:
    """Open accounts under a kind of ruleset and run the ticks."""
    warm()
    market = world.synthetic(ticks)
    engine = FastEngine(market.table, world.rulesets(rules(which)))
    opening, position = 0.0, 1
    for opened in world.openings(market, accounts, world.BOLD):
        began = time.process_time()
        engine.process(opened)
        opening += time.process_time() - began
        position = opened.end
    gc.collect()
    seconds, floors, said = 0.0, [], 0
    for part in market.frames(position, frame):
        began = time.process_time()
        outcome = engine.process(part)
        seconds += time.process_time() - began
        for made in outcome.decisions:
            if made.body["type"] == "breach":
                breach = made.body
                said += breach["family"] in CONDUCT
                floors.append(
                    [made.account_id, int(made.position), breach["rule"], breach["observed"]]
                )
    return Cost(opening, seconds, content_hash(floors), said)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    accounts, ticks = (20_000, 200_000) if full else (1_000, 50_000)
    print(conditions(world.SEED))
    print(f"accounts    {accounts:,}, 3 positions each; {ticks:,} ticks\n")
    print(f"{'frame':>8}  {'rules':<24}{'rules each':>11}{'open s':>8}{'run s':>8}{'ratio':>8}")
    for frame in (1_000, 50_000):
        base = None
        for which, name in (
            ("none", "floors only"),
            ("events", "and those of events"),
            ("all", "and those of prices"),
        ):
            cost = alone(run, which, accounts, ticks, frame)
            base = base or cost
            assert cost.floors == base.floors, "the floors decided otherwise"
            count, ratio = 2 + len(rules(which)), cost.seconds / base.seconds
            print(
                f"{frame:>8,}  {name:<24}{count:>11}{cost.opening_s:>8.1f}{cost.seconds:>8.2f}"
                f"{ratio:>8.2f}",
                flush=True,
            )
    print("\nthe floors' breaches were the same under all three")


if __name__ == "__main__":
    main()
