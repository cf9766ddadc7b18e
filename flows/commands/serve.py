"""``highwater serve``: the API and the dashboard."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.database import answering_database
from flows.failures import EXIT_CHECK_FAILED, EXIT_NO_SERVICE, Failure


def command(
    log: Annotated[str | None, typer.Option(help="dir:PATH or kafka:HOST:PORT.")] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Put before every topic name.")] = None,
    host: Annotated[str | None, typer.Option(help="Where to listen; HIGHWATER_API_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="0 for any; HIGHWATER_API_PORT.")] = None,
    demo: Annotated[
        Path | None, typer.Option(help="Serve what a demo left in this directory.")
    ] = None,
) -> None:
    """Serve the API and the dashboard until asked to end."""
    from api.serve import serve  # noqa: PLC0415 - a command loads what it needs
    from connectors.log.abstract import LogError, LogUnavailable  # noqa: PLC0415
    from flows.audit.command import export_command  # noqa: PLC0415
    from flows.logging import configure_logging  # noqa: PLC0415
    from flows.options import load_settings  # noqa: PLC0415
    from flows.topics import ensure_topics  # noqa: PLC0415

    given = {"log": log, "topic_prefix": topic_prefix, "api_host": host, "api_port": port}
    with _place(demo) as found:
        settings = load_settings(**{**given, **found})
        configure_logging("warning" if settings.log_level == "info" else settings.log_level)
        dsn = settings.require_database()

        def began(port: int) -> None:
            typer.echo(f"serving on http://{settings.api_host}:{port}", err=True)

        try:
            with answering_database(), closing(settings.open_log()) as opened:
                ensure_topics(opened, settings.output_partitions)
                serve(settings, dsn, opened, began, export_command(settings))
        except LogUnavailable as error:
            raise Failure(str(error), EXIT_NO_SERVICE) from None
        except LogError as error:
            raise Failure(str(error), EXIT_CHECK_FAILED) from None
        except OSError as error:
            where = f"{settings.api_host}:{settings.api_port}"
            raise Failure(f"cannot serve on {where}: {error.strerror}") from None


@contextmanager
def _place(demo: Path | None) -> Iterator[dict[str, object]]:
    if demo is None:
        yield {}
        return
    from flows.demo.served import served_demo  # noqa: PLC0415

    with served_demo(demo) as found:
        yield found
