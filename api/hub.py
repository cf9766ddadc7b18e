"""Who listens to what: state is told newest-wins, breaches are told one and all, or not at all.

A listener has a place in the list of what changed, and a mailbox of at most `EVENTS_MAX` events.
Places are looked at once an interval, each listener in his own part of it, so that thousands are
not written to at the same moment. One who lets his events pile up is cut off;
he comes back with the cursor of the last event he got and misses none.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from api.access.principal import ANY, Principal
from api.changes import Changes
from api.live import Account
from api.tail import Arrived
from schemas.topics import BREACHES

EVENTS_MAX = 256
KEPT_MAX = 4_096
"""So many events are at hand for those who come back; older ones are read from the log."""
SLOTS = 25
"""Parts of an interval."""


class Event(NamedTuple):
    """A breach or a passed phase."""

    partition: int
    offset: int
    account_id: str
    firm_id: str
    trader_id: str | None
    line: bytes


class Listener:
    """One who wants to know, and what he has not been told yet.

    Args:
        principal: what he may see.
        firm: whose accounts he wants, or `ANY`.
        account_id: the one account he wants; none for all of them.
        states: whether he wants states at all.
    """

    def __init__(
        self,
        principal: Principal,
        firm: str = ANY,
        account_id: str | None = None,
        *,
        states: bool = True,
    ) -> None:
        self.principal = principal
        self.firm = firm
        self.account_id = account_id
        self.states = states
        self.changes = Changes()
        self.told = 0
        self.events: deque[Event] = deque()
        self.offsets: dict[int, int] = {}
        self.due = False
        self.cut_off = False
        self.wake = asyncio.Event()

    def wants(self, event: Event) -> bool:
        """Tell whether an event is for him."""
        return (
            self.account_id in (None, event.account_id)
            and self.firm in (ANY, event.firm_id)
            and self.principal.sees(event.firm_id, event.trader_id)
        )

    @property
    def untold(self) -> bool:
        """Whether something changed that he has not been told."""
        return self.told < self.changes.end

    def put(self, event: Event) -> None:
        """Leave an event in his mailbox, or cut him off when it is full."""
        if len(self.events) >= EVENTS_MAX:
            self.cut_off = True
        else:
            self.events.append(event)
        self.wake.set()

    def pass_by(self, partition: int, offset: int) -> None:
        """Note that he has been told everything of a partition before this offset."""
        self.offsets[partition] = max(offset, self.offsets.get(partition, 0))


class _Group:
    """Those who follow the same account or firm."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.changes = Changes()

    def tell(self, event: Event) -> None:
        """Leave an event with everyone who wants it."""
        for listener in self.listeners:
            if listener.wants(event):
                listener.put(event)


class Hub:
    """All listeners, and the newest events.

    Args:
        push_s: how often a listener is told of changed states.
    """

    def __init__(self, push_s: float) -> None:
        self._push_s = push_s
        self._by_account: dict[str, _Group] = {}
        self._by_firm: dict[str, _Group] = {}
        self._slots: list[set[Listener]] = [set() for _ in range(SLOTS)]
        self._listeners: dict[Listener, int] = {}
        self._kept: deque[Event] = deque()
        self._kept_from: dict[int, int] = {}
        self.positions: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._listeners)

    def count(self, principal: Principal) -> int:
        """Return how many listeners somebody has."""
        return sum(one.principal.name == principal.name for one in self._listeners)

    def begin(self, positions: Mapping[int, int]) -> None:
        """Say where the reading of the events begins."""
        self.positions = dict(positions)
        self._kept_from = dict(positions)

    def add(self, listener: Listener) -> None:
        """Tell him from now on."""
        slot = len(self._listeners) % SLOTS
        self._listeners[listener] = slot
        if listener.states:
            self._slots[slot].add(listener)
        index, key = self._place(listener)
        group = index.setdefault(key, _Group())
        group.listeners.add(listener)
        listener.changes, listener.told = group.changes, group.changes.end

    def remove(self, listener: Listener) -> None:
        """Forget him."""
        slot = self._listeners.pop(listener, None)
        if slot is None:
            return
        self._slots[slot].discard(listener)
        index, key = self._place(listener)
        index[key].listeners.discard(listener)
        if not index[key].listeners:
            del index[key]

    def _place(self, listener: Listener) -> tuple[dict[str, _Group], str]:
        if listener.account_id is not None:
            return self._by_account, listener.account_id
        return self._by_firm, listener.firm

    def take(self, item: Arrived, account: Account) -> None:
        """Spread the word of a decision."""
        event = None
        if item.topic == BREACHES:
            event = Event(
                item.partition,
                item.offset,
                account.account_id,
                account.firm_id,
                account.trader_id,
                item.value,
            )
            self._keep(event)
        groups = (
            self._by_account.get(account.account_id),
            self._by_firm.get(account.firm_id),
            self._by_firm.get(ANY),
        )
        for group in groups:
            if group is None:
                continue
            group.changes.mark(account.account_id)
            if event is not None:
                group.tell(event)

    def _keep(self, event: Event) -> None:
        self.positions[event.partition] = event.offset + 1
        self._kept.append(event)
        if len(self._kept) > KEPT_MAX:
            gone = self._kept.popleft()
            self._kept_from[gone.partition] = gone.offset + 1

    def missing(self, offsets: Mapping[int, int]) -> list[tuple[int, int, int]]:
        """Return partition, start and end of what is not at hand any more."""
        return [
            (partition, offsets[partition], start)
            for partition, start in self._kept_from.items()
            if offsets[partition] < start
        ]

    def resume(self, listener: Listener) -> None:
        """Put into his mailbox what is at hand and he has not been told, and add him."""
        assert not self.missing(listener.offsets), "what is not at hand was told before"
        fresh = [
            event
            for event in self._kept
            if event.offset >= listener.offsets[event.partition] and listener.wants(event)
        ]
        # What is at hand may be more than a mailbox holds: he has just come, and is not slow.
        listener.events.extend(fresh)
        listener.wake.set()
        self.add(listener)

    async def push(self) -> None:
        """Wake those who have something to be told, slot by slot, until cancelled."""
        loop = asyncio.get_running_loop()
        step = self._push_s / SLOTS
        at = loop.time()
        while True:
            for slot in self._slots:
                at = max(at + step, loop.time())
                await asyncio.sleep(at - loop.time())
                _wake(list(slot))


def _wake(slot: Sequence[Listener]) -> None:
    for listener in slot:
        if listener.untold:
            listener.due = True
            listener.wake.set()
