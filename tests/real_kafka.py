"""Runs a command against a real Apache Kafka: `make kafka` runs the bus's tests so.

    python -m tests.real_kafka [COMMAND …]

The command finds it in SOVINTO_KAFKA, as it would find any. It is the one that is named there already, else one of our
own from its Java archives, else one in a container. Where none can be had, that is said and nothing is run.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.kafka.archives import NotHad, version
from deploy.kafka.server import Kafka
from tests import containers

TESTS = (sys.executable, "-m", "pytest", "-m", "kafka or real_kafka", "tests/bus")


async def main(command: Sequence[str]) -> int:
    """Options alone are for the tests; 0 also where there is no Kafka to run on."""
    if not command or command[0].startswith("-"):
        command = (*TESTS, *command)
    try:
        async with real_kafka() as (address, which):
            print(f"real Kafka: {which} at {address}", flush=True)
            running = await asyncio.create_subprocess_exec(*command, env={**os.environ, "SOVINTO_KAFKA": address})
            return await running.wait()
    except NotHad as why:
        print(f"not run: real Kafka ({why})")
        return 0


@asynccontextmanager
async def real_kafka() -> AsyncIterator[tuple[str, str]]:
    """Where it answers, and what it is. Raises NotHad."""
    if os.environ.get("SOVINTO_KAFKA"):
        yield os.environ["SOVINTO_KAFKA"], "as named in SOVINTO_KAFKA"
        return
    with tempfile.TemporaryDirectory(prefix="sovinto-kafka-") as home:
        try:
            ours = await asyncio.to_thread(Kafka, Path(home))
        except NotHad as why:
            if not containers.answer():
                raise NotHad(f"{why}; and no Docker engine answers") from None
            with containers.kafka() as address:
                yield address, "in a container"
            return
        async with ours:
            yield ours.address, f"Apache Kafka {version()} of our own"


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
