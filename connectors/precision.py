"""Whether the numbers of an event fit its instrument: what makes an event bad by itself."""

from decimal import Decimal

from schemas.errors import OverPrecise
from schemas.events import Event, Fill, OrderModified, OrderPlaced, PositionProtected
from schemas.instruments import Instrument, InstrumentTable
from schemas.money import decimals

_PRICES = ("price", "stop_loss", "take_profit")


def check_precision(event: Event, instruments: InstrumentTable) -> None:
    """Make sure that an event states no more decimals than its instrument has.

    A symbol that is not listed, or that only the position knows, is judged where the account is
    known.

    Raises:
        OverPrecise: with the path of the field.
    """
    if not isinstance(event, Fill | OrderPlaced | OrderModified | PositionProtected):
        return
    instrument = None if event.symbol is None else instruments.get(event.symbol)
    if instrument is None:
        return
    for name in _PRICES:
        _check(getattr(event, name, None), instrument.price_digits, instrument, name)
    _check(getattr(event, "qty", None), instrument.qty_digits, instrument, "qty")


def _check(value: Decimal | None, digits: int, instrument: Instrument, path: str) -> None:
    if value is not None and decimals(value) > digits:
        message = f"{instrument.symbol} allows {digits} decimals here, was {value}"
        raise OverPrecise(message, path)
