"""A small disk that can be full: a file system in memory, where one may be mounted."""

import shutil
import subprocess
from pathlib import Path

SIZE = "6m"
_BLOCK = b"\0" * 65_536


class Disk:
    """A folder on a disk of its own, or, where nothing may be mounted, a plain folder.

    Args:
        folder: is made.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "highwater-chaos", str(folder)]
        found = shutil.which("mount") is not None
        code = subprocess.run(mount, check=False, capture_output=True).returncode if found else 1
        self.is_small = code == 0

    def fill(self) -> None:
        """Take all the room there is."""
        assert self.is_small
        try:
            with self._filler.open("ab", buffering=0) as file:
                while True:
                    file.write(_BLOCK)
        except OSError:
            return

    def free(self) -> None:
        """Give it back."""
        self._filler.unlink(missing_ok=True)

    def close(self) -> None:
        if self.is_small:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
            self.is_small = False

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"
