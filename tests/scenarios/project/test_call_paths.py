"""Ways through code to what waits, and places that need none: classes, templates, middleware, streams, files unread."""

from __future__ import annotations

import time

import pytest
from small_code import DJANGOS, found, in_async, searched

from asgi_vs_wsgi.scenarios.project.findings.call_paths import DEEPEST, Called, Ways
from asgi_vs_wsgi.scenarios.project.findings.function_body import FunctionBodies
from asgi_vs_wsgi.scenarios.project.findings.project_wide import streams, thread_locals
from asgi_vs_wsgi.scenarios.project.findings.source_reading import Deadline, TemplateTags, read_sources


def test_a_way_leads_through_imports_classes_and_bases(tmp_path):
    index = searched(
        tmp_path,
        shop__="from shop.base import Base as Exported\n",
        shop__base="""
            from shop.deep import sleep

            class Base:
                def work(self):
                    return self.step()

                def step(self):
                    raise NotImplementedError
        """,
        shop__deep="""
            import time

            def sleep():
                time.sleep(1)
        """,
        shop__service="""
            from . import Exported
            from .deep import sleep

            class Service(Exported):
                def __init__(self):
                    self.helper = Helper()

                def step(self):
                    return self.helper.help()

            class Helper:
                def help(self):
                    return sleep()

            service = Service()
        """,
        views="""
            from shop import service as services

            async def page(request):
                return services.service.work()
        """,
    )
    [one] = Ways(index, FunctionBodies(index), ()).on_the_loop()
    assert [link.function.qualname for link in one.way] == ["page", "Base.work", "Service.step", "Helper.help"]
    assert one.function.qualname == "sleep"


def test_a_way_is_followed_so_deep_and_no_deeper(tmp_path):
    def chain(length):
        calls = [f"def f{n}():\n    f{n + 1}()" for n in range(length)]
        text = "\n".join(["import time", *calls, f"def f{length}():\n    time.sleep(1)"])
        return found(tmp_path, views=f"{text}\nasync def page(request):\n    f0()\n")

    assert len(chain(DEEPEST - 1)) == 1
    assert chain(DEEPEST) == []


def test_what_calls_itself_ends(tmp_path):
    text = "import time\ndef a():\n    b()\ndef b():\n    a()\n    time.sleep(1)\nasync def page(request):\n    a()\n"
    assert len(found(tmp_path, views=text)) == 1


def test_a_task_of_a_queue_is_not_run_by_its_call(tmp_path):
    tasks = (
        "import time\n@shared_task\ndef letters():\n    time.sleep(1)\n@app.task()\ndef more():\n    time.sleep(1)\n"
    )
    views = (
        "from tasks import letters, more\nasync def page(request):\n    letters.delay()\n    letters()\n    more()\n"
    )
    assert found(tmp_path, tasks=tasks, views=views) == []


def test_a_function_that_is_made_to_run_in_a_thread_is_not_followed(tmp_path):
    text = (
        "import time\nfrom asgiref.sync import sync_to_async\n@sync_to_async(thread_sensitive=False)\n"
        "def nap():\n    time.sleep(1)\nasync def page(request):\n    await nap()\n"
    )
    assert found(tmp_path, views=text) == []


def test_a_command_has_a_loop_of_its_own(tmp_path):
    text = "import time\nasync def run():\n    time.sleep(1)\n"
    assert found(tmp_path, shop__management__commands__serve=text) == []
    assert len(found(tmp_path, shop__serve=text)) == 1


@pytest.mark.parametrize(("is_async", "many"), [(True, 1), (False, 0)])
def test_what_comes_before_the_handlers_of_an_async_class_runs_on_the_loop(is_async, many, tmp_path):
    text = (
        "import time\nfrom django.views import View\nclass Page(View):\n    def dispatch(self, request):\n"
        "        time.sleep(1)\n    def get(self, request):\n        time.sleep(1)\n"
    )
    called = Called("view", "views.Page", str(tmp_path / "views.py"), 3, is_async)
    assert len(found(tmp_path, [called], views=text)) == many


TAGS = """
    import time
    from django import template

    register = template.Library()

    @register.simple_tag
    def hours():
        time.sleep(1)

    @register.filter(name="slowly")
    def slow(text):
        time.sleep(2)

    @register.simple_tag("named")
    def by_argument():
        time.sleep(3)

    @register.inclusion_tag("box.html", takes_context=True)
    def box(context):
        time.sleep(4)
"""
TEMPLATES = {
    "{% load shop %}{% hours %}": ["hours"],
    "{% load other shop %}{{ book.title|lower|slowly:2 }}": ["slow"],
    "{% load named from shop %}{% if a %}{% named b %}{% endif %}": ["by_argument"],
    "{% load shop %}{% box %}{% for a in b|slowly %}{% endfor %}": ["slow", "box"],
    "{% hours %}": [],
    "{% load shop %}hours slowly named": [],
    "{% extends 'base.html' %}": ["hours"],
    "{% include 'missing.html' %}{% include 'page.html' %}": [],
    "": [],
}


@pytest.mark.parametrize("text", TEMPLATES)
def test_tags_and_filters_of_a_template_run_where_it_is_rendered(text, tmp_path):
    index = searched(tmp_path, tags=TAGS, views=in_async("render(request, 'page.html')", DJANGOS))
    (tmp_path / "page.html").write_text(text)
    (tmp_path / "base.html").write_text("{% load shop %}{% hours %}")
    tags = TemplateTags(index, ["/nowhere", str(tmp_path)], {"shop": "tags", "i18n": "django.templatetags.i18n"})
    ways = Ways(index, FunctionBodies(index), (), tags)
    assert [each.function.node.name for each in ways.on_the_loop()] == TEMPLATES[text]


@pytest.mark.parametrize(
    "call",
    [
        "render(request, template_name='page.html')",
        "loader.render_to_string('page.html', {})",
        "loader.get_template('page.html').render({}, request)",
    ],
)
def test_a_template_is_known_however_it_is_rendered(call, tmp_path):
    views = in_async(call, DJANGOS + "from django.template import loader\n")
    index = searched(tmp_path, tags=TAGS, views=views)
    (tmp_path / "page.html").write_text("{% load shop %}{% hours %}")
    ways = Ways(index, FunctionBodies(index), (), TemplateTags(index, [str(tmp_path)], {"shop": "tags"}))
    assert [each.function.node.name for each in ways.on_the_loop()] == ["hours"]


MIDDLEWARE = """
    import time

    def timing(get_response):
        if iscoroutinefunction(get_response):
            async def middleware(request):
                time.sleep(1)
        else:
            def middleware(request):
                time.sleep(1)
        return middleware

    class Timing:
        async def __call__(self, request):
            time.sleep(1)
"""


@pytest.mark.parametrize(("name", "line"), [("timing", 4), ("Timing", 13)])
@pytest.mark.parametrize("on_loop", [True, False])
def test_middleware_that_the_chain_keeps_in_a_thread_holds_no_loop(name, line, on_loop, tmp_path):
    index = searched(tmp_path, middleware=MIDDLEWARE)
    called = Called("middleware", f"middleware.{name}", str(tmp_path / "middleware.py"), line, on_loop)
    starts = [each.start for each in Ways(index, FunctionBodies(index), [called]).on_the_loop()]
    assert len(starts) == 1 + on_loop  # the other is one of which nobody knows how it is used
    assert (f"middleware middleware.{name}" in starts) is on_loop


STREAMS = {
    "rows()": ["the generator rows"],
    "endless()": ["the generator endless, which never ends: no byte is ever sent, and what it gives is kept"],
    "(x for x in [])": ["a generator expression"],
    "['a']": ["a list"],
    "iter([])": ["iter(...)"],
    "open('a') if request else gzip.GzipFile('a')": ["the file of open(...)", "the file of gzip.GzipFile(...)"],
    "rows() if request else arows()": ["the generator rows"],
    "Lines()": ["an iterator Lines"],
    "arows()": [],
    "(x async for x in arows())": [],
    "Both()": [],
    "unknown": [],
    "unknown()": [],
}


@pytest.mark.parametrize("given", STREAMS)
@pytest.mark.parametrize("form", ["StreamingHttpResponse({})", "StreamingHttpResponse(streaming_content={})"])
def test_a_stream_that_cannot_stream_under_asgi_is_told_by_its_iterator(given, form, tmp_path):
    text = f"""
import gzip
from django.http import StreamingHttpResponse

def rows():
    yield "a"

def endless():
    while True:
        yield "a"

async def arows():
    yield "a"

class Lines:
    def __iter__(self):
        return iter([])

class Both(Lines):
    def __aiter__(self):
        return arows()

def page(request):
    return {form.format(given)}
"""
    index = searched(tmp_path, views=text)
    assert [each.words for each in streams(index, FunctionBodies(index))] == STREAMS[given]


def test_state_that_threads_keep_is_told_wherever_it_stands(tmp_path):
    text = (
        "import threading\nfrom threading import local as kept\na = threading.local()\nclass B(threading.local):\n"
        "    pass\nclass C:\n    d = kept()\ne = threading.Lock()\n"
    )
    assert [each.words for each in thread_locals(searched(tmp_path, views=text))] == ["a", "class B", "C.d"]


def test_what_cannot_be_read_is_told_with_why_and_the_rest_is_read(tmp_path):
    good = tmp_path / "good.py"
    good.write_text("async def page(request): ...\n")
    (tmp_path / "newer.py").write_text("def f(:\n")
    (tmp_path / "zero.py").write_bytes(b"a = 1\0")
    (tmp_path / "coded.py").write_bytes(b"# coding: nothing\n")
    (tmp_path / "deep.py").write_text("(" * 20_000)
    (tmp_path / "long.py").write_text("a = 1\n" * 200_000)
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "latin.py").write_bytes(b"# coding: latin-1\nname = '\xe9'\n")
    names = ("newer", "zero", "coded", "deep", "long", "folder", "missing", "good", "latin")
    index = read_sources([(str(tmp_path / f"{name}.py"), name) for name in names], Deadline(60))
    assert sorted(index.modules) == ["good", "latin"]
    why = {file.rpartition("/")[2]: words for file, words in index.unread}
    assert "newer than that of this program's Python" in why["newer.py"]
    assert why["long.py"] == "it is longer than 1 MB"
    assert why["missing.py"] == "it is no file"
    assert set(why) == {f"{name}.py" for name in names} - {"good.py", "latin.py"}


def test_the_time_for_it_is_bounded(tmp_path):
    (tmp_path / "a.py").write_text("a = 1\n")
    index = read_sources([(str(tmp_path / "a.py"), "a")], Deadline(-1))
    assert [why for _, why in index.unread] == ["the time or the room for reading was used up"]


def test_where_time_runs_out_on_a_way_it_is_said(tmp_path):
    index = searched(tmp_path, views="import time\nasync def page(request):\n    time.sleep(1)\n")
    ways = Ways(index, FunctionBodies(index), (), deadline=Deadline(-1))
    assert list(ways.on_the_loop()) == []
    assert ways.is_cut_short


def test_calls_upon_calls_take_no_longer_than_they_are_long(tmp_path):
    def taken(length):
        text = f"from x import q\nasync def page(request):\n    return q{'.a(1)' * length}\n"
        index = searched(tmp_path, views=text)
        begun = time.process_time()
        FunctionBodies(index).of(index.modules["views"].functions[0])
        return time.process_time() - begun

    taken(5)
    assert taken(40) < 1_000 * max(taken(20), 1e-4)  # each call evaluated twice for the next: a million times


@pytest.mark.parametrize(
    ("comment", "silenced"),
    [("# noqa", 1), ("# noqa: blocking-sleep", 1), ("# noqa: E501, ASYNC251", 1), ("# noqa: E501", 0), ("# no", 0)],
)
def test_a_line_that_says_that_it_is_known_is_silent(comment, silenced, tmp_path):
    index = searched(tmp_path, views=f"a = 1  {comment}\n")
    assert index.modules["views"].is_silenced(1, ("blocking-sleep", "ASYNC251")) == bool(silenced)


@pytest.mark.parametrize(
    ("test", "runs"),
    [
        ("django.VERSION >= (5, 0)", "newer"),
        ("django.VERSION[:2] < (5, 2)", "older"),
        ("DJANGO_VERSION > (6,)", "older"),
        ("IS_NEW", "newer"),
        ("sys.version_info >= (3, 13)", "older"),
        ("sys.version_info >= (3, minor)", "both"),
        ("other.VERSION >= (5, 0)", "both"),
    ],
)
def test_code_for_other_versions_is_left_out(test, runs, tmp_path):
    text = f"""
import time
IS_NEW = django.VERSION >= (4, 2)
if {test}:
    async def newer(request):
        time.sleep(1)
else:
    async def older(request):
        time.sleep(1)
"""
    path = tmp_path / "views.py"
    path.write_text(text)
    versions = {"django.VERSION": (5, 2), "sys.version_info": (3, 12)}
    index = read_sources([(str(path), "views")], Deadline(60), versions)
    left = [each.qualname for each in index.functions()]
    assert left == (["newer", "older"] if runs == "both" else [runs])
