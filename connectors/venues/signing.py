"""Signatures of webhooks by the Standard Webhooks scheme, symmetric, version 1.

Source: Standard Webhooks specification, "Signature scheme": HMAC-SHA256 over `id.timestamp.body`.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

TOLERANCE_S = 300
"""A message whose time is further off than this is refused, either way."""
_PREFIX = "whsec_"
_VERSION = "v1"


class BadSignature(Exception):  # noqa: N818 - says what is wrong with a message
    """The message was not signed with the secret, or not now."""


def key_of(secret: str) -> bytes:
    """Return the key behind a secret: base64, with or without `whsec_` before it.

    Raises:
        ValueError: it is neither.
    """
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is base64, with or without `whsec_`") from None


def sign(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Return the three headers of a message.

    >>> key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> message = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    >>> sign(key, *message)["webhook-signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"{_VERSION},{_digest(key, message_id, str(timestamp_s), body)}",
    }


def verify(key: bytes, headers: Mapping[str, str], body: bytes, now_s: int) -> str:
    """Return the id of a message that was signed with this key.

    Args:
        key: the secret's.
        headers: their names in lower case; several signatures are separated by spaces.
        body: exactly as it came.
        now_s: seconds since the epoch.

    Raises:
        BadSignature: it was not, or its time is off.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and message_id):
        raise BadSignature("headers are missing")
    if abs(now_s - int(timestamp)) > TOLERANCE_S:
        raise BadSignature("its time is too far off")
    wanted = f"{_VERSION},{_digest(key, message_id, timestamp, body)}".encode()
    given = headers.get("webhook-signature", "").encode().split()
    if not any(hmac.compare_digest(wanted, item) for item in given):
        raise BadSignature("no signature fits")
    return message_id


def _digest(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
