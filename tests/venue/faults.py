"""What may go wrong between a request and its answer, chosen by a seed or one by one."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

# Each kind says whether the request is carried out before it goes wrong.
BEFORE = ("timeout_before", "error_before", "busy", "maintenance")
AFTER = ("timeout_after", "error_after", "cut_after")


@dataclass(frozen=True)
class Request:
    number: int
    method: str
    path: str

    @property
    def places(self) -> bool:
        return self.method == "POST"


Fault = Callable[[Request], str | None]


def never(_request: Request) -> str | None:
    return None


@dataclass
class Once:
    """A fault at the first request that fits."""

    kind: str
    fits: Callable[[Request], bool] = lambda request: request.places
    done: bool = False

    def __call__(self, request: Request) -> str | None:
        if self.done or not self.fits(request):
            return None
        self.done = True
        return self.kind


@dataclass
class Seeded:
    """Faults at random, at most so many, so that everything ends."""

    seed: int
    share: float = 0.15
    most: int = 8
    kinds: tuple[str, ...] = (*BEFORE, *AFTER)
    seen: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self):
        self._random = Random(self.seed)

    def __call__(self, request: Request) -> str | None:
        if len(self.seen) >= self.most or self._random.random() > self.share:
            return None
        kind = self._random.choice(self.kinds)
        self.seen.append((request.number, kind))
        return kind


@dataclass
class Outage:
    """The venue is down for so long from a request on; other faults go on before and after."""

    seeded: Seeded
    start: int
    seconds: float
    until: float = 0.0

    def __call__(self, request: Request) -> str | None:
        if self.seconds and not self.until and request.number >= self.start:
            self.until = time.monotonic() + self.seconds
        if time.monotonic() < self.until:
            return "maintenance"
        return self.seeded(request)
