"""daphne: one process, asyncio inside Twisted's reactor. The first ASGI server, made for Django Channels."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.server_spec import Option, ServerSpec, Socket, seconds

OPTIONS: dict[str, Option] = {
    "http_timeout_s": seconds("--http-timeout", "a request that takes longer is ended"),
    "application_close_timeout_s": seconds(
        "--application-close-timeout", "what the application may take once its client has gone"
    ),
}


def arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """No log of requests: it would be printed for each of them."""
    return [*("--fd", str(socket.descriptor)), *("--verbosity", "0"), "--no-server-name", DAPHNE.application]


DAPHNE = ServerSpec(
    name="daphne",
    product="daphne",
    interface="asgi",
    distribution="daphne",
    words="daphne",
    entry="daphne.cli:CommandLineInterface.entrypoint",
    arguments=arguments,
    slot="none",
    entry_for="asgi_function",
    law_of_waiting="all-at-once",
    shows_accept=True,
    max_workers=1,
    loop="asyncio",
    http="twisted",
    options=OPTIONS,
)
