"""``highwater explain``: one breach, so that whoever it concerns can follow and contest it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands import journal_options as of
from flows.failures import EXIT_CHECK_FAILED, Failure


def command(  # noqa: PLR0917 - options, not parameters
    breach: Annotated[str, typer.Argument(help="decision_id of the breach.")],
    html: Annotated[Path | None, typer.Option(help="Write a page instead; - is stdout.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON instead.")] = False,
    bundle: Annotated[Path | None, typer.Option(help="A bundle of proof to read.")] = None,
    key: Annotated[str | None, typer.Option(help="The bundle's issuer's key.")] = None,
    instruments: of.Instruments = None,
    rulesets: of.Rulesets = None,
    ticks: of.Ticks = None,
    events: of.Events = None,
    decisions: of.Decisions = None,
    log: of.Log = None,
    topic_prefix: of.Prefix = None,
) -> None:
    """Show a breach: what happened, under which rule, and the verdict again."""
    from flows.audit.sources import Named  # noqa: PLC0415 - a command loads what it needs

    named = Named(instruments, rulesets, ticks or (), events or (), decisions, log, topic_prefix)
    story = _story(breach, named, bundle, key)
    if json:
        _print_json(story)
    elif html is not None:
        _write_page(story, html)
    else:
        from rich.console import Console  # noqa: PLC0415

        from flows.explain.terminal import show  # noqa: PLC0415

        show(story, Console())
    if not story["verdict"]["same"] or story["problems"]:
        raise typer.Exit(EXIT_CHECK_FAILED)


def _story(breach: str, named: Any, bundle: Path | None, key: str | None) -> dict[str, Any]:
    from flows.audit.recheck import BROKEN  # noqa: PLC0415
    from flows.audit.sources import opened  # noqa: PLC0415
    from flows.explain.find import in_bundle, in_journal  # noqa: PLC0415
    from flows.explain.story import tell  # noqa: PLC0415

    if bundle is None:
        with opened(named) as journal:
            found = in_journal(journal, breach)
    else:
        if any(named):
            raise Failure("give --bundle or a journal, not both")
        found = in_bundle(_read(bundle), breach, key)
    try:
        return tell(found.case, found.verdict, found.recorded) | {"problems": found.problems}
    except BROKEN as error:
        if bundle is None:
            raise
        raise Failure(f"{bundle}: the breach cannot be told: {error}") from None


def _print_json(story: dict[str, Any]) -> None:
    import orjson  # noqa: PLC0415

    print(orjson.dumps(story, option=orjson.OPT_INDENT_2).decode())


def _write_page(story: dict[str, Any], path: Path) -> None:
    from flows.explain.page import page  # noqa: PLC0415

    if str(path) == "-":
        print(page(story), end="")
        return
    try:
        path.write_text(page(story), encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path}: cannot be written: {(error.strerror or '').lower()}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {(error.strerror or '').lower()}") from None
