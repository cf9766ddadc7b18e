"""Options that name a journal, the same for every command that looks back on one."""

from pathlib import Path
from typing import Annotated

import typer

Instruments = Annotated[Path | None, typer.Option(help="Instruments of a replay.")]
Rulesets = Annotated[Path | None, typer.Option(help="Rulesets of a replay.")]
Ticks = Annotated[list[Path] | None, typer.Option(help="Ticks of a replay; repeatable.")]
Events = Annotated[list[Path] | None, typer.Option(help="Events of a replay; repeatable.")]
Decisions = Annotated[Path | None, typer.Option(help="Decisions a replay wrote.")]
Log = Annotated[
    str | None, typer.Option(help="A live journal: dir:PATH or kafka:HOST:PORT; HIGHWATER_LOG.")
]
Prefix = Annotated[str | None, typer.Option(help="Before every topic name of the log.")]
