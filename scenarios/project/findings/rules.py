"""What is looked for: each rule in words, and what to do about it; and the calls that are known to wait."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """One kind of place."""

    words: str
    """What such a place is, for a list of rules."""
    fix: str


_IN_A_THREAD = "await sync_to_async(f)(...) or asyncio.to_thread(f, ...)"
_REFUSED = (
    "Django refuses it there with SynchronousOnlyOperation, unless DJANGO_ALLOW_ASYNC_UNSAFE lets it hold the loop"
)

RULES = {
    "sync-orm": Rule(
        f"A synchronous query runs on the event loop: {_REFUSED}.",
        "await its async form (aget, acreate, acount, asave, async for ...), or await sync_to_async(f)(...)",
    ),
    "sync-cache": Rule(
        "The cache is asked on the event loop, which waits for it.", "await its async form: cache.aget, cache.aset ..."
    ),
    "sync-session": Rule(
        f"The session or the user is read from the database on the event loop: {_REFUSED}.",
        "await request.session.aget(...) (Django 5.1), await request.auser() (Django 5.0), or sync_to_async",
    ),
    "lazy-template": Rule(
        f"A template gets a query that is not asked yet, and asks it while it renders on the event loop: {_REFUSED}.",
        "get the rows first: [row async for row in query]; or await sync_to_async(render)(...)",
    ),
    "blocking-sleep": Rule("A sleep holds the event loop.", "await asyncio.sleep(...)"),
    "blocking-http": Rule(
        "The event loop waits for another service.", f"an async client (httpx.AsyncClient, aiohttp), or {_IN_A_THREAD}"
    ),
    "blocking-database": Rule(
        "The event loop waits for a database.", f"an async driver (psycopg.AsyncConnection), or {_IN_A_THREAD}"
    ),
    "blocking-network": Rule(
        "The event loop waits for the network.", f"asyncio's own (loop.getaddrinfo, open_connection), or {_IN_A_THREAD}"
    ),
    "blocking-mail": Rule("The event loop waits for a mail server.", f"a task in a queue, or {_IN_A_THREAD}"),
    "blocking-process": Rule(
        "The event loop waits for another process.", "await asyncio.create_subprocess_exec(...), or a thread"
    ),
    "blocking-file": Rule("The event loop waits for a file.", f"{_IN_A_THREAD}, or anyio.open_file"),
    "blocking-lock": Rule("The event loop waits for a thread.", "asyncio's own Lock, Event or Queue"),
    "blocking-command": Rule("A management command runs on the event loop.", _IN_A_THREAD),
    "sync-signal": Rule(
        "A signal is sent synchronously from the event loop: its sync receivers hold it, and async ones fail.",
        "await signal.asend(...) (Django 5.0)",
    ),
    "async-to-sync": Rule(
        "async_to_sync is called where a loop runs already: it raises RuntimeError there.", "await the coroutine itself"
    ),
    "async-in-sync-view": Rule(
        "A sync view calls async code: under ASGI a thread waits meanwhile, and each call crosses to the loop.",
        "make the view async def, and await it",
    ),
    "asyncio-run": Rule(
        "An event loop is made for each call: in async code that raises RuntimeError, in a view it holds a worker's "
        "thread, and no connection is kept from one to the next.",
        "make the view async def and await it, or use async_to_sync",
    ),
    "sync-stream": Rule(
        "An answer streams from a synchronous iterator: under ASGI Django reads it to its end first, in a thread, and "
        "sends nothing until then.",
        "an async generator under ASGI",
    ),
    "sync-middleware": Rule(
        "A middleware that is sync alone: each request of an async view holds a thread while it waits.",
        "make it sync and async (sync_and_async_middleware), put another in its place, or take it out",
    ),
    "thread-local": Rule(
        "State is kept for each thread: on an event loop, requests that share its thread share it too.",
        "contextvars.ContextVar, or asgiref.local.Local",
    ),
}  # fmt: skip
RUFF_FIXES = {
    "ASYNC210": RULES["blocking-http"].fix,
    "ASYNC212": RULES["blocking-http"].fix,
    "ASYNC220": RULES["blocking-process"].fix,
    "ASYNC221": RULES["blocking-process"].fix,
    "ASYNC222": RULES["blocking-process"].fix,
    "ASYNC230": RULES["blocking-file"].fix,
    "ASYNC240": RULES["blocking-file"].fix,
    "ASYNC250": _IN_A_THREAD,
    "ASYNC251": RULES["blocking-sleep"].fix,
}
"""Of those that hold the loop, what to do; its other rules are about style and cancelling."""

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request", "send", "stream")
_SERVICES = {
    **{f"{name}.{verb}": "blocking-http" for name in ("requests", "httpx", "requests.api") for verb in _VERBS},
    **{
        f"{name}().{verb}": "blocking-http"
        for name in ("requests.Session", "requests.session", "requests.sessions.Session", "httpx.Client")
        for verb in _VERBS
    },
    **dict.fromkeys(("urllib.request.urlopen", "urllib.request.urlretrieve", "feedparser.parse"), "blocking-http"),
    **dict.fromkeys(("urllib3.request", "urllib3.PoolManager().request", "pycurl.Curl().perform"), "blocking-http"),
    **{
        f"http.client.{name}().{call}": "blocking-http"
        for name in ("HTTPConnection", "HTTPSConnection")
        for call in ("connect", "request", "getresponse")
    },
}
WAITS: dict[str, str] = {
    **_SERVICES,
    "time.sleep": "blocking-sleep",
    **{
        f"socket.{name}": "blocking-network"
        for name in (
            "create_connection",
            "getaddrinfo",
            "gethostbyname",
            "gethostbyname_ex",
            "gethostbyaddr",
            "getfqdn",
        )
    },
    **{
        f"subprocess.{name}": "blocking-process"
        for name in ("run", "call", "check_call", "check_output", "Popen", "getoutput")
    },
    **{f"subprocess.Popen().{name}": "blocking-process" for name in ("wait", "communicate")},
    **{f"os.{name}": "blocking-process" for name in ("system", "popen", "wait", "waitpid")},
    **{f"smtplib.{name}": "blocking-mail" for name in ("SMTP", "SMTP_SSL")},
    **dict.fromkeys(("ftplib.FTP", "imaplib.IMAP4", "imaplib.IMAP4_SSL", "poplib.POP3"), "blocking-network"),
    **{
        f"django.core.mail.{name}": "blocking-mail"
        for name in (
            *("send_mail", "send_mass_mail", "mail_admins", "mail_managers", "EmailMessage().send"),
            *("EmailMultiAlternatives().send", "get_connection().send_messages"),
        )
    },
    **dict.fromkeys(
        ("psycopg2.connect", "psycopg.connect", "psycopg.Connection.connect", "MySQLdb.connect", "pymysql.connect"),
        "blocking-database",
    ),
    **dict.fromkeys(("sqlite3.connect", "oracledb.connect"), "blocking-database"),
    **dict.fromkeys(("django.db.connection.cursor", "django.db.connections[].cursor"), "sync-orm"),
    **{
        f"django.{name}": "sync-orm"
        for name in (
            *("db.transaction.atomic", "shortcuts.get_object_or_404", "shortcuts.get_list_or_404"),
            *("contrib.auth.authenticate", "contrib.auth.login", "contrib.auth.logout"),
            "contrib.auth.update_session_auth_hash",
        )
    },
    "django.core.management.call_command": "blocking-command",
    **dict.fromkeys(("open", "io.open", "os.walk", "os.listdir"), "blocking-file"),
    **{
        f"shutil.{name}": "blocking-file"
        for name in ("copy", "copy2", "copyfile", "copytree", "move", "rmtree", "make_archive")
    },
    **{
        f"django.core.files.storage.default_storage.{name}": "blocking-file"
        for name in ("open", "save", "delete", "exists")
    },
    **dict.fromkeys(
        (
            *("threading.Event().wait", "threading.Thread().join", "threading.Lock().acquire"),
            *("threading.Semaphore().acquire", "threading.Barrier().wait", "concurrent.futures.wait"),
            *("concurrent.futures.ThreadPoolExecutor().submit().result", "threading.Condition().wait"),
            *("queue.Queue().join", "multiprocessing.Process().join"),
        ),
        "blocking-lock",
    ),
}
"""By dotted name; `a.B().c` is the method c of what calling a.B gives."""
_CLIENTS = {
    "boto3.client().": "blocking-http",
    "boto3.resource().": "blocking-http",
    "redis.Redis().": "blocking-network",
    "redis.StrictRedis().": "blocking-network",
    "redis.from_url().": "blocking-network",
    "redis.Redis.from_url().": "blocking-network",
    "django_redis.get_redis_connection().": "blocking-network",
    "elasticsearch.Elasticsearch().": "blocking-http",
    "openai.OpenAI().": "blocking-http",
    "openai.AzureOpenAI().": "blocking-http",
    "anthropic.Anthropic().": "blocking-http",
    "slack_sdk.WebClient().": "blocking-http",
    "twilio.rest.Client().": "blocking-http",
    "pymongo.MongoClient().": "blocking-database",
    "pymongo.MongoClient()[].": "blocking-database",
}
"""Whatever is called of these waits."""
_OF_DRIVERS = ("execute", "executemany", "fetchone", "fetchmany", "fetchall", "commit", "rollback", "callproc")
_OF_STRIPE = ("create", "retrieve", "modify", "list", "search", "cancel", "confirm")
_PATH_METHODS = ("read_text", "read_bytes", "write_text", "write_bytes")
_PATHS = ("pathlib.Path", "django.conf.settings.")
_CACHES = ("django.core.cache.cache.", "django.core.cache.caches[].")
_OF_CACHES = frozenset(
    [
        "get",
        "set",
        "add",
        "delete",
        "get_or_set",
        "touch",
        "incr",
        "decr",
        "get_many",
        "set_many",
        "delete_many",
        "clear",
        "has_key",
    ]
)


def rule_of_call(dotted: str) -> str | None:
    """Of the call of an imported name, or a built-in one."""
    if dotted in WAITS:
        return WAITS[dotted]
    for prefix, rule in _CLIENTS.items():
        if dotted.startswith(prefix):
            return rule
    last = dotted.rpartition(".")[2]
    if dotted.startswith("stripe.") and last in _OF_STRIPE:
        return "blocking-http"
    if last in _OF_DRIVERS and (".connect()" in dotted or ".connect." in dotted):
        return "blocking-database"
    if last in _OF_CACHES and dotted.startswith(_CACHES):
        return "sync-cache"
    if last in _PATH_METHODS and dotted.startswith(_PATHS):
        return "blocking-file"
    return None


OUT_OF_THE_LOOP = frozenset({"sync_to_async", "database_sync_to_async", "to_thread", "run_in_threadpool", "run_sync"})
"""A function that is decorated with one of these runs in a thread."""
_QUEUES = ("task", "actor", "job")


def runs_elsewhere(decorators: list[str]) -> bool:
    """Whether to call it is to hand it to a thread or a queue."""
    last = [name.rpartition(".")[2] for name in decorators]
    return any(name in OUT_OF_THE_LOOP or name.lower().endswith(_QUEUES) for name in last)


ASKS = frozenset(
    [
        "get",
        "create",
        "get_or_create",
        "update_or_create",
        "bulk_create",
        "bulk_update",
        "count",
        "exists",
        "first",
        "last",
        "latest",
        "earliest",
        "aggregate",
        "in_bulk",
        "update",
        "delete",
        "contains",
        "explain",
    ]
)
"""Of a queryset or a manager: what asks the database at once."""
ROWS = frozenset(["get", "create", "first", "last", "latest", "earliest"])
"""What gives one row."""
OF_RELATIONS = frozenset({"add", "remove", "set", "clear"})
OF_ROWS = frozenset({"save", "delete", "refresh_from_db"})
ASKED_BY = frozenset(
    {"list", "tuple", "set", "frozenset", "len", "bool", "sorted", "sum", "min", "max", "any", "all", "dict"}
)
"""Built-in functions that ask a queryset that they are given."""
