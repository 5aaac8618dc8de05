import os

begun = []


def startup():
    begun.append(os.getpid())


async def lifespan():
    yield {"of": os.getpid()}
