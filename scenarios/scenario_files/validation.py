"""What a scenario.toml must satisfy beyond the types of its keys.

The faults of a load as problems of the file or the option that it comes from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.assertions.claims import (
    Fault,
    expectation_faults,
    is_of_browser,
    quantity_fault,
    read_expectation,
)
from asgi_vs_wsgi.scenarios.load.plan import ARRIVALS, LONGEST_S, RECORDED, LoadNumbers, PlanError, faults_of, make_plan
from asgi_vs_wsgi.scenarios.model.scenario import THREADS, WORKERS, Limits, is_finite, refuse_quantity
from asgi_vs_wsgi.scenarios.results.metrics import metrics_with
from asgi_vs_wsgi.scenarios.scenario_files.event_validation import events_faults
from asgi_vs_wsgi.scenarios.scenario_files.listing import lesson_faults, summary_faults
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, suggest
from asgi_vs_wsgi.scenarios.scenario_files.requests import page_names, pages_faults, request_faults, requests_of
from asgi_vs_wsgi.scenarios.untrusted_text import refusal
from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.server_targets.site.refused_settings import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asgi_vs_wsgi.scenarios.model.scenario import Client, Load, Parameter, Quiz, ScenarioToml, Target, Visitors
    from asgi_vs_wsgi.server_targets.servers import ServerSpec


SURELY_SOMEBODY = 100
"""Expected visitors from which on it need not be tried whether random arrivals bring any."""


def load_faults(load: Load) -> Iterator[Problem]:
    """Everything wrong with a load, the keys being those of Load."""
    numbers = LoadNumbers(*(getattr(load, name) for name in LoadNumbers._fields))
    problems = [Problem(*fault) for fault in faults_of(numbers)]
    for problem in problems:
        misspelt = problem.key == "arrivals" and load.arrivals != RECORDED
        yield problem._replace(right=suggest(load.arrivals, ARRIVALS)) if misspelt else problem
    if not problems:
        yield from _nobody_comes(load)


def _nobody_comes(load: Load) -> Iterator[Problem]:
    """Only planning tells whether somebody comes at random."""
    if load.rate is None or load.duration_s is None or load.rate * load.duration_s >= SURELY_SOMEBODY:
        return
    try:
        make_plan(load.arrivals, rate=load.rate, duration_s=load.duration_s, seed=load.seed)
    except PlanError as error:
        yield Problem(*error.fault)


def visitors_faults(toml: ScenarioToml) -> Iterator[Problem]:
    """Everything wrong with `[[visitors]]`, and with the targets' views for them."""
    names: set[str] = set()
    for index, visitors in enumerate(toml.visitors):
        key = f"visitors[{index}]"
        if not visitors.name.isidentifier() or visitors.name in names:
            yield Problem(f"{key}.name", f"`{visitors.name}` is no new name", "letters, digits and `_`, each once")
        names.add(visitors.name)
        yield from _class_faults(key, visitors)
        for place, page in enumerate(visitors.pages):
            yield from _expect_faults(f"{key}.pages[{place}].expect", page.expect)
    yield from pages_faults(toml)
    names |= {page.name for visitors in toml.visitors for page in visitors.pages if page.name}
    if any(visitors.load for visitors in toml.visitors) and toml.load.arrivals == "closed":
        yield Problem(
            "load.arrivals", "classes with loads of their own need open arrivals", "burst, constant or poisson"
        )
    for number, target in enumerate(toml.targets):
        yield from _views_faults(f"targets[{number}].views", target, names)


def _class_faults(key: str, visitors: Visitors) -> Iterator[Problem]:
    if (visitors.share is None) == (visitors.load is None):
        yield Problem(key, "a class has a `share` of the load or a `load` of its own", "give one of the two")
    if visitors.share is not None and (reason := refuse_quantity(visitors.share)):
        yield Problem(f"{key}.share", reason, "a number above 0; shares are weighed against each other")
    if visitors.load is not None:
        yield from (fault._replace(key=f"{key}.load.{fault.key}") for fault in load_faults(visitors.load))
        if visitors.load.arrivals == "closed":
            yield Problem(f"{key}.load.arrivals", "a class's own load must be open", "burst, constant or poisson")
    if not 0 <= visitors.after_s <= LONGEST_S:  # nor where it is no number
        yield Problem(f"{key}.after_s", f"{visitors.after_s:g} is no delay", f"seconds, 0 or more, up to {LONGEST_S:g}")
    elif visitors.after_s and visitors.load is None:
        yield Problem(f"{key}.after_s", "a share of the load comes with the load", "give the class a `load` of its own")
    if visitors.client:
        yield from _client_faults(f"{key}.client", visitors.client)
    yield from _expect_faults(f"{key}.expect", visitors.expect)


def _expect_faults(key: str, expect: int | list[int]) -> Iterator[Problem]:
    for status in [expect] if isinstance(expect, int) else expect:
        if EXPECTED.refuse(status):
            right = f"{EXPECTED}, such as 302 or [200, 302]; where failing is the lesson: failures_expected = true"
            yield Problem(key, f"{status} is no status of a page", right)


def _client_faults(key: str, client: Client) -> Iterator[Problem]:
    for name in ("send_for_ms", "read_for_ms", "leave_after_ms"):
        value = getattr(client, name)
        if value is not None and (reason := refuse_quantity(value)):
            yield Problem(f"{key}.{name}", reason, "milliseconds, above 0 and finite")


def _views_faults(key: str, target: Target, names: set[str]) -> Iterator[Problem]:
    for name in target.views:
        if name not in names:
            yield Problem(f"{key}.{name}", "there is no such class of visitors, and no such page", suggest(name, names))


EXPECTED = Limits(200, 499)
"""Statuses that may be pages: of 500 and more the server itself says that it has failed."""
ANSWERS = Limits(2, 4)
"""Answers have the letters a to d."""
MOST_LETTERS = 1000
"""Of a title, a label or a question: a screen has no room for more."""
MOST_LETTERS_OF_NAME = 60
"""Of a target's name, which stands at the beginning of lines."""


def scenario_faults(toml: ScenarioToml, products: Mapping[str, ServerSpec]) -> Iterator[Problem]:
    """Everything wrong with a well-typed scenario.toml whose targets have their names."""
    yield from _text_faults("title", toml.title)
    yield from _text_faults("summary", toml.summary)
    yield from summary_faults(toml)
    yield from lesson_faults(toml.lesson)
    for name, parameter in toml.parameters.items():
        yield from _parameter_faults(f"parameters.{name}", name, parameter)
    yield from (fault._replace(key=f"load.{fault.key}") for fault in load_faults(toml.load))
    yield from _targets_faults(toml.targets, products)
    if not toml.warm:
        yield from _cold_faults(toml.targets)
    yield from visitors_faults(toml)
    for key, request in requests_of(toml):
        yield from request_faults(key, request)
    yield from events_faults(toml, products)
    known = metrics_with((visitors.name for visitors in toml.visitors), page_names(toml))
    yield from _run_metric_faults("verdict.metric", toml.verdict.metric, known)
    yield from _compare_faults(toml.verdict.compare, [target.name for target in toml.targets])
    yield from _checks_faults(toml, known)
    yield from _question_faults(toml, known)
    for place, suggestion in enumerate(toml.suggestions):
        yield from _text_faults(f"try[{place}].title", suggestion.title)


def _text_faults(key: str, text: str, most: int = MOST_LETTERS) -> Iterator[Problem]:
    """A text for one line: in any language, but nothing that a terminal obeys instead of showing it."""
    if not text.strip():
        yield Problem(key, "it is empty", "a short text")
    elif reason := refusal(text):
        yield Problem(key, reason, "one line of plain text")
    elif len(text) > most:
        yield Problem(key, f"it has {len(text):,} letters", f"at most {most:,}")


def _running_text_faults(key: str, text: str) -> Iterator[Problem]:
    """The same where it may have several lines."""
    yield from _text_faults(key, " ".join(re.split(r"[ \t\r\n]+", text)))


def _parameter_faults(key: str, name: str, parameter: Parameter) -> Iterator[Problem]:
    yield from _running_text_faults(f"{key}.help", parameter.help) if parameter.help else ()
    if not name.isidentifier():
        yield Problem(key, "no name for a parameter", "letters, digits and `_`, as in Python")
    for bound in ("default", "min", "max"):
        if not is_finite(getattr(parameter, bound)):
            yield Problem(f"{key}.{bound}", "it is not finite", "a finite number")
    low, high = parameter.min, parameter.max
    if low > high:
        yield Problem(f"{key}.min", f"{low} is above max, {high}", "min at most max")
    if not low <= parameter.default <= high:
        yield Problem(f"{key}.default", f"{parameter.default} is not within {low} to {high}", "a value within")


def _targets_faults(targets: list[Target], products: Mapping[str, ServerSpec]) -> Iterator[Problem]:
    if not targets:
        yield Problem("targets", "there is none", "at least one [[targets]] with a server and a view")
    names: set[str] = set()
    for index, target in enumerate(targets):
        key = f"targets[{index}]"
        yield from _target_faults(key, target, products)
        if target.name in names:
            yield Problem(f"{key}.name", f"`{target.name}` is taken by another target", "give each a name of its own")
        names.add(target.name)


def _cold_faults(targets: list[Target]) -> Iterator[Problem]:
    """A law predicts from a lone request that is timed before, and `service_s` is that time."""
    for index, target in enumerate(targets):
        if target.law is not None:
            reason = "a law predicts from a lone request, which `warm = false` leaves out"
            yield Problem(f"targets[{index}].law", reason, "leave one of the two out")


def _target_faults(key: str, target: Target, products: Mapping[str, ServerSpec]) -> Iterator[Problem]:
    if target.server not in products:
        yield Problem(f"{key}.server", f"`{target.server}` is no server we know", suggest(target.server, products))
        return
    yield from _option_faults(f"{key}.options", target, products)
    yield from _django_faults(f"{key}.django", target.django, bare=target.bare)
    yield from _django_faults(f"{key}.database", target.database, bare=target.bare)
    for name, reason, right in size_faults(products[target.server], target.workers, target.threads):
        yield Problem(f"{key}.{name}", reason, right)
    if not target.view.isidentifier() or target.view.startswith("_"):
        yield Problem(f"{key}.view", f"`{target.view}` is no name of a view", "the name of a function in views.py")
    yield from _text_faults(f"{key}.name", target.name, MOST_LETTERS_OF_NAME)
    if any(sign.isspace() for sign in target.name):
        yield Problem(f"{key}.name", f"`{target.name}` holds a space", "one word")
    if target.label:
        yield from _text_faults(f"{key}.label", target.label)
    if target.python and (reason := refusal(target.python)):
        yield Problem(f"{key}.python", reason, "the path of a Python")
    yield from _expect_faults(f"{key}.expect", target.expect)


def _option_faults(key: str, target: Target, products: Mapping[str, ServerSpec]) -> Iterator[Problem]:
    product = products[target.server]
    for name, value in target.options.items():
        if name in ("workers", "threads"):
            yield Problem(f"{key}.{name}", "it is no option", f"a key of the target itself: {name} = {value:g}")
        elif name == "lifespan" and name not in product.options:
            able = listed((each.name for each in products.values() if name in each.options), "or")
            yield Problem(
                f"{key}.{name}", f"{product.name} tells its application of no lifespan", f"leave it out, or {able}"
            )
        elif name not in product.options:
            yield Problem(f"{key}.{name}", f"{product.name} has no such option", _options_words(name, product))
        elif not is_finite(value) or (reason := product.options[name].refusal(value)):
            why = reason if is_finite(value) else "it is not finite"
            yield Problem(f"{key}.{name}", why, f"{product.options[name].right}: {product.options[name].meaning}")


def _options_words(name: str, product: ServerSpec) -> str:
    """The nearest that it has, and all."""
    nearest = suggest(name, product.options)
    has = ", ".join(sorted(product.options))
    return f"{nearest} it has {has}" if nearest.startswith("did") else f"it has {has}" if has else "it has none"


def _django_faults(key: str, settings: Mapping[str, object], *, bare: bool) -> Iterator[Problem]:
    for name in settings:
        if not (name.isidentifier() and name.isupper()):
            yield Problem(f"{key}.{name}", "no name of a Django setting", "such as MIDDLEWARE")
        elif name in REFUSED:
            yield Problem(f"{key}.{name}", "it is not the scenario's to set", REFUSED[name])
        elif bare:
            yield Problem(f"{key}.{name}", "a bare callable has no Django", "leave it out, or leave `bare` out")


def size_faults(product: ServerSpec, workers: int, threads: int) -> Iterator[Problem]:
    """Whether a server can have so many workers and threads; the keys are `workers` and `threads`."""
    if reason := WORKERS.refuse(workers):
        yield Problem("workers", reason, f"a whole number from {WORKERS}")
    elif workers > product.max_workers:
        yield Problem("workers", f"{product.name} cannot have {workers}", f"at most {product.max_workers}")
    if reason := THREADS.refuse(threads):
        yield Problem("threads", reason, f"a whole number from {THREADS}")
    elif threads > product.max_threads:
        right = f"at most {product.max_threads}" if product.max_threads > 1 else "its threads cannot be chosen"
        yield Problem("threads", f"{product.name} cannot have {threads}", right)


def _metric_faults(key: str, metric: str, known: tuple[str, ...]) -> Iterator[Problem]:
    if fault := quantity_fault(metric, known):
        yield Problem(key, *fault)


def _run_metric_faults(key: str, metric: str, known: tuple[str, ...]) -> Iterator[Problem]:
    """The same of a figure that every run must have."""
    yield from _metric_faults(key, metric, known)
    if metric in known and is_of_browser(metric):
        yield Problem(key, "only `browse` measures it, and no run", "a figure that any run has; checks may be on this")


def _compare_faults(compare: list[str], names: list[str]) -> Iterator[Problem]:
    for index, name in enumerate(compare):
        key = f"verdict.compare[{index}]"
        if name not in names:
            yield Problem(key, f"there is no target `{name}`", suggest(name, names))
        elif name in compare[:index]:
            yield Problem(key, f"`{name}` is there twice", "each target once")
    if len(compare) == 1:
        yield Problem("verdict.compare", "one target has nothing to be compared with", "at least two, or leave it out")


def _checks_faults(toml: ScenarioToml, known: tuple[str, ...]) -> Iterator[Problem]:
    names = [target.name for target in toml.targets]
    for number, target in enumerate(toml.targets):
        for index, check in enumerate(target.checks):
            key = f"targets[{number}].checks[{index}]"
            yield from _text_faults(f"{key}.name", check.name)
            yield from _metric_faults(f"{key}.quantity", check.quantity, known)
            yield from _claim_faults(f"{key}.expected", check.quantity, check.expected, names, known)


def _claim_faults(
    key: str, quantity: str, expected: str, names: list[str], known: tuple[str, ...]
) -> Iterator[Problem]:
    expectation = read_expectation(expected)
    if isinstance(expectation, Fault):
        yield Problem(key, *expectation)
    else:
        yield from (Problem(key, *fault) for fault in expectation_faults(quantity, expectation, names, known))


def _question_faults(toml: ScenarioToml, known: tuple[str, ...]) -> Iterator[Problem]:
    if toml.predict:
        yield from _text_faults("predict.question", toml.predict.question)
        yield from _answers_faults("predict", toml.predict.answers)
        if toml.predict.right is not None:
            yield from _right_faults("predict", toml.predict.right, toml.predict.answers)
        if toml.predict.quantity:
            yield from _run_metric_faults("predict.quantity", toml.predict.quantity, known)
    for index, quiz in enumerate(toml.quiz):
        yield from _quiz_faults(f"quiz[{index}]", quiz)


def _quiz_faults(key: str, quiz: Quiz) -> Iterator[Problem]:
    yield from _text_faults(f"{key}.question", quiz.question)
    yield from _answers_faults(key, quiz.answers)
    yield from _right_faults(key, quiz.right, quiz.answers)
    if len(quiz.why) != len(quiz.answers):
        reason = f"{len(quiz.why)} reasons for {len(quiz.answers)} answers"
        yield Problem(f"{key}.why", reason, "one for each answer, in their order")
    for index, why in enumerate(quiz.why):
        yield from _running_text_faults(f"{key}.why[{index}]", why)


def _right_faults(key: str, right: int, answers: list[str]) -> Iterator[Problem]:
    if not 0 <= right < len(answers):
        where = f"the place of the right answer, 0 to {len(answers) - 1}"
        yield Problem(f"{key}.right", f"there is no answer number {right}", where)


def _answers_faults(key: str, answers: list[str]) -> Iterator[Problem]:
    if ANSWERS.refuse(len(answers)):
        yield Problem(f"{key}.answers", f"there are {len(answers)}", f"{ANSWERS} answers")
    for index, answer in enumerate(answers):
        yield from _text_faults(f"{key}.answers[{index}]", answer)
