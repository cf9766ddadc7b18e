"""Inputs that arrive little by little, some twice, some in another order, some late."""

import threading
from contextlib import closing, suppress
from pathlib import Path
from random import Random

from connectors.journal import records
from connectors.log.abstract import Log
from connectors.log.local import LocalLog
from schemas.errors import InputError
from schemas.instants import parse_instant
from schemas.json_text import loads
from schemas.topics import ACCOUNT_EVENTS, TICKS
from tests.flows import kit

REPEATED = 0.03
SWAPPED = 0.03
LATE = 0.02
LATE_BY = 40


class Arrivals:
    """A small world whose records arrive in portions, from a thread of its own.

    Args:
        log: whose topics they arrive in.
        folder: for the files that go with them.
        random: decides what comes twice and what is late.
        portions: how many pieces the world comes in.
    """

    def __init__(self, log: Log, folder: Path, random: Random, portions: int):
        scratch = LocalLog(folder / "scratch")
        self.files = kit.feed(scratch, folder, seed=random.randrange(1000), accounts=80)
        self._lists = {
            topic: spoiled(list(records(scratch, topic)), random)
            for topic in (ACCOUNT_EVENTS, TICKS)
        }
        self.portions = portions
        self._wanted = 0
        self._times = [portion_ns(self._lists[TICKS], n, portions) for n in range(portions)]
        self.count = sum(map(len, self._lists.values()))
        self._writers = {topic: log.writer(topic) for topic in self._lists}
        self._go = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._arrive, daemon=True)
        self._thread.start()

    def more(self, portions: int = 1) -> None:
        """Let so many more portions arrive."""
        self._wanted += portions
        self._go.release(portions)

    def all(self) -> None:
        """Let everything arrive that has not, and wait for it."""
        self.more(self.portions)
        self._thread.join()

    @property
    def now_ns(self) -> int:
        """The latest time in what arrived, or is about to."""
        return max(self._times[: max(1, self._wanted)])

    def _arrive(self):
        writers = self._writers
        for number in range(self.portions):
            self._go.acquire()
            for topic, items in self._lists.items():
                first, end = (len(items) * n // self.portions for n in (number, number + 1))
                for record in items[first:end]:
                    writers[topic].append(record.value, record.key, record.headers)
        for writer in writers.values():
            with closing(writer):
                writer.flush(120)


def portion_ns(items, number: int, portions: int) -> int:
    """The latest time of a portion; 0 where it holds none that can be read."""
    latest = 0
    for item in items[len(items) * number // portions : len(items) * (number + 1) // portions]:
        with suppress(InputError, AttributeError):
            latest = max(latest, parse_instant(loads(item.value).get("ts")))
    return latest


def spoiled(items, random):
    """Some records change places with the next, some come again, some come much later."""
    made = []
    held: list[tuple[int, object]] = []
    for number, item in enumerate(items):
        if random.random() < LATE:
            held.append((number + random.randint(5, LATE_BY), item))
            continue
        made += [late for due, late in held if due <= number]
        held = [one for one in held if one[0] > number]
        made.append(item)
        if random.random() < SWAPPED and len(made) > 1:
            made[-2:] = reversed(made[-2:])
        if random.random() < REPEATED:
            made.append(random.choice(made[-50:]))
    return made + [late for _, late in held]
