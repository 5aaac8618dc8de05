from asyncio import iscoroutinefunction

from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def counted(get_response):
    if iscoroutinefunction(get_response):

        async def amiddleware(request):
            request.marked = True
            return await get_response(request)

        return amiddleware

    def middleware(request):
        request.marked = True
        return get_response(request)

    return middleware
