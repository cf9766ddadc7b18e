"""Signed notes (C2SP): a text and the signatures of those who vouch for it, with Ed25519.

    TEXT, one or more lines
    (an empty line)
    — NAME BASE64(4 bytes of the key's id, 64 of the signature)

A signing key is `PRIVATE+KEY+NAME+HASH+BASE64`, the verifier key that belongs to it
`NAME+HASH+BASE64`: the forms of Go's `sumdb/note`.
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import NamedTuple, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.audit.verify import ED25519
from schemas.errors import BadValue

_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[A-Za-z0-9._/-]{1,128}")
_SEED_BYTES = 32


class Signer(NamedTuple):
    """A key that signs. Its seed is a secret: nothing but `text` writes it.

    Attributes:
        name: of the log, such as `firm.example/highwater`.
        seed: the 32 secret bytes of an Ed25519 key.
    """

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"Signer({self.key})"

    @classmethod
    def make(cls, name: str, seed: bytes) -> Self:
        """Make a signer.

        Raises:
            BadValue: a name that would not stand in a note, or not 32 bytes.
        """
        if not _NAME.fullmatch(name):
            msg = f"a key's name is 1 to 128 of letters, digits and `._/-`, was {name!r}"
            raise BadValue(msg)
        if len(seed) != _SEED_BYTES:
            raise BadValue("a seed has 32 bytes")
        return cls(name, seed)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a signing key.

        Raises:
            BadValue: it is none; the message never shows it.
        """
        try:
            name, given, encoded = text.strip().removeprefix(_PRIVATE).split("+", 2)
            secret = b64decode(encoded, validate=True)
        except ValueError:
            raise BadValue("not a signing key (`PRIVATE+KEY+NAME+HASH+BASE64`)") from None
        if not text.startswith(_PRIVATE) or secret[:1] != ED25519:
            raise BadValue("not a signing key (`PRIVATE+KEY+NAME+HASH+BASE64`)")
        signer = cls.make(name, secret[1:])
        if signer.identity.hex() != given:
            raise BadValue("a signing key whose parts do not belong together")
        return signer

    @property
    def text(self) -> str:
        """The signing key as it is kept, secret included."""
        secret = b64encode(ED25519 + self.seed).decode()
        return f"{_PRIVATE}{self.name}+{self.identity.hex()}+{secret}"

    @property
    def key(self) -> str:
        """The verifier key, for everybody."""
        return f"{self.name}+{self.identity.hex()}+{b64encode(self._public).decode()}"

    @property
    def identity(self) -> bytes:
        """The four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + self._public).digest()[:4]

    def sign(self, text: str) -> bytes:
        """Return the signed note; `text` ends with a line feed."""
        assert text.endswith("\n"), "a note's text ends with a line feed"
        signature = self._private.sign(text.encode())
        encoded = b64encode(self.identity + signature).decode()
        return f"{text}\n— {self.name} {encoded}\n".encode()

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def _public(self) -> bytes:
        return ED25519 + self._private.public_key().public_bytes_raw()
