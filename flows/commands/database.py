"""The database of a command that asks it: what does not answer is one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.failures import EXIT_NO_SERVICE, Failure


@contextmanager
def database() -> Iterator[str]:
    """Give where the database is.

    Raises:
        Failure: none is configured, it does not answer, or it has no tables yet.
    """
    from flows.options import load_settings  # noqa: PLC0415 - a command loads what it needs

    with answering_database():
        yield load_settings().require_database()


@contextmanager
def answering_database() -> Iterator[None]:
    """Say in one line what is wrong with the database that is asked within.

    Raises:
        Failure: it does not answer, or has no tables yet.
    """
    import psycopg  # noqa: PLC0415

    try:
        yield
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise Failure(f"the database does not answer: {reason}", EXIT_NO_SERVICE) from None
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedTable):
        raise Failure(
            "the database has no tables for this yet, run `highwater db upgrade`"
        ) from None
