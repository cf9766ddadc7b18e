"""Work on an event loop in a thread of its own, beside a flow that reads and writes."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class LoopThread:
    """Runs `main` until it returns; what it raises, the flow raises.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()
        self._begun.wait()

    def check(self) -> None:
        """Raise what ended the work, if something did."""
        if self._error is not None:
            raise self._error

    def finish(self, error: type[BaseException] | None, *_: object) -> None:
        """Wait for the end; raises what ended the work. Fits `ExitStack.push`.

        Args:
            error: what ended the flow; then its own error is the one that is told.
        """
        if self._begun.is_set():
            self.end(abandoned=error is not None)
            self._thread.join()
        if error is None:
            self.check()

    def soon(self, call: Callable[[], object]) -> None:
        """Let something happen on the loop; nothing does when it is over already."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(call)

    async def main(self) -> None:
        """Work."""
        raise NotImplementedError

    def end(self, *, abandoned: bool) -> None:
        """Let `main` return; called from the flow's thread."""
        raise NotImplementedError

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - the flow's thread raises it
            self._error = error
        finally:
            self._begun.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        with first_of_group():
            await self.main()


@contextmanager
def first_of_group() -> Iterator[None]:
    """Let the first error of a group of tasks stand for all."""
    try:
        yield
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
