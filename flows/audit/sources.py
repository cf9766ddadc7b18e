"""Which journal a command looks back on, as its options name it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from connectors.journal import JournalGap
from connectors.log.abstract import LogError, LogUnavailable
from flows.audit.journals import FileJournal, Journal, LogJournal
from flows.failures import EXIT_CHECK_FAILED, EXIT_NO_SERVICE, Failure
from flows.options import load_settings


class Named(NamedTuple):
    """The options that name a journal; what was not given is `None` or empty."""

    instruments: Path | None = None
    rulesets: Path | None = None
    ticks: Sequence[Path] = ()
    events: Sequence[Path] = ()
    decisions: Path | None = None
    log: str | None = None
    topic_prefix: str | None = None


@contextmanager
def opened(named: Named) -> Iterator[Journal]:
    """Open the files of a replay, or else the log that is named or that the settings name.

    Raises:
        Failure: options that contradict each other, or the log does not answer.
        BadFile: a file is not what it should be.
    """
    files = named[:5]
    if any(files):
        if named.log is not None:
            raise Failure("give the files of a replay or --log, not both")
        yield _files(named)
        return
    settings = load_settings(log=named.log, topic_prefix=named.topic_prefix)
    try:
        with closing(settings.open_log()) as log:
            yield LogJournal(log)
    except LogUnavailable as error:
        raise Failure(str(error), EXIT_NO_SERVICE) from None
    except (LogError, JournalGap) as error:
        raise Failure(str(error), EXIT_CHECK_FAILED) from None


def _files(named: Named) -> FileJournal:
    if named.instruments is None or named.rulesets is None:
        raise Failure("--instruments and --rulesets are needed, as for `highwater replay`")
    if not named.events:
        raise Failure("--events is needed: without them there is no account")
    return FileJournal(
        named.instruments, named.rulesets, named.ticks, named.events, named.decisions
    )
