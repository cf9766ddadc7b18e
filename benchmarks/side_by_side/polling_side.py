"""A job that looks at the latest prices every so often and values every account anew.

    python -m benchmarks.side_by_side.polling_side FOLDER TICKS ANSWER TICKS-A-POLL

It is the cheapest of all, and it does not see what happened between two looks: a breach that was
gone by then, and a high that would have raised a floor.
"""

import sys
from typing import NamedTuple

import numpy as np

from benchmarks.side_by_side.shared import load


class Missed(NamedTuple):
    """How a polling job's answer differs from what happened.

    Attributes:
        share: of the accounts that breached, those it never noticed.
        p50, worst: how much later than its tick it noticed the others, in ticks.
    """

    share: float
    p50: float
    worst: float


def poll(market, ticks, every):
    """Return the last tick that was known when each account was found in breach, -1 for none."""
    legs, accounts = market.legs, len(market.equity)
    symbol, price = market.symbol[:ticks], market.price[:ticks]
    latest = market.first_price.copy()
    leg_symbol = market.leg_symbol.reshape(accounts, legs)
    factor = market.leg_factor.reshape(accounts, legs)
    cost = (factor * latest[leg_symbol]).sum(1) - market.equity
    floor = np.maximum(market.daily, market.equity - market.allowance)
    found = np.full(accounts, -1, np.int64)
    for start in range(0, ticks, every):
        end = min(start + every, ticks)
        latest[symbol[start:end]] = price[start:end]  # of several the last one stays
        equity = (factor * latest[leg_symbol]).sum(1) - cost
        np.maximum(floor, equity - market.allowance, out=floor)
        found[(equity < floor) & (found < 0)] = end - 1
    return found


def missed(exact, found):
    """Compare with the tick of each breach."""
    really = exact >= 0
    assert not (found >= 0)[~really].any(), "a polling job cannot know of more than happened"
    late = (found - exact)[found >= 0]
    unseen = float((found[really] < 0).mean()) if really.any() else 0.0
    return Missed(unseen, float(np.median(late)), float(late.max())) if len(late) else Missed(
        unseen, float("nan"), float("nan")
    )  # fmt: skip


def main():
    """Run it, and write when each breach was noticed."""
    folder, ticks, answer, every = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    poll(load(folder), ticks, every).astype("<i8").tofile(answer)


if __name__ == "__main__":
    main()
