"""What the tests of the documentation read: pages, their blocks of code and their tables."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Block(NamedTuple):
    """A fenced block of code: its language, its text and the line its text starts on."""

    language: str
    text: str
    line: int


class Table(NamedTuple):
    """A table by rows; a cell is found under its column's name, without backticks."""

    line: int
    header: list[str]
    rows: list[dict[str, str]]


def listed(*patterns: str) -> list[str]:
    """Files of the repository that git does not ignore, by name."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return sorted(name for name in set(found.stdout.splitlines()) if (ROOT / name).is_file())


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> list[Block]:
    """Return the fenced blocks of a page, all of them when no language is named."""
    found: list[Block] = []
    language, start, lines = None, 0, []
    for number, line in enumerate(read(name).splitlines(), start=1):
        if line.startswith("```"):
            if language is None:
                language, start, lines = line[3:].strip(), number + 1, []
            else:
                found.append(Block(language, "\n".join(lines), start))
                language = None
        elif language is not None:
            lines.append(line)
    assert language is None, f"{name}: a block is not closed"
    return [block for block in found if not languages or block.language in languages]


def prose(name: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", read(name), flags=re.MULTILINE | re.DOTALL)


def tables(name: str, *columns: str) -> list[Table]:
    """Return the tables of a page that have all of ``columns``."""
    found: list[Table] = []
    lines = read(name).splitlines()
    for number, line in enumerate(lines):
        if not re.fullmatch(r"\|(?:\s*:?-+:?\s*\|)+", line):
            continue
        header = _cells(lines[number - 1])
        rows = []
        for row in lines[number + 1 :]:
            if not row.startswith("|"):
                break
            cells = _cells(row)
            assert len(cells) == len(header), f"{name}: a row of another width: {row}"
            rows.append(dict(zip(header, cells, strict=True)))
        found.append(Table(number, header, rows))
    return [table for table in found if set(columns) <= set(table.header)]


def anchors(name: str) -> set[str]:
    """Return the anchors of a page's headings, as they are made from their text."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", prose(name), flags=re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(slug)
    return found


def names_in(cell: str) -> list[str]:
    """Return what stands between backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


# A pipe inside backticks is written `\|`.
def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [part.strip().replace("\\|", "|") for part in parts]
