"""``highwater export``: accounts, decisions, rulesets and the audit trail as files."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import plain_typer
from flows.commands.database import database
from flows.failures import Failure

app = plain_typer("Write what Postgres holds into files, for a move or a regulator.")

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day, in UTC.")]


class DatasetChoice(StrEnum):
    """What is exported."""

    accounts = "accounts"
    decisions = "decisions"
    rulesets = "rulesets"
    audit = "audit"


@app.command("write")
def write(
    dataset: Annotated[DatasetChoice, typer.Argument(help="What.")],
    out: Annotated[Path, typer.Argument(help="A file: .jsonl, .csv or .parquet.")],
    since: Day = None,
    until: Day = None,
    jurisdiction: Annotated[str | None, typer.Option(help="Accounts with this tag alone.")] = None,
) -> None:
    """Write a dataset, from the day `since` on and before the day `until`."""
    from flows.commands.output import say  # noqa: PLC0415 - a command loads what it needs
    from flows.exporting import write_file  # noqa: PLC0415
    from sinks.archive import Part, columns, rows  # noqa: PLC0415

    days = [None if day is None else day.date() for day in (since, until)]
    part = Part(days[0], days[1], jurisdiction)
    with database() as dsn, rows(dsn, dataset.value, part) as found:
        count = write_file(out, columns(dataset.value), found)
    say(f"{count} rows of {dataset.value} in {out}")


@app.command("tag")
def tag_one(
    jurisdiction: Annotated[str, typer.Argument(help="Such as EU or US-NY.")],
    firm: Annotated[str, typer.Option(help="Which firm.")] = "default",
    account: Annotated[str | None, typer.Option(help="One account of it.")] = None,
) -> None:
    """Say under which law a firm, or one account of it, falls."""
    from sinks.archive import tag  # noqa: PLC0415

    if not jurisdiction or not firm:
        raise Failure("a jurisdiction and a firm are needed")
    with database() as dsn:
        tag(dsn, firm, account, jurisdiction)
