"""Makes the bundle of an account from a journal."""

from base64 import b64decode
from typing import NamedTuple

from flows.audit.bundle import Proof, write_bundle
from flows.audit.journals import Journal
from flows.audit.register import Register
from flows.audit.survey import after, survey
from flows.audit.thin import make_case
from flows.failures import EXIT_CHECK_FAILED, Failure
from rules.api import NEVER
from schemas.audit.notes import Signer
from schemas.audit.verify import read_checkpoint

SAMPLES = 120
"""Ticks around each breach that are there to be seen in a chart."""


class Exported(NamedTuple):
    """A bundle, and what it is about."""

    data: bytes
    records: int
    proof: Proof


def export(
    journal: Journal, account_id: str, signer: Signer, since: bytes | None = None
) -> Exported:
    """Make a bundle as of the journal's newest checkpoint.

    Args:
        journal: files, or a live journal.
        account_id: the account.
        signer: signs the checkpoint and the list of files.
        since: an older checkpoint of the same log, which the bundle will show to be extended.

    Raises:
        Failure: the account is not in the journal, or not under a checkpoint yet; or the older
            checkpoint is none, or of another log.
    """
    made = survey(journal, account_id)
    register = made.register
    if account_id not in register.trails:
        raise Failure(f"account {account_id!r} is not in the journal")
    if not register.leaves:
        raise Failure(
            f"account {account_id!r} is under no checkpoint yet: try again within an hour"
        )
    _agree(register, journal.published())
    checkpoint, (index, leaf) = register.checkpoints[-1], register.leaves[-1]
    hashes = register.log.inclusion(index, checkpoint.size)
    proof = Proof(leaf, index, hashes, checkpoint, _consistency(register, signer, since))
    lines = (register.trails[account_id].lines or [])[: leaf["records"]]
    # Files may end with entries that were refused, behind the last accepted one.
    until = NEVER if checkpoint.reason == "end" else after(checkpoint.seq, made.refused)
    case = make_case(journal, account_id, made.refused, until=until, samples=SAMPLES).case
    return Exported(write_bundle(case, lines, proof, signer), len(lines), proof)


# What was published before must be where this log began, whoever computes it.
def _agree(register: Register, published: list[bytes]) -> None:
    for note in published:
        _, size, root = note.decode().split("\n", 3)[:3]
        if int(size) > register.log.size:
            return
        if b64decode(root) != register.log.root(int(size)):
            message = f"the journal does not lead to the published checkpoint of size {size}"
            raise Failure(message, EXIT_CHECK_FAILED)


def _consistency(
    register: Register, signer: Signer, since: bytes | None
) -> tuple[int, list[bytes]] | None:
    if since is None:
        return None
    try:
        size, root, _ = read_checkpoint(since, signer.key)
    except ValueError as error:
        raise Failure(f"--since: not a checkpoint of this log: {error}") from None
    if size > register.log.size:
        raise Failure("--since: that checkpoint is newer than this journal")
    if register.log.root(size) != root:
        message = "--since: the journal does not lead to that checkpoint: one of them was rewritten"
        raise Failure(message, EXIT_CHECK_FAILED)
    return size, register.log.consistency(size)
