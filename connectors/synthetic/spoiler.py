"""Deliberately bad inputs, so that dead letters can be seen at work; off unless asked for.

A bad input is always an extra one: the good record it was made of still comes, so the books of the
traders and of the engine agree.
"""

from collections import Counter

import numpy as np

from connectors.synthetic.draws import Draws
from connectors.synthetic.outbox import Event
from connectors.synthetic.quotes import Terms
from connectors.synthetic.ticks import price_text

FAULTS = ("unknown_account", "over_precise", "bad_value", "duplicate", "unknown_type")
TICK_FAULTS = ("crossed", "over_precise", "unknown_symbol", "bad_value")
DUPLICATE = "duplicate"  # counted by the contract, not a dead letter


class Spoiler:
    """Makes bad copies of good inputs.

    Args:
        seed: of its choices.
        share: of all inputs that get a bad twin, 0..1.

    Attributes:
        made: how many of each contract code were made, and of `duplicate`.
    """

    def __init__(self, seed: int | np.random.SeedSequence, share: float) -> None:
        self._draws = Draws(seed)
        self._share = share
        self.made: Counter[str] = Counter()

    def tick(self, ts: int, terms: Terms, bid: int, ask: int) -> Event | None:
        """Return a bad twin of a tick, as the fields of a text record, or mostly None."""
        if not self._draws.chance(self._share):
            return None
        fault = self._draws.pick(TICK_FAULTS)
        digits = terms.price_digits
        texts = [price_text(bid, digits), price_text(ask, digits)]
        if fault == "crossed":
            texts[0] = price_text(ask + 1, digits)
        elif fault == "over_precise":
            texts[1] = price_text(ask * 10 + 5, digits + 1)
        elif fault == "bad_value":
            texts[0] = "0"
        self.made[fault] += 1
        symbol = "NOSUCH" if fault == "unknown_symbol" else terms.symbol
        return {"ts": str(ts), "symbol": symbol, "bid": texts[0], "ask": texts[1]}

    def event(self, event: Event) -> Event | None:
        """Return a bad twin of a fill, or mostly None."""
        if event["type"] != "fill" or not self._draws.chance(self._share):
            return None
        fault = self._draws.pick(FAULTS)
        self.made[fault] += 1
        if fault == DUPLICATE:
            return dict(event)
        twin = event | {name: f"{event[name]}-bad" for name in ("event_id", "fill_id")}
        if fault == "unknown_account":
            twin["account_id"] = "A-nobody"
        elif fault == "over_precise":
            twin["price"] = over_precise(str(event["price"]))
        elif fault == "bad_value":
            twin["qty"] = f"-{event['qty']}"
        else:
            twin["type"] = "fill.reversed"
        return twin


def over_precise(price: str) -> str:
    """Return a price with one digit more than any instrument allows.

    >>> over_precise("1.09")
    '1.090000001'
    """
    whole, _, fraction = price.partition(".")
    return f"{whole}.{fraction.ljust(8, '0')}1"
