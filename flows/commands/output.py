"""Where commands write: JSON Lines to a file or stdout, everything else to stderr."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from flows.failures import Failure


class JsonLines:
    """A file of JSON Lines, or stdout when the path is ``-``.

    Args:
        path: the file; it is written anew.
        inputs: files it must not be.

    Raises:
        Failure: it cannot be written, or is one of the inputs.
    """

    def __init__(self, path: Path, inputs: Sequence[Path] = ()) -> None:
        self._to_stdout = str(path) == "-"
        if not self._to_stdout and any(_same_file(path, other) for other in inputs):
            raise Failure(f"{path}: is an input, it would be overwritten")
        self._name = "stdout" if self._to_stdout else str(path)
        with self._telling():
            self._handle: BinaryIO = sys.stdout.buffer if self._to_stdout else path.open("wb")

    def write(self, lines: Iterable[bytes]) -> None:
        """Write lines, each without its line end.

        Raises:
            Failure: they cannot be written, such as to a full disk.
        """
        data = b"".join(line + b"\n" for line in lines)
        if data:
            with self._telling():
                self._handle.write(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._telling():
            self._handle.flush()
            if not self._to_stdout:
                self._handle.close()

    # A reader of ours that has gone away ends the command quietly, which typer sees to.
    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = (error.strerror or "").lower()
            raise Failure(f"{self._name}: cannot be written: {reason}") from None


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while something runs, if stderr is a terminal.

    Yields:
        A function to call with how much of ``total`` is done.
    """
    if not sys.stderr.isatty() or not total:
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where it is seen
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def say(line: str) -> None:
    """Tell the user something that is no result."""
    print(line, file=sys.stderr)


def _same_file(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)
