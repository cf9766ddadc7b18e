"""The test venue's user data streams: what happens to an account, to whoever holds its key."""

import time
from collections.abc import Callable
from itertools import count

from tests.venue.matching import Account, Matching, Order
from tests.venue.streams import Streams

Fault = Callable[[dict], int]
"""So often a message is sent: 0 loses it, 2 repeats it."""


class UserStreams:
    """Listen keys, and the messages for them."""

    def __init__(self, streams: Streams, matching: Matching):
        self._streams = streams
        self._matching = matching
        self._keys: dict[str, str] = {}
        self._numbers = count(1)
        self.fault: Fault = lambda _message: 1
        self.said = 0
        matching.told = self._told

    def key(self, method: str, account: str) -> dict:
        """POST, PUT or DELETE of a listen key."""
        if method == "DELETE":
            self._keys.pop(account, None)
            return {}
        if method == "POST" and account not in self._keys:
            self._keys[account] = f"listen-{account}-{next(self._numbers)}"
        return {"listenKey": self._keys[account]}

    def wait_for(self, account: str) -> None:
        """Until somebody listens."""
        deadline = time.monotonic() + 30
        while not self._streams.subscribed(self._keys.get(account, "")):
            assert time.monotonic() < deadline, f"nobody listens to {account}"
            time.sleep(0.01)

    def _told(self, account: Account, order: Order, what: str, trade: dict | None) -> None:
        name = next(n for n, known in self._matching.accounts.items() if known is account)
        key = self._keys.get(name)
        if key is None:
            return
        messages = [_order_update(order, what, trade)]
        if trade is not None:
            messages.append(_account_update(account, order))
        for message in messages:
            times = self.fault(message)
            self.said += times
            self._streams.soon(key, *[message] * times)


def _order_update(order: Order, what: str, trade: dict | None) -> dict:
    now = round(time.time() * 1000)
    made = trade or {"id": 0, "qty": "0", "price": "0", "commission": "0"}
    told = {
        "s": order.symbol,
        "c": order.client_id,
        "S": order.side,
        "o": order.kind,
        "f": "GTC",
        "q": str(order.qty),
        "p": str(order.price),
        "ap": "0",
        "sp": str(order.stop),
        "x": what,
        "X": order.status,
        "i": order.order_id,
        "l": made["qty"],
        "z": str(order.filled),
        "L": made["price"],
        "N": "USDT",
        "n": made["commission"],
        "T": now,
        "t": made["id"],
        "m": False,
        "R": order.reduce_only,
        "ot": order.kind,
        "ps": "BOTH",
        "rp": "0",
    }
    return {"e": "ORDER_TRADE_UPDATE", "E": now, "T": now, "o": told}


def _account_update(account: Account, order: Order) -> dict:
    now = round(time.time() * 1000)
    wallet = str(account.wallet)
    position = {
        "s": order.symbol,
        "pa": str(account.positions.get(order.symbol, 0)),
        "ep": str(account.entry.get(order.symbol, 0)),
        "up": "0",
        "mt": "cross",
        "iw": "0",
        "ps": "BOTH",
    }
    told = {"m": "ORDER", "B": [{"a": "USDT", "wb": wallet, "cw": wallet}], "P": [position]}
    return {"e": "ACCOUNT_UPDATE", "E": now, "T": now, "a": told}
