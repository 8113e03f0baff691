"""Real PostgreSQL and Kafka in containers, for those who ask for them and have a Docker engine that answers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


def wanted() -> bool:
    """Whether to use containers: asked for by SOVINTO_TEST_INFRA, and a Docker engine answers."""
    return os.environ.get("SOVINTO_TEST_INFRA") == "containers" and answer()


@cache
def answer() -> bool:
    """Whether a Docker engine answers."""
    # Asked in a process of its own, because a client that finds no engine leaves its connection open.
    asked = "import docker; docker.from_env(timeout=10).ping()"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, timeout=60, check=False)  # noqa: S603 - fixed.
    return done.returncode == 0


@contextmanager
def postgres() -> Iterator[str]:
    """The superuser's URL of a PostgreSQL for the time being."""
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer("postgres:18", username="sovinto", dbname="postgres", driver=None)
    with container.with_command("postgres -c max_connections=200") as running:
        yield str(running.get_connection_url())


@contextmanager
def kafka() -> Iterator[str]:
    """Host and port of an Apache Kafka for the time being."""
    from testcontainers.community.kafka import KafkaContainer

    with KafkaContainer("confluentinc/cp-kafka:8.0.0").with_kraft() as running:
        yield str(running.get_bootstrap_server())
