"""The command that makes a bundle of a live journal, for a process that only starts it."""

import sys

from flows.options import FlowSettings

_MAIN = "from flows.cli import main; main()"


def export_command(settings: FlowSettings) -> list[str]:
    """Return `highwater audit export` without account and file; nothing where there is no key.

    A key in the environment is found there by the command itself: it is not to be seen in a list
    of processes.
    """
    if settings.audit_key is None and settings.audit_key_file is None:
        return []
    command = [sys.executable, "-c", _MAIN, "audit", "export", f"--log={settings.log_url}"]
    if settings.topic_prefix:
        command.append(f"--topic-prefix={settings.topic_prefix}")
    if settings.audit_key_file is not None:
        command.append(f"--key={settings.audit_key_file}")
    return command
