"""Runs a live flow until it is asked to end, and turns what stopped it into an exit code."""

import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import timedelta

from bytewax.dataflow import Dataflow
from bytewax.testing import run_main  # the single-worker runner; `bytewax.run` wraps the same one

from connectors.log.abstract import Log, LogError, LogUnavailable
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.stopping import Stop
from schemas.errors import InputError
from schemas.telemetry import LogEvent

EPOCH = timedelta(seconds=1)
"""How often sinks are flushed when nothing else makes them."""

Wire = Callable[[Log, FlowSettings, Stop, ExitStack], Dataflow]

DONE, FAILED, BAD_USAGE, UNREACHABLE = 0, 1, 2, 3


def run_flow(name: str, wire: Wire, settings: FlowSettings) -> int:
    """Run a flow to its end; return the exit code after one line on stderr about what failed."""
    configure_logging(settings.log_level)
    logger = get_logger(flow=name)
    try:
        with ExitStack() as stack:
            log = stack.enter_context(closing(settings.open_log()))
            flow = wire(log, settings, Stop().listen(), stack)
            run_main(flow, epoch_interval=EPOCH)  # type: ignore[no-untyped-call]
    except Exception as error:
        cause = root_cause(error)
        code = exit_code(cause)
        event: LogEvent = "service.unreachable" if code == UNREACHABLE else "flow.failed"
        expected = isinstance(cause, LogError | InputError)
        logger.error(  # noqa: TRY400 - an expected failure needs no traceback
            event, error=f"{type(cause).__name__}: {cause}", exc_info=None if expected else error
        )
        sys.stderr.write(f"highwater: {cause}\n")
        return code
    logger.info("flow.stopped")
    return DONE


def root_cause(error: BaseException) -> BaseException:
    """Return what was raised first: Bytewax wraps it in errors of its own."""
    while (cause := error.__cause__) is not None and "ytewax" in type(error).__name__:
        error = cause
    return error


def exit_code(error: BaseException) -> int:
    """Return the contract's exit code for what stopped a flow."""
    if isinstance(error, LogUnavailable | ConnectionError):
        return UNREACHABLE
    return BAD_USAGE if isinstance(error, InputError) else FAILED
