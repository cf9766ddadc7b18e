"""Webhooks are signed as the published vector says, and nothing else is believed."""

import pytest

from connectors.venues.signing import TOLERANCE_S, BadSignature, key_of, sign, verify

KEY = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
BODY = b'{"test": 2432232314}'
AT = 1614265330
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_signature_when_made_is_the_published_one():
    assert sign(KEY, HEADERS["webhook-id"], AT, BODY) == HEADERS


@pytest.mark.parametrize("off", [-TOLERANCE_S, 0, TOLERANCE_S])
def test_message_when_signed_is_believed_within_the_tolerance(off):
    several = HEADERS | {"webhook-signature": f"v1,AAAA {HEADERS['webhook-signature']}"}
    assert verify(KEY, several, BODY, AT + off) == HEADERS["webhook-id"]


@pytest.mark.parametrize(
    ("change", "body", "off"),
    [
        ({}, BODY + b" ", 0),
        ({}, BODY, TOLERANCE_S + 1),
        ({}, BODY, -TOLERANCE_S - 1),
        ({"webhook-id": "msg_other"}, BODY, 0),
        ({"webhook-id": ""}, BODY, 0),
        ({"webhook-timestamp": str(AT + 1)}, BODY, 0),
        ({"webhook-timestamp": "now"}, BODY, 0),
        ({"webhook-signature": ""}, BODY, 0),
        ({"webhook-signature": HEADERS["webhook-signature"].replace("v1", "v2")}, BODY, 0),
        ({"webhook-signature": "v1,\u00e9"}, BODY, 0),
    ],
)
def test_message_when_anything_was_changed_is_not_believed(change, body, off):
    with pytest.raises(BadSignature):
        verify(KEY, HEADERS | change, body, AT + off)


def test_secret_when_no_base64_is_refused():
    with pytest.raises(ValueError, match="base64"):
        key_of("whsec_not base64")
