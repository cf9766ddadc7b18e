"""``highwater bases``: what a recovery folder holds, and the state its shards come to."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli import plain_typer

app = plain_typer("Look at the base files of a risk flow.")

Folder = Annotated[Path, typer.Argument(help="The recovery folder.")]


@app.command("list")
def show(folder: Folder) -> None:
    """Name every base: shard, journal record, size."""
    from flows.failures import EXIT_BAD_INPUT, Failure  # noqa: PLC0415 - loads what it needs
    from flows.manifest import manifests  # noqa: PLC0415

    if not folder.is_dir():
        raise Failure(f"{folder}: no such directory", EXIT_BAD_INPUT)
    for told in manifests(folder):
        size = told["bytes"]
        typer.echo(f"shard {told['shard']} of {told['shards']}  record {told['record']}  {size} B")


@app.command("hash")
def state(
    folder: Folder,
    log: Annotated[str | None, typer.Option(help="dir:PATH or kafka:HOST:PORT.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    record: Annotated[int | None, typer.Option(help="Up to this record of the journal.")] = None,
) -> None:
    """Replay every shard from its base to the end of the journal, and hash all accounts."""
    from contextlib import closing  # noqa: PLC0415

    from flows.options import load_settings  # noqa: PLC0415
    from flows.state_at import hashes  # noqa: PLC0415

    settings = load_settings(log=log, topic_prefix=topic_prefix)
    with closing(settings.open_log()) as opened:
        found = hashes(opened, folder, record)
    for shard, value in found.shards.items():
        typer.echo(f"shard {shard}  {value:064x}")
    typer.echo(f"all {found.accounts} accounts at record {found.record}  {found.total:064x}")
