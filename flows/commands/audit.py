"""``highwater audit``: proof of what was decided, made and checked."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli import plain_typer
from flows.commands import journal_options as of
from flows.failures import EXIT_CHECK_FAILED, Failure

app = plain_typer("Make and check proofs of what was decided about an account.")

_KEY_FILE = Path("highwater-audit.key")


@app.command()
def keygen(
    name: Annotated[str, typer.Option(help="Of the log, such as firm.example/highwater.")],
    out: Annotated[Path, typer.Option(help="The file of the secret key; it must not exist.")] = (
        _KEY_FILE
    ),
) -> None:
    """Make a key that signs; print the key that checks, which is to be published."""
    from flows.audit.keys import make_key  # noqa: PLC0415 - a command loads what it needs

    print(make_key(name, out).key)


@app.command()
def export(  # noqa: PLR0917 - options, not parameters
    account: Annotated[str, typer.Argument(help="The account.")],
    out: Annotated[Path | None, typer.Option(help="The bundle; ACCOUNT.zip by default.")] = None,
    key: Annotated[Path | None, typer.Option(help="File of the key that signs.")] = None,
    since: Annotated[
        Path | None, typer.Option(help="An older checkpoint that the bundle shall extend.")
    ] = None,
    instruments: of.Instruments = None,
    rulesets: of.Rulesets = None,
    ticks: of.Ticks = None,
    events: of.Events = None,
    log: of.Log = None,
    topic_prefix: of.Prefix = None,
) -> None:
    """Write the proof of everything that was decided about an account, as one file."""
    from flows.audit.export import export as make  # noqa: PLC0415
    from flows.audit.keys import load_signer  # noqa: PLC0415
    from flows.audit.sources import Named, opened  # noqa: PLC0415
    from flows.commands.output import say  # noqa: PLC0415
    from flows.options import load_settings  # noqa: PLC0415

    signer = load_signer(load_settings(), key)
    older = None if since is None else _read(since)
    named = Named(instruments, rulesets, ticks or (), events or (), None, log, topic_prefix)
    with opened(named) as journal:
        made = make(journal, account, signer, older)
    path = out or Path(f"{account}.zip".replace("/", "_"))
    _write(path, made.data)
    checkpoint = made.proof.checkpoint
    say(
        f"{path}: {made.records} records of {account}, {len(made.data):,} bytes, "
        f"as of seq {checkpoint.seq}, {checkpoint.ts}"
    )


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle.")],
    key: Annotated[str | None, typer.Option(help="The issuer's key, NAME+HASH+BASE64.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint you got from elsewhere; the log must fit it.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="The account it must be about.")] = None,
) -> None:
    """Check a bundle: every byte, the chain, the log, and the decisions by judging again."""
    from flows.audit.report import check  # noqa: PLC0415

    data = _read(bundle)
    if not data.startswith(b"PK"):
        raise Failure(f"{bundle}: is not a bundle")
    if key is not None:
        _check_key(key)
    report = check(data, key, None if checkpoint is None else _read(checkpoint), account)
    for line in report.lines():
        print(line)
    if report.problems:
        raise typer.Exit(EXIT_CHECK_FAILED)


def _check_key(key: str) -> None:
    from schemas.audit.verify import key_parts  # noqa: PLC0415

    try:
        key_parts(key)
    except ValueError:
        raise Failure(
            "--key: is no key, `highwater audit keygen` prints NAME+HASH+BASE64"
        ) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {(error.strerror or '').lower()}") from None


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Failure(f"{path}: cannot be written: {(error.strerror or '').lower()}") from None
