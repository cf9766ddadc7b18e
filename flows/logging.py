"""Structured logs: pretty on a terminal, JSON elsewhere; one name per fact."""

import logging
import sys
import time
from typing import Protocol, cast

import structlog

from schemas.telemetry import LogEvent

_LIBRDKAFKA_S = 20.0


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

    def exception(self, event: LogEvent, **facts: object) -> None:
        """Write an error with the traceback of the exception being handled."""

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
    )
    librdkafka = logging.getLogger("connectors.log.kafka")
    librdkafka.handlers = [_Librdkafka()]
    librdkafka.propagate = False


class _Librdkafka(logging.Handler):
    """Passes on one line in a while of what librdkafka repeats several times a second."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        # A service that is away from the start ends the flow before this is over.
        self._silent_until = time.monotonic() + _LIBRDKAFKA_S

    def emit(self, record: logging.LogRecord) -> None:
        if time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + _LIBRDKAFKA_S
            get_logger().warning("service.unreachable", service="kafka", said=record.getMessage())


def get_logger(**facts: object) -> Logger:
    """Return a logger that adds these facts to every event."""
    return cast("Logger", structlog.get_logger(**facts))
