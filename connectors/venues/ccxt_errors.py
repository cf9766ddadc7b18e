"""What an error of ccxt says about the order it was raised for.

ccxt's own tree is right but for two branches: a connection that breaks while the answer is read,
and a 5xx whose code it does not know, are `ExchangeError` there, though the order may have been
accepted.
"""

import aiohttp
from ccxt.base import errors

from connectors.venues.abstract import Ambiguous, Busy, Definite, NotOffered, VenueError

_BUSY = (errors.DDoSProtection, errors.RateLimitExceeded)
_SERVER_ERROR = 500


def classified(error: errors.BaseError, http_status: int | None) -> VenueError:
    """Return the error of ours that says the same.

    Args:
        error: what ccxt raised.
        http_status: of the answer; `None` when there was none.
    """
    said = " ".join(str(error).split())[:500] or type(error).__name__
    if isinstance(error, errors.NotSupported):
        return NotOffered(said)
    if isinstance(error, _BUSY):
        return Busy(said)
    if not isinstance(error, errors.ExchangeError):
        return Ambiguous(said)
    lost = isinstance(error.__cause__, aiohttp.ClientError)
    failed = http_status is not None and http_status >= _SERVER_ERROR
    return Ambiguous(said) if lost or failed else Definite(said)
