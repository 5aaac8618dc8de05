"""A Locust user that asks again as soon as it is answered, on a connection that is kept."""

from __future__ import annotations

from locust import FastHttpUser, constant, task


class Visitor(FastHttpUser):
    """One of as many as the benchmark asks for."""

    wait_time = constant(0)

    @task
    def ask(self) -> None:
        """One request."""
        self.client.get("/")
