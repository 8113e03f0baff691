"""Set-up compiles nothing: every pinned package has a wheel for every system we say we run on."""

import tomllib
from functools import cache
from itertools import product

import pytest

from tests.platform.stage import PROJECT

PYTHONS = ("cp311", "cp312", "cp313", "cp314")
SYSTEMS = (("manylinux", "x86_64"), ("manylinux", "aarch64"), ("macosx", "x86_64"), ("macosx", "arm64"))
NOT_OURS = {"pywin32", "colorama"}  # Windows only.


@cache
def pinned() -> dict[str, list[str]]:
    """By package, the names of the wheels of all its pinned versions; the project itself has none."""
    packages = tomllib.loads((PROJECT / "uv.lock").read_text())["package"]
    wheels: dict[str, list[str]] = {}
    for package in packages:
        if package["name"] not in NOT_OURS | {"sovinto"}:
            names = [wheel["url"].rsplit("/")[-1] for wheel in package.get("wheels", [])]
            wheels.setdefault(package["name"], []).extend(names)
    return wheels


def fits(wheel: str, python: str, system: str, machine: str) -> bool:
    """Whether the wheel's tags (`name-version-python-abi-platform.whl`) take this Python on this system."""
    *_, made_for, abi, platform = wheel.removesuffix(".whl").split("-")
    if platform != "any" and not (system in platform and (machine in platform or "universal2" in platform)):
        return False
    newer_too = abi == "abi3" and int(made_for[2:].split(".")[0].removeprefix("3")) <= int(python[3:])
    return "py3" in made_for.split(".") or (made_for == python and abi in (python, "none")) or newer_too


@pytest.mark.parametrize(("system", "python"), list(product(SYSTEMS, PYTHONS)))
def test_every_package_has_a_wheel(system: tuple[str, str], python: str) -> None:
    without = [name for name, wheels in pinned().items() if not any(fits(each, python, *system) for each in wheels)]
    assert without == []
