"""``highwater cases``: worked examples through the real engine, one line each."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.choices import EngineChoice
from flows.failures import EXIT_CHECK_FAILED


def command(
    file: Annotated[Path, typer.Argument(help="A JSON list of cases.")],
    as_json: Annotated[bool, typer.Option("--json", help="Say it in JSON.")] = False,
    engine: Annotated[
        EngineChoice, typer.Option(help="Which engine decides.")
    ] = EngineChoice.reference,
) -> None:
    """Run worked examples through the real engine."""
    from flows.cases.document import load_cases  # noqa: PLC0415
    from flows.cases.families import judge_all  # noqa: PLC0415

    verdicts = judge_all(load_cases(file), engine.value)
    counts = Counter(verdict.result for verdict in verdicts)
    total = {name: counts[name] for name in ("pass", "fail", "not supported")}
    if as_json:
        cases = [verdict._asdict() for verdict in verdicts]
        print(json.dumps({"cases": cases, "counts": total}, indent=1))
    else:
        for verdict in verdicts:
            print(f"{verdict.id}: {verdict.result}" + (f": {verdict.why}" if verdict.why else ""))
        print(
            f"{len(verdicts)} cases: {total['pass']} passed, {total['fail']} failed, "
            f"{total['not supported']} not supported"
        )
    if counts["fail"]:
        raise typer.Exit(EXIT_CHECK_FAILED)
