"""Ports that nobody else gets."""

import socket

import pytest

from devtools import system


def test_a_port_is_given_once():
    ports = [system.free_port() for _ in range(200)]
    assert len(set(ports)) == len(ports)


def test_the_system_gives_a_kept_port_to_nobody():
    port = system.free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))


def test_a_server_can_listen_on_a_kept_port():
    port = system.free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert system.answers(port)
    assert not system.answers(port)
