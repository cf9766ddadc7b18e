"""Clients that cost next to nothing, so that a benchmark measures the server: HTTP and sockets."""

import asyncio
import base64
import os


async def request(reader, writer, text):
    """Send one request on a connection that stays; return the status."""
    writer.write(text)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    return int(head[9:12])


async def upgrade(host, port, path):
    """Open a socket; return its streams."""
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head, head
    return reader, writer


async def message(reader, writer):
    """Return the next text message; answers pings."""
    while True:
        first, length = await reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2))
        elif length == 127:
            length = int.from_bytes(await reader.readexactly(8))
        data = await reader.readexactly(length)
        if first & 15 == 1:
            return data
        if first & 15 == 8:
            raise ConnectionError(data[2:].decode())
        if first & 15 == 9:
            writer.write(bytes([0x8A, 0x80 | len(data), 0, 0, 0, 0]) + data)
