"""The ports our servers listen on: nobody else is given one, neither another platform nor an outgoing connection."""

import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from deploy.ports import SERVERS, free_port, two_free_ports

CONNECTIONS = 200


def test_a_port_is_told_once_and_to_one_platform() -> None:
    ours = [free_port() for _ in range(20)]
    assert len(set(ours)) == 20
    asked = f"from deploy.ports import free_port; print(free_port({ours[0]}))"
    theirs = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)  # noqa: S603  (ours)
    assert int(theirs.stdout) > ours[0]


def test_no_outgoing_connection_is_given_a_servers_port() -> None:
    """It would have it while the server starts, or is away."""
    with ExitStack() as open_:
        server = open_.enter_context(socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS))
        clients = [open_.enter_context(socket.create_connection(server.getsockname())) for _ in range(CONNECTIONS)]
        given = {client.getsockname()[1] for client in clients}
    assert given.isdisjoint(SERVERS)
    assert {free_port() for _ in range(20)} <= set(SERVERS)


def test_a_port_somebody_listens_on_is_not_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert free_port(taken.getsockname()[1]) > taken.getsockname()[1]


def test_two_ports_lie_side_by_side() -> None:
    first = two_free_ports()
    assert free_port(first) > first + 1


def test_where_no_port_is_free_it_says_so() -> None:
    last = free_port(65_535)
    with pytest.raises(OSError, match="no port from 65535 on is free"):
        free_port(last)
