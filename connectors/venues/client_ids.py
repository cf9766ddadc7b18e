"""Our names of orders: functions of what they are for, so that a second try has the first's name.

Venues take 32 to 36 characters of these: letters and digits.
"""

import hashlib

_NAME = "highwater/v1/order"
_OURS = "hw"
_DIGITS = 30


def client_order_id(intervention_id: str, step: str, position: str, number: int) -> str:
    """Name one order of an intervention: 32 characters.

    Args:
        intervention_id: what it belongs to.
        step: what it is for, such as `close`.
        position: which position it is about.
        number: which try it is; the next one only after the one before is known to have ended.

    >>> client_order_id("ab" * 16, "close", "BTCUSDT-PERP/buy", 0)
    'hw458d57af14aaee45c3372b1f52fc7c'
    """
    name = f"{_NAME}\n{intervention_id}\n{step}\n{number}\n{position}"
    return _OURS + hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]


def is_ours(client_id: str) -> bool:
    """Tell whether an order has a name of ours.

    >>> is_ours("hw458d57af14aaee45c3372b1f52fc7c"), is_ours("hwang-7")
    (True, False)
    """
    digits = client_id.removeprefix(_OURS)
    named = len(digits) == _DIGITS and client_id != digits
    return named and all(digit in "0123456789abcdef" for digit in digits)
