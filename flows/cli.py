"""The command line: ``highwater COMMAND``. A command's module is imported only when it is called.

Adding a command is one file in ``flows/commands/`` and one line in ``COMMANDS``. The file offers
``command``, the function of a single command, or ``app``, a typer application with commands of its
own. Whatever goes wrong ends in one line on stderr: raise ``flows.failures.Failure``.
"""

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import TyperException

from connectors.bad_file import BadFile
from flows.failures import EXIT_BAD_INPUT, Failure

COMMANDS = {
    "demo": "Play a market with traders through the whole chain.",
    "run": "Run a live flow: sequence, risk, persist and others.",
    "db": "Make and change the tables in Postgres.",
    "serve": "Serve the API and the dashboard.",
    "export": "Write what Postgres holds into files.",
    "api-key": "Make and revoke the API keys of machines.",
    "bases": "Look at the base files of a risk flow.",
    "topics": "Make the topics of a journal.",
    "replay": "Decide over recorded ticks and account events.",
    "audit": "Make and check proofs of what was decided about an account.",
    "whatif": "Decide over a recording under another version: who changes.",
    "cases": "Run worked examples through the real engine.",
    "accounts": "Act on accounts as an operator.",
    "rules": "Check, publish and compare rulesets.",
    "explain": "Show one breach so that it can be followed and contested.",
    "schemas": "Export JSON Schemas and the AsyncAPI document.",
}
"""Every command in one line; its module has its name, with `_` for `-`."""


def main() -> None:
    """Run the command named on the command line, and exit."""
    called = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        sys.exit(_application(called)(prog_name="highwater", standalone_mode=False))
    except TyperException as misuse:
        _exit(_usage(misuse), EXIT_BAD_INPUT)
    except Failure as failure:
        _exit(failure, failure.exit_code)
    except BadFile as bad:
        _exit(bad, EXIT_BAD_INPUT)


def plain_typer(help_text: str) -> typer.Typer:
    """Make a typer application whose messages are plain text."""
    return typer.Typer(
        help=help_text,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )


def _application(called: str) -> typer.Typer:
    application = plain_typer("Decide on every tick, for every funded account, if a rule broke.")
    application.callback()(_group)
    for name, summary in COMMANDS.items():
        if name != called:
            application.command(name, help=summary)(_not_called)
            continue
        module = import_module(f"flows.commands.{name.replace('-', '_')}")
        if hasattr(module, "app"):
            application.add_typer(module.app, name=name, help=summary)
        else:
            application.command(name)(module.command)
    return application


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"highwater {version('highwater')}")
        raise typer.Exit


# Having a callback makes typer treat even a single command as one of several.
def _group(
    _: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    pass


def _not_called() -> None:
    """Stands for a command in the list."""


# Typer says it in several lines, with capitals and full stops, and pydantic behind it adds more.
def _usage(misuse: TyperException) -> str:
    words = " ".join(misuse.format_message().replace("Value error, ", "").split()).rstrip(".")
    context = getattr(misuse, "ctx", None)
    called = context.command_path if context else "highwater"
    return f"{words[:1].lower()}{words[1:]}; see `{called} --help`"


def _exit(reason: Exception | str, code: int) -> None:
    print(f"highwater: {reason}", file=sys.stderr)
    sys.exit(code)
