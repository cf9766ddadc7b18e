"""The log for a command that reads or writes a little of it and ends."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from connectors.journal import JournalGap
from connectors.log.abstract import Log, LogError, LogUnavailable
from flows.failures import EXIT_CHECK_FAILED, EXIT_NO_SERVICE, Failure
from flows.options import load_settings


@contextmanager
def open_topics(**options: str | None) -> Iterator[Log]:
    """Open the log that the settings and these options name.

    Raises:
        Failure: its URL is wrong (exit code 2), it does not answer (3), or refuses (1).
    """
    try:
        with closing(load_settings(**options).open_log()) as log:
            yield log
    except LogUnavailable as error:
        raise Failure(str(error), EXIT_NO_SERVICE) from None
    except (LogError, JournalGap) as error:
        raise Failure(str(error), EXIT_CHECK_FAILED) from None
