"""``highwater topics``: make the topics, before the flows or instead of them."""

from typing import Annotated

import typer

from flows.cli import plain_typer

app = plain_typer("Make the topics of a journal.")


@app.command()
def create(
    log: Annotated[str | None, typer.Option(help="dir:PATH or kafka:HOST:PORT.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every name.")] = None,
    output_partitions: Annotated[
        int | None, typer.Option(help="Partitions of the outputs: most risk processes ever.")
    ] = None,
) -> None:
    """Create what is missing, with its partitions, retention and compaction; say how it is."""
    from contextlib import closing  # noqa: PLC0415 - a command loads what it needs

    from connectors.log.abstract import LogError  # noqa: PLC0415
    from flows.failures import Failure  # noqa: PLC0415
    from flows.logging import configure_logging  # noqa: PLC0415
    from flows.options import load_settings  # noqa: PLC0415
    from flows.run import exit_code  # noqa: PLC0415
    from flows.topics import ensure_topics, wanted_topics  # noqa: PLC0415

    settings = load_settings(
        log=log, topic_prefix=topic_prefix, output_partitions=output_partitions
    )
    configure_logging("warning")
    try:
        with closing(settings.open_log()) as opened:
            made = ensure_topics(opened, settings.output_partitions)
            for topic in wanted_topics(settings.output_partitions):
                partitions = opened.partitions(topic.name)
                state = "created" if topic.name in made else "exists"
                if partitions != topic.partitions:
                    state += f", {topic.partitions} wanted"
                typer.echo(f"{settings.topic_prefix}{topic.name:<16} {partitions:>4}  {state}")
    except LogError as error:
        raise Failure(str(error), exit_code(error)) from None
