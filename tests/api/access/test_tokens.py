"""A token counts only if our issuer signed it, for us, by an algorithm of ours, and it is valid."""

import base64
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.access.principal import READ, READ_ANY, Refused, make_principal
from tests.api.stand import KID

pytestmark = pytest.mark.postgres


def forged(algorithm, secret=b"", **claims):
    """What PyJWT refuses to sign: no signature, or a public key taken for a shared secret."""

    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    header = json.dumps({"alg": algorithm, "kid": KID, "typ": "JWT"}).encode()
    signed = f"{part(header)}.{part(json.dumps(claims).encode())}"
    tag = hmac.digest(secret, signed.encode(), "sha256") if secret else b""
    return f"{signed}.{part(tag)}"


def status(stand, token):
    return stand.bearer(token).get("/v1/accounts?limit=1").status_code


def test_token_when_good_lets_in(stand):
    assert status(stand, stand.issuer.token()) == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 31},
        {"exp": None},
        {"iss": "https://other.test/"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"sub": None},
        {"nbf": int(time.time()) + 600},
        {"roles": []},
        {"roles": None},
        {"roles": "root"},
        {"roles": {"risk": 1}},
        {"firm_id": None},
        {"firm_id": ""},
        {"firm_id": 7},
        {"roles": ["trader"]},
        {"roles": ["trader"], "firm_id": "f"},
        {"roles": ["trader"], "firm_id": "f", "trader_id": ""},
        {"roles": ["trader"], "firm_id": "f", "trader_id": "*"},
        {"roles": ["trader"], "firm_id": "*", "trader_id": "T"},
        {"roles": ["trader"], "firm_id": "f", "trader_id": ["T"]},
        {"scope": "account:read"},
    ],
)
def test_token_when_its_claims_are_not_enough_is_refused(stand, claims):
    stand.service.limits._limiter.storage.storage.clear()
    assert status(stand, stand.issuer.token(**claims)) == 401


def test_token_when_of_another_key_is_refused(stand):
    other = generate_private_key(SECP256R1())
    assert status(stand, stand.issuer.token(key=other)) == 401
    assert status(stand, stand.issuer.token(key=other, kid="key-2")) == 401


def test_token_when_unsigned_or_signed_with_the_public_key_is_refused(stand):
    claims = jwt.decode(stand.issuer.token(), options={"verify_signature": False})
    assert status(stand, forged("none", **claims)) == 401
    public = stand.issuer.key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert status(stand, forged("HS256", pem, **claims)) == 401
    assert status(stand, forged("ES256", pem, **claims)) == 401


@pytest.mark.parametrize(
    "token",
    [".", "..", "a.b.c", "hw_", "hw_0123456789abcdef_x", "e30.e30.", "x" * 9_000, "%00.%00.x"],
)
def test_token_when_malformed_is_refused(stand, token):
    stand.service.limits._limiter.storage.storage.clear()
    assert status(stand, token) == 401


def test_token_when_one_character_changed_is_refused(stand):
    stand.service.limits._limiter.storage.storage.clear()
    token = stand.issuer.token()
    for place in (len(token) // 3, len(token) // 2, len(token) - 20):
        changed = "A" if token[place] != "A" else "B"
        assert status(stand, token[:place] + changed + token[place + 1 :]) == 401


def test_address_when_it_guesses_too_often_has_to_wait(stand):
    stand.service.limits._limiter.storage.storage.clear()
    answers = [status(stand, f"guess-{number}") for number in range(31)]
    assert answers == [401] * 30 + [429]
    stand.service.limits._limiter.storage.storage.clear()
    assert status(stand, stand.issuer.token()) == 200


def test_principal_when_of_several_roles_is_the_highest():
    assert make_principal("x", ["trader", "risk"], "f", None, expires=1).role == "risk"


def test_principal_when_scopes_are_limited_has_no_others():
    granted = frozenset({READ, READ_ANY})
    made = make_principal("x", "risk", "f", None, expires=1, granted=granted)
    assert made.scopes == granted
    with pytest.raises(Refused):
        make_principal("x", "risk", "f", None, expires=1, granted=frozenset({READ}))
