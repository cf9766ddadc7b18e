"""Runs a live flow until it is asked to end, and turns what stopped it into an exit code."""

import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import timedelta

from bytewax.dataflow import Dataflow
from bytewax.testing import run_main  # the single-worker runner
from psycopg import OperationalError

from connectors.bad_file import BadFile
from connectors.journal import JournalGap
from connectors.log.abstract import Log, LogError, LogUnavailable
from flows.dead_letter_share import TooManyDeadLetters
from flows.failures import EXIT_BAD_INPUT, EXIT_CHECK_FAILED, EXIT_NO_SERVICE, Failure
from flows.logging import Logger, configure_logging, get_logger
from flows.manifest import BadBase
from flows.options import FlowSettings
from flows.outlet import Diverged
from flows.stopping import Stop
from schemas.errors import InputError
from sinks.moves import OutOfStep
from sinks.postgres import NoSchema
from sinks.witness import Restored

EPOCH = timedelta(seconds=1)
"""How often sinks are flushed when nothing else makes them."""

Wire = Callable[[Log, FlowSettings, Stop, ExitStack], Dataflow]

_UNUSABLE = (InputError, BadFile, NoSchema)


def run_flow(name: str, wire: Wire, settings: FlowSettings) -> None:
    """Run a flow to its end.

    Raises:
        Failure: what stopped it, with the exit code of the contract.
    """
    configure_logging(settings.log_level)
    os.environ["RUST_BACKTRACE"] = "0"  # Bytewax would add a page to every error of ours
    logger = get_logger(flow=name)
    try:
        with ExitStack() as stack:
            log = stack.enter_context(closing(settings.open_log()))
            stop = Stop().listen(with_parent=settings.end_with_parent)
            flow = wire(log, settings, stop, stack)
            run_main(flow, epoch_interval=EPOCH)  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - whatever stops a flow ends here with its code
        cause = root_cause(error)
        code = exit_code(cause)
        message = " ".join(str(cause).split()) or type(cause).__name__
        if code == EXIT_CHECK_FAILED:
            _log_failure(logger, cause, message)
        raise Failure(message, code) from None
    logger.info("flow.stopped")


# A traceback only for what nobody foresaw; the others say it all themselves.
def _log_failure(logger: Logger, cause: BaseException, message: str) -> None:
    if isinstance(cause, JournalGap):
        logger.error("source.gapped", error=message)
    elif isinstance(cause, TooManyDeadLetters):
        logger.error("dead_letters.exceeded", error=message)
    elif isinstance(cause, LogError | OutOfStep | Restored | Diverged | BadBase):
        logger.error("flow.failed", error=message)
    else:
        logger.error("flow.failed", error=message, exc_info=cause)


def root_cause(error: BaseException) -> BaseException:
    """Return what was raised first: Bytewax wraps it in errors of its own."""
    while (cause := error.__cause__) is not None and "ytewax" in type(error).__name__:
        error = cause
    return error


def exit_code(error: BaseException) -> int:
    """Return the contract's exit code for what stopped a flow."""
    if isinstance(error, Failure):
        return error.exit_code
    if isinstance(error, LogUnavailable | OperationalError | ConnectionError):
        return EXIT_NO_SERVICE
    return EXIT_BAD_INPUT if isinstance(error, _UNUSABLE) else EXIT_CHECK_FAILED
