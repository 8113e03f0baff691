"""Apache Kafka's Java archives: fetched once by Maven into the project's own folder, whole or not at all."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[2]
POM = Path(__file__).with_name("pom.xml")
JAVA_MIN = 17  # Kafka 4 starts with no older one.
FETCH_SECONDS_MAX = 600.0


class NotHad(Exception):
    """Apache Kafka cannot be had on this machine; the text says why."""


def version() -> str:
    """The Apache Kafka that `pom.xml` names."""
    [named] = re.findall(r"<artifactId>kafka_2\.13</artifactId>\s*<version>(.+?)</version>", POM.read_text())
    return str(named)


def fetched() -> Path:
    """The folder of archives, fetched where it is not there yet. Raises NotHad."""
    java()
    folder = PROJECT / ".kafka" / version()
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise NotHad("no Maven: mvn is not on the path")
    beside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    _run(
        [
            maven,
            "--batch-mode",
            "--quiet",
            f"--file={POM}",
            f"-DoutputDirectory={beside}",
            "dependency:copy-dependencies",
        ],
        FETCH_SECONDS_MAX,
    )
    beside.rename(folder)
    return folder


def java() -> str:
    """The Java to run it with: of JAVA_HOME, else of the path. Raises NotHad where there is none or an older one."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=f"{home}/bin" if home else None)
    if program is None:
        raise NotHad("no Java: java is not on the path")
    told = _run([program, "-version"], 60)
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) < JAVA_MIN:
        raise NotHad(f"Java {JAVA_MIN} or newer is needed; {program} is {found[1] if found else 'of no known version'}")
    return program


def _run(argv: Sequence[str], seconds_max: float) -> str:
    """What it printed. Raises NotHad with its first line of failure."""
    try:
        done = subprocess.run(  # noqa: S603 - programs of the machine's own, arguments of ours.
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=seconds_max, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotHad(f"{Path(argv[0]).name} did not end within {seconds_max:.0f} s") from None
    if done.returncode:
        wrong = [line for line in done.stdout.splitlines() if line.strip()] or [f"exit code {done.returncode}"]
        raise NotHad(f"{Path(argv[0]).name}: {wrong[0].strip()[:300]}")
    return done.stdout
