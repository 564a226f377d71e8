"""A TCP port in front of a test's server, with or without TLS."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from .servers import Server


class Relay:
    """
    Passes bytes between a TCP port and ``server``, which may be replaced for new connections.

    While ``is_cutting``, resets connections amid answers. ``pieces(answer)`` yields what to pass on of an answer, and
    may take its time.
    """

    def __init__(self, server: Server, context: ssl.SSLContext | None) -> None:
        self.server = server
        self.pieces: Callable[[bytes], Iterable[bytes]] = lambda answer: [answer]
        self.is_cutting = False
        self.cuts = 0
        self._is_closed = False
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        self._is_closed = True
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self._open.add(peer)
                thread = threading.Thread(target=self._connect, args=[peer])
                self._threads.append(thread)
                thread.start()

    def _connect(self, peer: socket.socket) -> None:
        with suppress(OSError), peer, socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(self.server.socket)
            with self._context.wrap_socket(peer, server_side=True) if self._context else peer as secure:
                self._open.discard(peer)
                self._open.add(secure)
                if not self._is_closed:
                    self._pump(secure, upstream)
                self._open.discard(secure)

    def _pump(self, peer: socket.socket, upstream: socket.socket) -> None:
        """Handle both directions in one thread, because two threads must not use one TLS socket at the same time."""
        while True:
            is_pending = isinstance(peer, ssl.SSLSocket) and peer.pending()
            ready = [peer] if is_pending else select.select([peer, upstream], [], [])[0]
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                if source is upstream and self.is_cutting:
                    self.cuts += 1
                    peer.sendall(data[: len(data) // 2])
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if source is peer:
                    upstream.sendall(data)
                else:
                    for piece in self.pieces(data):
                        peer.sendall(piece)


@contextmanager
def relay_to(server: Server, context: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """Run a relay inside the block, with TLS if a ``context`` is given."""
    relay = Relay(server, context)
    try:
        yield relay
    finally:
        relay.close()
