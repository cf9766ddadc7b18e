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


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="A ruleset.")],
    to: Annotated[str, typer.Option(help="A directory of rulesets, or `log`.")],
    log: Annotated[str | None, typer.Option(help="dir:PATH or kafka:HOST:PORT.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Before every topic name.")] = None,
) -> None:
    """Make a ruleset version immutable; refuse another body under the same version."""
    from flows.log_access import open_topics  # noqa: PLC0415
    from flows.publishing import (  # noqa: PLC0415
        load_publishable,
        publish_to_directory,
        publish_to_log,
    )

    found = load_publishable(file)
    if to == "log":
        with open_topics(log=log, topic_prefix=topic_prefix) as topics:
            fresh = publish_to_log(found, topics)
    else:
        fresh = publish_to_directory(found, Path(to))
    done = "is published" if fresh else "was published before"
    print(f"{found.ruleset.ref} {done}, sha256 {found.ruleset.hash}")


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="The old version.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The new version.")],
    balance: Annotated[
        list[str] | None, typer.Option(help="An example balance, 100000 by default; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say it in JSON.")] = False,
) -> None:
    """Say what changes for a trader from one version to another, and by how much."""
    import json  # noqa: PLC0415

    from flows.commands.choices import read_balances  # noqa: PLC0415
    from flows.difference_text import difference_lines  # noqa: PLC0415
    from flows.inputs import load_one_ruleset  # noqa: PLC0415
    from rules.difference import compare_rulesets  # noqa: PLC0415

    balances = read_balances(balance or ["100000"])
    found = compare_rulesets(load_one_ruleset(before), load_one_ruleset(after), balances)
    if as_json:
        print(json.dumps(found.record(), indent=1, ensure_ascii=False))
    else:
        print("\n".join(difference_lines(found, len(balances))))
