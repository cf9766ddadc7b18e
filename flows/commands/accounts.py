"""``highwater accounts``: an operator's acts on accounts."""

from typing import Annotated

import typer

from flows.cli import plain_typer
from flows.failures import EXIT_CHECK_FAILED, Failure

app = plain_typer("Act on accounts as an operator.")

_REASON_MAX = 300


@app.callback()
def _group() -> None:
    """Having a callback makes typer treat a single command as one of several."""


@app.command()
def migrate(  # noqa: PLR0917 - options, not parameters
    account: Annotated[str, typer.Argument(help="The account's id.")],
    to: Annotated[str, typer.Option(help="The ruleset version, id@version.")],
    operator: Annotated[str, typer.Option(help="Who does it.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    force: Annotated[bool, typer.Option("--force", help="Even if it makes things harder.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say it in JSON.")] = False,
    log: Annotated[str | None, typer.Option(help="dir:PATH or kafka:HOST:PORT.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Before every topic name.")] = None,
) -> None:
    """Move an account to another ruleset version, unless that makes anything harder."""
    import json  # noqa: PLC0415

    from flows.log_access import open_topics  # noqa: PLC0415
    from flows.migrating import Wish, check_in_log, check_lines, write_migration  # noqa: PLC0415

    if not reason.strip() or len(reason) > _REASON_MAX or not operator.strip():
        raise Failure(f"an operator and a reason of at most {_REASON_MAX} characters are needed")
    wish = Wish(account, to, operator, reason, force)
    with open_topics(log=log, topic_prefix=topic_prefix) as topics:
        check = check_in_log(topics, wish)
        refused = bool(check.tightens) and not force
        if not (refused or dry_run):
            write_migration(topics, wish, check)
    written = not (refused or dry_run)
    if as_json:
        print(json.dumps(check.record() | {"written": written}, indent=1, ensure_ascii=False))
    else:
        print("\n".join(check_lines(check)))
        print(_verdict(refused=refused, written=written))
    if refused:
        raise typer.Exit(EXIT_CHECK_FAILED)


def _verdict(*, refused: bool, written: bool) -> str:
    if refused:
        return "refused: it would, or might, make something harder; --force does it all the same"
    return "asked for" if written else "nothing written"
