"""Requests to a server on loopback, so many at a time."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

CONNECTIONS = 16
TIMEOUT = 60


def hit(port, paths, connections=CONNECTIONS):
    """Request all paths; return how many a second, and how many were not answered by 200."""
    start = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        # a mail program of its own for each
        answers = list(pool.map(partial(request, port), paths, range(len(paths))))
    return len(paths) / (time.perf_counter() - start), answers.count(False)


def request(port, path, number):
    """Request one path; tell whether it was answered by 200."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.{number}"
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: {agent}\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
            connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
            answer = b""
            while data := connection.recv(65536):
                answer += data
    except OSError:
        return False
    return answer.split(b"\r\n", 1)[0].split(b" ")[1:2] == [b"200"]
