"""Where no real Kafka can be had, that is said: it is never taken for a pass."""

import subprocess
import sys

from tests.sources import PROJECT


def test_a_command_for_real_kafka_says_not_run_and_why_and_does_not_run() -> None:
    env = {"PATH": "/nowhere", "DOCKER_HOST": "tcp://127.0.0.1:1"}
    asked = [sys.executable, "-m", "tests.real_kafka", sys.executable, "-c", "print('it ran')"]
    done = subprocess.run(asked, env=env, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - fixed.
    assert done.stdout == "not run: real Kafka (no Java: java is not on the path; and no Docker engine answers)\n"
    assert done.returncode == 0
