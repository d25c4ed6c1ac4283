"""Ports for the servers of a benchmark: free for UDP and for TCP, and outside the range from which the system takes the
ports of outgoing connections. A port inside it is free now and taken by the next client's socket."""

import random
import socket

FIRST = 12_000


def free_port():
    """A port of 127.0.0.1 for a server of either kind."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        low, high = map(int, file.read().split())
    ports = [port for port in range(FIRST, 65_536) if not low <= port <= high]
    for port in random.sample(ports, min(len(ports), 200)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            try:
                udp.bind(("127.0.0.1", port))
                tcp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit("no port is free for UDP and TCP outside the range of outgoing connections")
