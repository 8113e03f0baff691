"""`python -m deploy.standins --port-base 4700`: SMTP on the base, HTTP on the next, until told to stop."""

import argparse
import asyncio
import signal
from pathlib import Path

import msgspec

from deploy.standins.world import standins


async def run(host: str, port_base: int, folder: Path | None) -> None:
    """Run the stand-ins until SIGINT or SIGTERM, after saying in one line of JSON where they are."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for told in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(told, stop.set)
    smtp_port, http_port = (port_base, port_base + 1) if port_base else (0, 0)
    async with standins(host=host, smtp_port=smtp_port, http_port=http_port, folder=folder) as world:
        where = {"smtp_host": host, "smtp_port": world.smtp_port, "http": world.url}
        print(msgspec.json.encode(where).decode(), flush=True)
        await stop.wait()


def main() -> None:
    """Read the arguments and run."""
    ask = argparse.ArgumentParser(prog="python -m deploy.standins", description=__doc__)
    ask.add_argument("--host", default="127.0.0.1")
    ask.add_argument("--port-base", type=int, default=0, help="SMTP here, HTTP on the next; 0 takes free ones")
    ask.add_argument("--folder", type=Path, help="where letters may be dropped as NAME.json and NAME.pdf")
    told = ask.parse_args()
    asyncio.run(run(told.host, told.port_base, told.folder))


if __name__ == "__main__":
    main()
