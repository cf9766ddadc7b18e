"""``highwater api-key``: keys for machines that use the API."""

from enum import StrEnum
from typing import Annotated

import typer

from flows.cli import plain_typer
from flows.commands.database import database
from flows.failures import EXIT_CHECK_FAILED, Failure

app = plain_typer("Make and revoke the API keys of machines (HIGHWATER_DATABASE_URL).")


class RoleChoice(StrEnum):
    """What the holder of a key is."""

    trader = "trader"
    support = "support"
    risk = "risk"
    admin = "admin"


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[RoleChoice, typer.Option(help="What its holder is.")],
    firm: Annotated[str, typer.Option(help="Whose accounts it sees; * for all.")] = "default",
    trader: Annotated[str | None, typer.Option(help="Whose, for the role trader.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it is valid.")] = None,
) -> None:
    """Make a key and print it; it is shown this once."""
    from sinks.api_keys import create_key  # noqa: PLC0415 - a command loads what it needs

    if (role is RoleChoice.trader) != (trader is not None):
        raise Failure("--trader is needed for the role trader, and for no other")
    if not firm or trader == "" or (role is RoleChoice.trader and firm == "*"):
        raise Failure("a key of a trader names his firm and him")
    with database() as dsn:
        print(create_key(dsn, name, role.value, firm, trader_id=trader, days=days))


@app.command("list")
def list_all() -> None:
    """List all keys, one a line."""
    from sinks.api_keys import list_keys  # noqa: PLC0415

    with database() as dsn:
        for key in list_keys(dsn):
            state = "revoked" if key.revoked_at else f"until {key.expires_at or 'revoked'}"
            whose = key.firm_id + (f"/{key.trader_id}" if key.trader_id else "")
            print(f"{key.key_id}  {key.role:<8}  {whose}  {state}  {key.name}")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The first part of the key.")]) -> None:
    """Revoke a key; it works for some ten seconds more."""
    from sinks.api_keys import revoke_key  # noqa: PLC0415

    with database() as dsn:
        if not revoke_key(dsn, key_id):
            raise Failure(f"no key has the id {key_id!r}", EXIT_CHECK_FAILED)
