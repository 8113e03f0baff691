"""Which port of this machine a server of ours listens on."""

import secrets
import socket
from collections.abc import Iterator

# Below those that Linux (from 32768) and macOS (from 49152) give to outgoing connections: one of these could have ours
# while its server starts, or is away, and the server would not come up.
SERVERS = range(20_000, 32_000)


def free_port(first: int = 0) -> int:
    """A loopback port nobody listens on: the first from `first` on, or any. No other platform takes it meanwhile.

    Raises OSError where there is none.
    """
    for port in range(first, 65_536) if first else _from_anywhere():
        with socket.socket() as tried:
            # A port whose last connections are still being forgotten is free: a portal keeps its address.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            if _is_kept_for_us(port):
                return port
    raise OSError(f"no port from {first or SERVERS.start} on is free")


def two_free_ports() -> int:
    """The first of two loopback ports side by side that nobody listens on."""
    while True:
        first = free_port()
        if free_port(first + 1) == first + 1:
            return first


def _from_anywhere() -> Iterator[int]:
    first = secrets.choice(SERVERS)
    yield from range(first, SERVERS.stop)
    yield from range(SERVERS.start, first)


def _is_kept_for_us(port: int) -> bool:
    """Whether no other platform means to listen there: it takes seconds from choosing a port to listening on it.

    Whoever means to holds the UDP port of that number, which is used for nothing else, until its process ends.
    """
    if port in _KEPT_PORTS:
        return False
    with socket.socket(type=socket.SOCK_DGRAM) as held:
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            return False
        _KEPT_PORTS[port] = held.detach()
    return True


_KEPT_PORTS: dict[int, int] = {}
