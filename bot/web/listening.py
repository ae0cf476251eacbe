"""Listening: an address is bound before anything else starts, so that trouble with it is a sentence."""

import socket


class AddressTaken(Exception):
    """The address cannot be listened on; says so in a sentence."""


def bind(host: str, port: int) -> socket.socket:
    """Listen there. Raises AddressTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise AddressTaken(f"Nothing can listen on {host}:{port}: {error.strerror}.") from error
    return found
