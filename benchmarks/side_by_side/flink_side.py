"""A Flink DataStream job in Java, in this machine's JVM: keyed by account, and sharded arrays.

Its jars come with PyPI's `apache-flink-libraries`, 330 MB, which are no part of the project: they
are only fetched when asked for. Flink's local executor runs the job inside the JVM.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from benchmarks.side_by_side.shared import run_apart

VERSION = "2.3.0"
SOURCES = Path(__file__).with_name("flink")
_WANTED = ("flink-dist-", "log4j-api-", "log4j-core-", "log4j-slf4j-impl-")
# Flink 2 on Java 17 asks for these itself in its own start scripts.
_OPENED = ("java.lang", "java.util", "java.time", "java.net", "java.io", "java.nio")
_JVM = [
    "-Xms1g", "-Xmx4g", "-XX:+UseSerialGC",  # one collector thread: the least CPU of them all
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED),
]  # fmt: skip


def fetch(folder):
    """Download Flink's jars with pip and put those that matter into a folder."""
    if jars(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
    subprocess.run([*command, f"--dest={folder}", f"apache-flink-libraries=={VERSION}"], check=True)
    (archive,) = folder.glob("apache_flink_libraries-*.tar.gz")
    with tarfile.open(archive) as packed:
        for member in packed:
            name = Path(member.name).name
            if "/deps/lib/" in member.name and name.startswith(_WANTED):
                with packed.extractfile(member) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    archive.unlink()


def jars(folder):
    """Return the jars in a folder."""
    return sorted(folder.glob("*.jar"))


def missing(folder):
    """Say in one line why Flink cannot run here; nothing when it can."""
    for tool in ("javac", "java"):
        if shutil.which(tool) is None:
            return f"no {tool} on this machine"
    if not any(jar.name.startswith("flink-dist-") for jar in jars(folder)):
        return f"no Flink jars in {folder}; --fetch-flink downloads them (330 MB)"
    return ""


def build(folder, target):
    """Compile the job; return the command that runs it."""
    path = ":".join(str(jar) for jar in jars(folder))
    sources = sorted(str(source) for source in SOURCES.glob("*.java"))
    subprocess.run(["javac", "-d", str(target), "-cp", path, *sources], check=True)
    return ["java", *_JVM, "-cp", f"{target}:{SOURCES}:{path}", "SideBySide"]


def run(command, form, folder, ticks):
    """Run one form of the job, `keyed` or `sharded`."""
    return run_apart([*command, form], folder, ticks)
