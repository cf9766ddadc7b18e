"""Trading is allowed within certain hours of the week only.

    broken when a fill happens outside every window

A window is a wall-clock time of some weekdays in one zone, from its start (included) to its end
(not included); one that ends at or before it starts reaches into the next day. Days on which the
clocks change are as long as they are.

>>> hours = TradingHoursParams(
...     id="h", family="trading_hours", timezone="America/New_York",
...     windows=[{"days": ["mon", "tue"], "from": "09:30", "to": "16:00"}],
... )
>>> from schemas.instants import parse_instant
>>> hours.open_at(parse_instant("2024-03-05T14:30:00Z"))
True
>>> hours.open_at(parse_instant("2024-03-05T21:00:00Z"))
False

Source: catalogue section 9.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from rules.conduct.clocks import WEEK, Weekdays, weekday
from rules.conduct.common import Deed, Measure
from rules.conduct.facts import Fact, Filled, Ordered
from rules.conduct.instruments import reduces
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams
from rules.sessions import local_time
from schemas.errors import BadValue
from schemas.events import OrderPlaced
from schemas.fields import FROM_LIST, Shape
from schemas.rulesets import TimeOfDay, Zone, parse_time_of_day

FillKind = Literal["opening", "closing", "all"]


class Window(Shape):
    """Hours of some weekdays; ``to`` at or before ``from`` is on the next day."""

    days: Weekdays = WEEK[:5]
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay

    def __str__(self) -> str:
        return f"{' '.join(self.days)} {self.from_} to {self.to}"

    def covers(self, day: date, second: int) -> bool:
        """Tell whether a second of a day's clock is inside."""
        start, end = parse_time_of_day(self.from_), parse_time_of_day(self.to)
        if start < end:
            return weekday(day) in self.days and start <= second < end
        yesterday = day - timedelta(days=1)
        return (weekday(day) in self.days and second >= start) or (
            weekday(yesterday) in self.days and second < end
        )


def _some(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    if not windows:
        raise BadValue("must hold at least one window")
    return windows


class TradingHoursParams(ScopedParams):
    """Parameters of ``trading_hours``.

    Attributes:
        timezone: IANA zone of the windows.
        windows: when trading is allowed.
        fills: which fills count: those that open or add, those that reduce or close, or all.
        orders: whether placing an order counts as well, unless it would reduce a position.
    """

    family: Literal["trading_hours"]
    timezone: Zone
    windows: Annotated[tuple[Window, ...], FROM_LIST, AfterValidator(_some)]
    fills: FillKind = "opening"
    orders: Literal["ignored", "judged"] = "ignored"

    def open_at(self, ts: int) -> bool:
        """Tell whether trading is allowed at an instant, ns."""
        local = local_time(ts, self.timezone)
        second = local.hour * 3600 + local.minute * 60 + local.second
        return any(window.covers(local.date(), second) for window in self.windows)


class TradingHours(Deed):
    """The hours as they bind one account."""

    metric: ClassVar[str] = "trades_outside_hours"

    __slots__ = ()

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Look at the clock when something is traded."""
        if isinstance(fact, Filled) and counts(self.params.fills, fact):
            self._check(fact.instrument.symbol, {"fill_id": fact.fill.fill_id}, scene.ts)
        elif isinstance(fact, Ordered) and isinstance(fact.event, OrderPlaced):
            order = fact.event
            if self.params.orders == "judged" and not reduces(order, scene):
                self._check(order.symbol, {"order_id": order.order_id}, scene.ts)

    def _check(self, symbol: str, what: dict[str, str], ts: int) -> None:
        if self.params.concerns(symbol) and not self.params.open_at(ts):
            local = local_time(ts, self.params.timezone)
            facts = {"symbol": symbol, **what, "local_time": local.isoformat()}
            self.found = Measure(Decimal(1), Decimal(0), facts)


def counts(kind: FillKind, fact: Filled) -> bool:
    """Tell whether a fill is of the kind that counts; a reversal is of both."""
    if kind == "all":
        return True
    return bool(fact.opened if kind == "opening" else fact.closed)
