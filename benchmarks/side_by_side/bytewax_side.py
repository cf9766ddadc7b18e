"""Plain Bytewax: each tick becomes one item per account that holds its instrument.

    python -m benchmarks.side_by_side.bytewax_side FOLDER TICKS ANSWER

As one would write it from the documentation: `flat_map` to the holders, `stateful_map` keyed by
account. Money is in Python's own integers, equity is kept incrementally, batches are large.
"""

import sys

import bytewax.operators as op
import numpy as np
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

from benchmarks.side_by_side.shared import load

BATCH = 1000


def dataflow(market, ticks, found):
    """Wire the flow; `found` gets what breached: (account, tick)."""
    holders = [
        [(str(account), account, factor) for account, factor in zip(*both, strict=True)]
        for both in ((owner.tolist(), factor.tolist()) for owner, factor in market.holders())
    ]
    last = market.first_price.tolist()
    opened = list(
        zip(market.equity.tolist(), market.daily.tolist(), market.allowance.tolist(), strict=True)
    )

    def spread(tick):
        number, symbol, price = tick
        move = price - last[symbol]
        last[symbol] = price
        return [(key, (account, number, factor * move)) for key, account, factor in holders[symbol]]

    def judge(state, item):
        account, number, change = item
        if state is None:
            equity, daily, allowance = opened[account]
            state = [equity, equity, max(daily, equity - allowance), allowance, True]
        state[0] = equity = state[0] + change
        if equity > state[1]:
            state[1] = equity
            state[2] = max(state[2], equity - state[3])
        if equity < state[2] and state[4]:
            state[4] = False
            return state, ((account, number),)
        return state, ()

    rows = zip(
        range(ticks), market.symbol[:ticks].tolist(), market.price[:ticks].tolist(), strict=True
    )
    flow = Dataflow("plain")
    read = op.input("ticks", flow, TestingSource(rows, batch_size=BATCH))
    spread_out = op.flat_map("holders", read, spread)
    breaches = op.stateful_flat_map("judge", spread_out, judge)
    op.output("breaches", breaches, TestingSink(found))
    return flow


def main():
    """Run it, and write the tick of each breach."""
    folder, ticks, answer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    market, found = load(folder), []
    run_main(dataflow(market, ticks, found))
    breach_tick = np.full(len(market.equity), -1, "<i8")
    for _, (account, tick) in found:
        breach_tick[account] = tick
    breach_tick.tofile(answer)


if __name__ == "__main__":
    main()
