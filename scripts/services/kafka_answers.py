"""Exit 0 if the broker named on the command line answers within a second."""

import sys

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient


def main() -> int:
    """Ask for the list of topics, quietly."""
    settings = {"bootstrap.servers": sys.argv[1], "log_level": 0}
    try:
        brokers = AdminClient(settings).list_topics(timeout=1.0).brokers
    except KafkaException:
        return 1
    return 0 if brokers else 1


if __name__ == "__main__":
    sys.exit(main())
