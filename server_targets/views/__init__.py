"""What the views of a scenario may import: `from asgi_vs_wsgi.views import parameter, upstream`.

`parameter("io_ms")` is the value of a parameter of the running scenario. `upstream.get(wait_ms)` and
`await upstream.aget(wait_ms)` call a slow service, as a view calls any other service over HTTP.
"""

from asgi_vs_wsgi.views import upstream
from asgi_vs_wsgi.views.parameters import parameter

__all__ = ["parameter", "upstream"]
