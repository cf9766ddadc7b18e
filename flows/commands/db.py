"""``highwater db``: the tables in Postgres."""

from typing import Annotated

import typer

from flows.cli import plain_typer

app = plain_typer("Make and change the tables in Postgres (HIGHWATER_DATABASE_URL).")


@app.command()
def upgrade(
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL, run nothing.")] = False,
) -> None:
    """Bring the database to the newest version."""
    from flows.options import load_settings  # noqa: PLC0415 - a command loads what it needs
    from sinks.migrate import upgrade_sql  # noqa: PLC0415

    if sql:
        upgrade_sql()
        return
    applied = migrate(load_settings().require_database())
    print(f"applied {', '.join(applied)}" if applied else "nothing to do")


def migrate(dsn: str) -> list[str]:
    """Apply the migrations that are missing; return their versions.

    Raises:
        Failure: the server does not answer.
    """
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415 - slow to import

    from flows.failures import EXIT_NO_SERVICE, Failure  # noqa: PLC0415
    from sinks.migrate import upgrade as apply  # noqa: PLC0415

    try:
        return apply(dsn)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise Failure(f"the database does not answer: {reason}", EXIT_NO_SERVICE) from None


# A second command keeps typer from taking `upgrade` for the only one.
@app.command()
def version() -> None:
    """Say which version this program needs."""
    from sinks.migrate import newest  # noqa: PLC0415

    print(newest())
