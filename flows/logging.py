"""Structured logs: pretty on a terminal, JSON elsewhere; one name per fact."""

import logging
import sys
from typing import Protocol, cast

import structlog

from schemas.telemetry import LogEvent


class Logger(Protocol):
    """What flows log with: the name of an event, and its facts as keys."""

    def debug(self, event: LogEvent, **facts: object) -> None:
        """Write a detail."""

    def info(self, event: LogEvent, **facts: object) -> None:
        """Write what an operator may want to know."""

    def warning(self, event: LogEvent, **facts: object) -> None:
        """Write what an operator should look at."""

    def error(self, event: LogEvent, **facts: object) -> None:
        """Write what an operator must act on."""

    def bind(self, **facts: object) -> "Logger":
        """Return a logger that adds these facts to every event."""


def configure_logging(level: str, *, pretty: bool | None = None) -> None:
    """Write events of at least `level` to stderr; `pretty` is by default for terminals only."""
    if pretty is None:
        pretty = sys.stderr.isatty()
    renderer: structlog.typing.Processor
    if pretty:
        renderer = structlog.dev.ConsoleRenderer()
    else:
        renderer = structlog.processors.JSONRenderer(sort_keys=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def get_logger(**facts: object) -> Logger:
    """Return a logger that adds these facts to every event."""
    return cast("Logger", structlog.get_logger(**facts))
