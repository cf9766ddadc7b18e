"""A venue that is named on the command line, without a file."""

from collections.abc import Sequence

from connectors.venues.settings import VenueSettings
from flows.failures import Failure
from schemas.errors import InputError
from schemas.fields import parse_model


def named_venue(exchange: str, symbols: Sequence[str], price: str) -> VenueSettings:
    """Return the settings of an exchange whose symbols are given as `OURS=THEIRS`.

    Raises:
        Failure: they are not.
    """
    pairs = [pair.split("=", 1) for pair in symbols]
    if not pairs or any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise Failure("--symbols takes OURS=THEIRS, such as BTCUSDT-PERP=BTC/USDT:USDT")
    fields = {"id": exchange, "exchange": exchange, "symbols": dict(pairs), "accounts": {}}
    try:
        return parse_model(VenueSettings, fields | {"feed": {"price": price}})
    except InputError as error:
        raise Failure(f"--venue {exchange}: {error}") from None
