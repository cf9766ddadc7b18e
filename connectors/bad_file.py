"""The one way a file as a whole is refused."""


class BadFile(Exception):  # noqa: N818 - the file is bad; saying so is not a fault of ours
    """A file that cannot be read as its format: one clear line for the user (exit code 2)."""

    def __init__(self, name: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"{name}: {reason}" if line is None else f"{name}:{line}: {reason}")
