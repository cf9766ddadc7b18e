"""``highwater schemas``: the shapes of everything that crosses a boundary, as documents."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli import plain_typer
from flows.failures import Failure

app = plain_typer("Export JSON Schemas and the AsyncAPI document.")


@app.callback()
def _group() -> None:
    """Having a callback makes typer treat a single command as one of several."""


@app.command()
def export(
    directory: Annotated[Path, typer.Argument(help="Where the documents go; made if needed.")],
) -> None:
    """Write one JSON Schema per shape, and ``asyncapi.json`` for the topics."""
    from flows.commands.output import say  # noqa: PLC0415
    from schemas.export import asyncapi, json_schemas  # noqa: PLC0415

    families = _catalogue()
    documents = {f"{name}.schema.json": made for name, made in json_schemas(families).items()}
    documents["asyncapi.json"] = asyncapi(families)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, document in documents.items():
            _write(directory / name, document)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise Failure(f"{directory}: cannot be written: {reason}") from None
    say(f"{len(documents)} documents in {directory}")


def _catalogue() -> dict[str, dict[str, dict[str, Any]]]:
    from rules.catalog import GOALS, RULES  # noqa: PLC0415

    rules = {name: family.params.model_json_schema() for name, family in RULES.items()}
    goals = {name: family.params.model_json_schema() for name, family in GOALS.items()}
    return {"rules": rules, "goals": goals}


def _write(path: Path, document: dict[str, Any]) -> None:
    import orjson  # noqa: PLC0415

    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    path.write_bytes(orjson.dumps(document, option=options))
