"""``highwater rules``: check, publish and compare rulesets."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli import plain_typer
from flows.failures import EXIT_CHECK_FAILED

app = plain_typer("Check, publish and compare rulesets.")


@app.callback()
def _group() -> None:
    """Having a callback makes typer treat a single command as one of several."""


@app.command()
def lint(
    paths: Annotated[list[Path], typer.Argument(help="Rulesets, or directories of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Say it in JSON.")] = False,
) -> None:
    """Find what is wrong in rulesets, or cannot be meant."""
    from flows.ruleset_check import lint_paths  # noqa: PLC0415

    report = lint_paths(paths)
    print(report.json() if as_json else report.text())
    if report.fails:
        raise typer.Exit(EXIT_CHECK_FAILED)
