"""``highwater whatif``: the same recording under another version of the rules: who changes."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.choices import EngineChoice
from flows.failures import EXIT_CHECK_FAILED, Failure


def command(  # noqa: PLR0917 - the options of the contract
    ruleset: Annotated[
        list[Path], typer.Option(help="Another version: its accounts are bound to it; repeatable.")
    ],
    instruments: Annotated[Path, typer.Option(help="Instruments, a YAML list.")],
    rulesets: Annotated[Path, typer.Option(help="Directory of rulesets, YAML or JSON.")],
    ticks: Annotated[
        list[Path] | None, typer.Option(help="Ticks: CSV, CSV.gz, CSV.zst, Parquet; repeatable.")
    ] = None,
    events: Annotated[
        list[Path] | None, typer.Option(help="Account events: JSON Lines; repeatable.")
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Bind every account, whatever it was bound to.")
    ] = False,
    engine: Annotated[EngineChoice | None, typer.Option(help="Which engine decides.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="JSON Lines, one per account; - is stdout.")
    ] = None,
) -> None:
    """Decide over a recording under another version too, and say for whom that differs."""
    from rich.console import Console  # noqa: PLC0415

    from flows.commands.output import JsonLines, progress_bar  # noqa: PLC0415
    from flows.engines import DEFAULT_ENGINE  # noqa: PLC0415
    from flows.inputs import load_rulebook, open_journal  # noqa: PLC0415
    from flows.shadowing import load_recast  # noqa: PLC0415
    from flows.whatif.report import json_lines, rows_of, show  # noqa: PLC0415
    from flows.whatif.run import WhatIf  # noqa: PLC0415

    if not events:
        raise Failure("no account to compare: give --events")
    rulebook = load_rulebook(instruments, rulesets)
    recast = load_recast(ruleset, rulebook, everyone=everyone)
    journal = open_journal(rulebook.instruments, ticks or [], events)
    what_if = WhatIf(engine.value if engine else DEFAULT_ENGINE, rulebook, recast)
    with ExitStack() as stack:
        protected = [instruments, *ruleset, *(ticks or []), *events]
        lines = None if out is None else stack.enter_context(JsonLines(out, protected))
        advance = stack.enter_context(progress_bar("whatif", journal.size))
        for done in what_if.run(journal):
            advance(done)
        rows = rows_of(what_if.accounts())
        if lines is not None:
            lines.write(json_lines(rows, what_if.numbering))
    if not rows:
        names = ", ".join(target.document.ruleset for target in recast.targets)
        raise Failure(f"no account is bound to a version of {names}", EXIT_CHECK_FAILED)
    show(rows, what_if.numbering, Console(stderr=str(out) == "-"))
