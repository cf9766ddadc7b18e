"""Where account events are written: ids, time stamps and the common fields of the contract."""

from collections import deque
from typing import TypeAlias

from connectors.synthetic.account import Account
from schemas.instants import instant_text

Event: TypeAlias = dict[str, object]


class Outbox:
    """Numbers and stamps events; every stamp is later than the one before and than the tick.

    Attributes:
        now_ns: time of the tick that is being acted on.
        pending: (time, event) not fetched yet.
    """

    def __init__(self) -> None:
        self.now_ns = 0
        self.pending: deque[tuple[int, Event]] = deque()
        self._last_ns = 0
        self._events = 0

    def emit(self, kind: str, account: Account, **fields: object) -> None:
        """Write one event of an account."""
        ns = self._last_ns = max(self._last_ns, self.now_ns) + 1
        self._events += 1
        event: Event = {
            "event_id": f"E{self._events:07d}",
            "type": kind,
            "ts": instant_text(ns),
            "account_id": account.account_id,
            "firm_id": account.plan.firm_id,
            "trader_id": account.trader_id,
        }
        event.update(fields)
        self.pending.append((ns, event))
