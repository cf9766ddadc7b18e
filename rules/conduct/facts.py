"""What conduct rules are told about an account's own events, after they have been booked."""

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from rules.goals.common import Trade
from schemas.events import BalanceAdjusted, Fill, OrderCancelled, OrderModified, OrderPlaced

if TYPE_CHECKING:
    from rules.reference.positions import Position
    from schemas.instruments import Instrument


class Filled(NamedTuple):
    """A fill was booked.

    Attributes:
        position_id: the position it opened, added to, reduced or closed.
        side: +1 buy, −1 sell.
        opened, closed: the quantity that opened or added, and that reduced; a reversal has both.
        held_before: the quantity the position held before.
        net: realised P/L − commission + swap, account currency.
        trade: the round trip it ended.
        position: the position as it stands now, None when nothing of it is left.
        stop_before: the protective stop of that position before the fill.
    """

    fill: Fill
    instrument: "Instrument"
    position_id: str
    side: int
    opened: Decimal
    closed: Decimal
    held_before: Decimal
    net: Decimal
    trade: Trade | None
    position: "Position | None"
    stop_before: Decimal | None


class Protected(NamedTuple):
    """A protective stop or target was set, moved or removed; ``stop_before`` is what it was."""

    position: "Position"
    stop_before: Decimal | None
    target_before: Decimal | None


class Ordered(NamedTuple):
    """An order was placed, changed or cancelled."""

    event: OrderPlaced | OrderModified | OrderCancelled


class Adjusted(NamedTuple):
    """Money moved that no trade made."""

    event: BalanceAdjusted


Fact = Filled | Protected | Ordered | Adjusted
