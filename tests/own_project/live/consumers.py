import subprocess


class StockConsumer:
    """Beside Django, as a consumer of channels is."""

    async def __call__(self, scope, receive, send):
        await receive()
        body = self.stock()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": body})

    def stock(self):
        return subprocess.run(["sleep", "0.05"], check=True, stdout=subprocess.PIPE).stdout  # planted: consumer
