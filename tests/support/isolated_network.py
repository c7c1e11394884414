"""A network namespace without a way out, in which every outgoing packet is recorded.

`python -m support.isolated_network REPORT COMMAND…` runs a command in namespaces of its own (Linux,
no rights needed). All routes lead to loopback, where a packet socket sees what is sent; names are
asked of a server that is not there. REPORT gets a JSON list of where the packets went.
"""

import fcntl
import ipaddress
import json
import socket
import struct
import subprocess
import sys
from ctypes import addressof, create_string_buffer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
NAME_SERVER = "192.0.2.53"  # RFC 5737: nobody's
CONFIGURATION = {
    "/etc/resolv.conf": f"nameserver {NAME_SERVER}\noptions timeout:1 attempts:1\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",  # not through the socket of another program
}
SIOCADDRT, SIOCSIFFLAGS = 0x890B, 0x8914
UP, ROUTE_UP = 0x1, 0x1
RTENTRY = "@L16s16s16sHhLPhPLLH0L"
"""struct rtentry: destination, gateway, mask, flags, and further on the device's name."""
EVERY_PROTOCOL = 0x0003
DNS_PORT = 53
LAST = b"nothing comes after this packet"


def is_possible() -> bool:
    """Whether this machine lets us: Linux, and no policy against it."""
    try:
        return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def command(report: Path, *words: str) -> list[str]:
    """What runs the words in such a network."""
    return [*UNSHARE, sys.executable, "-m", "support.isolated_network", str(report), *words]


def main() -> None:
    """Run the command; its exit code is ours."""
    report, *words = sys.argv[1:]
    _configure_names()
    _lead_everything_to_loopback()
    sent: set[str] = set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(EVERY_PROTOCOL)) as all_:
        reader = Thread(target=_read, args=(all_, sent))
        reader.start()
        code = subprocess.run(words, check=False).returncode
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as goodbye:
            goodbye.sendto(LAST, ("127.0.0.1", 9))
        reader.join()
    Path(report).write_text(json.dumps(sorted(sent)), encoding="utf-8")
    sys.exit(code)


def _configure_names() -> None:
    with TemporaryDirectory() as folder:
        for number, (place, text) in enumerate(CONFIGURATION.items()):
            file = Path(folder, str(number))
            file.write_text(text, encoding="utf-8")
            subprocess.run(["mount", "--bind", file, place], check=True)


def _lead_everything_to_loopback() -> None:
    name = create_string_buffer(b"lo")
    anywhere = struct.pack("@HH4s8x", socket.AF_INET, 0, bytes(4))
    device = (0, 0, 0, addressof(name), 0, 0, 0)  # what is before and after it is not asked for
    route = struct.pack(RTENTRY, 0, *3 * [anywhere], ROUTE_UP, 0, *device)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("@16sH14x", b"lo", UP))
        fcntl.ioctl(any_socket, SIOCADDRT, route)


def _read(packets: socket.socket, sent: set[str]) -> None:
    while not (packet := packets.recv(1 << 16)).endswith(LAST):
        place = _place(packet)
        if place is not None:
            sent.add(place)


def _place(packet: bytes) -> str | None:
    """Where a packet goes, if to elsewhere or to a server of names, which asks elsewhere."""
    if packet[0] >> 4 == 4:
        address, rest = ipaddress.ip_address(packet[16:20]), packet[4 * (packet[0] & 0xF) :]
    elif packet[0] >> 4 == 6:
        address, rest = ipaddress.ip_address(packet[24:40]), packet[40:]
    else:
        return f"a packet that is not IP: {packet[:20].hex()}"
    port = int.from_bytes(rest[2:4], "big")
    return None if address.is_loopback and port != DNS_PORT else f"{address} port {port}"


if __name__ == "__main__":
    main()
