"""Levels waiting to be touched, per instrument: four heaps, of which a tick looks at the tops."""

from heapq import heappop, heappush

from connectors.synthetic.account import Guard

Heap = list[tuple[int, int, Guard]]


class GuardBook:
    """Finds the guards a quote touches, without looking at any other.

    Every heap is ordered so that a guard is due while its key is at most the quote's: a level
    waiting below carries its negative, and is compared with the negative price.

    Args:
        symbols: number of instruments.
    """

    def __init__(self, symbols: int) -> None:
        self._bid_falls: list[Heap] = [[] for _ in range(symbols)]
        self._bid_rises: list[Heap] = [[] for _ in range(symbols)]
        self._ask_falls: list[Heap] = [[] for _ in range(symbols)]
        self._ask_rises: list[Heap] = [[] for _ in range(symbols)]
        self._added = 0

    def add(self, symbol: int, guard: Guard, *, watches_bid: bool, below: bool) -> None:
        """Let a guard wait for the bid (or the ask) to fall (or rise) to its level."""
        if watches_bid:
            heaps = self._bid_falls if below else self._bid_rises
        else:
            heaps = self._ask_falls if below else self._ask_rises
        self._added += 1
        heappush(heaps[symbol], (-guard.level if below else guard.level, self._added, guard))

    def touched(self, symbol: int, bid: int, ask: int) -> list[Guard]:
        """Take out and return the living guards this quote touches."""
        due: list[Guard] = []
        for heap, price in (
            (self._bid_falls[symbol], -bid),
            (self._bid_rises[symbol], bid),
            (self._ask_falls[symbol], -ask),
            (self._ask_rises[symbol], ask),
        ):
            while heap and heap[0][0] <= price:
                guard = heappop(heap)[2]
                if guard.live:
                    due.append(guard)
        return due
