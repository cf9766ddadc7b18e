"""Makes a log from its URL.

    dir:PATH                                        a directory
    kafka:HOST:PORT[,HOST:PORT…][?NAME=VALUE&…]     a cluster; librdkafka settings

`replication=N` among the settings says how many copies new topics have. Names and values are
percent-decoded. A secret belongs into `settings`, not into a URL that logs and `ps` show.
"""

from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

from connectors.log.abstract import Log, LogError
from connectors.log.kafka import KafkaLog
from connectors.log.kafka_client import Settings
from connectors.log.local import LocalLog


def open_log(url: str, settings: Settings = MappingProxyType({})) -> Log:
    """Return the log at `url`; `settings` add to those of a Kafka URL, and a directory has none.

    Raises:
        LogError: this is no URL of a log.
    """
    kind, _, place = url.partition(":")
    if kind == "dir" and place:
        return LocalLog(Path(place))
    if kind == "kafka":
        bootstrap, _, query = place.partition("?")
        if not all(_is_address(address) for address in bootstrap.split(",")):
            message = f"bad log URL: `kafka:` needs HOST:PORT, found {bootstrap!r}"
            raise LogError(message)
        options = {**_options(query), **settings}
        replication = options.pop("replication", "1")
        if not (replication.isascii() and replication.isdigit() and int(replication) > 0):
            message = f"bad log URL: `replication` must be a positive number, was {replication!r}"
            raise LogError(message)
        return KafkaLog(bootstrap, options, int(replication))
    message = f"bad log URL: it begins with `dir:` or `kafka:`, this one with {kind!r}"
    raise LogError(message)


def _is_address(address: str) -> bool:
    host, _, port = address.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit()


def _options(query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in query.split("&") if query else []:
        name, equals, value = part.partition("=")
        if not equals or not name:
            # The value may be a secret: name the place, not the text.
            message = f"bad log URL: option {len(options) + 1} is not NAME=VALUE"
            raise LogError(message)
        options[unquote(name)] = unquote(value)
    return options
