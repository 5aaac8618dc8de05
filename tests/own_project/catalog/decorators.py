import time
from functools import wraps


def counted(view):
    @wraps(view)
    async def inner(request, *arguments, **options):
        time.sleep(0.05)  # planted: decorator
        return await view(request, *arguments, **options)

    return inner
