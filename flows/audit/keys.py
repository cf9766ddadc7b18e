"""The key that signs checkpoints and bundles: where it is kept, and how it is made."""

import os
import secrets
from pathlib import Path

from flows.failures import Failure
from flows.options import FlowSettings
from schemas.audit.notes import Signer
from schemas.errors import InputError

HOW = "make one with `highwater audit keygen`, then give --key or set HIGHWATER_AUDIT_KEY_FILE"


def load_signer(settings: FlowSettings, file: Path | None) -> Signer:
    """Return the key of a file, else that of the settings.

    Raises:
        Failure: there is none, or it is no key; the message never shows it.
    """
    path = file or settings.audit_key_file
    if path is not None:
        try:
            text, source = path.read_text(encoding="utf-8"), str(path)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            raise Failure(f"{path}: cannot be read: {reason.lower()}") from None
    elif settings.audit_key is not None:
        text, source = settings.audit_key.get_secret_value(), "HIGHWATER_AUDIT_KEY"
    else:
        raise Failure(f"no key to sign with: {HOW}")
    try:
        return Signer.parse(text)
    except InputError as error:
        raise Failure(f"{source}: {error.message}") from None


def make_key(name: str, file: Path) -> Signer:
    """Make a key and write it to a new file that only its owner can read.

    Raises:
        Failure: a bad name, or the file exists or cannot be written.
    """
    try:
        signer = Signer.make(name, secrets.token_bytes(32))
    except InputError as error:
        raise Failure(error.message) from None
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{file}: is there already; a key is never overwritten") from None
    except OSError as error:
        raise Failure(f"{file}: cannot be written: {(error.strerror or '').lower()}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(signer.text + "\n")
    return signer
