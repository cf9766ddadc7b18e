"""How a command ends when it cannot do what it was asked: one line on stderr, and an exit code."""

EXIT_DONE = 0
EXIT_CHECK_FAILED = 1
EXIT_BAD_INPUT = 2  # bad usage, or an input file that cannot be read as its format
EXIT_NO_SERVICE = 3  # a service is not reachable


class Failure(Exception):  # noqa: N818 - how a command ended
    """Ends a command with one line on stderr.

    Args:
        message: lower case, no full stop; names the file, line and field when there are such.
        exit_code: one of the codes above.
    """

    def __init__(self, message: str, exit_code: int = EXIT_BAD_INPUT) -> None:
        super().__init__(message)
        self.exit_code = exit_code
