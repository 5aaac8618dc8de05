"""Every frame there is to be looked at: nine modes, three sizes, three moments, eight runs, four themes; some minutes.

    python tests/bench/frames.py [RUN...]

Says how many frames keep the rules of tests/tui/frame_rules.py, and of those that do not what is wrong, each once.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from itertools import product
from multiprocessing import Pool
from os import environ
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from frame_rules import cut_words, figures_of, known_words, second_names, text_of, told_twice, unreadable, wrong_colours
from screen_frames import MOMENTS, RUNS, SIZES, Asked, frames, saved

from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.user_data import THEMES


def look(of: tuple[str, str]) -> tuple[int, Counter[str], Counter[tuple[str, str]]]:
    """How many frames, how many break each rule, and what is wrong with how many."""
    with tempfile.TemporaryDirectory() as home:
        environ["XDG_DATA_HOME"] = environ["XDG_CONFIG_HOME"] = home
        return asyncio.run(_look(*of))


async def _look(name: str, moment: str) -> tuple[int, Counter[str], Counter[tuple[str, str]]]:
    result, number = saved(name).result, 0
    known, figures = known_words(result), figures_of(result)
    broken, wrong = Counter[str](), Counter[tuple[str, str]]()
    asked = [Asked(mode, size, theme) for size, theme, mode in product(SIZES, THEMES, NAMES)]
    async for seen in frames(name, moment, asked):
        number += 1
        text = "\n".join(text_of(seen.frame))
        found = {
            "contrast": [f"{seen.asked.theme} {words}" for words in unreadable(seen.frame, seen.grounds)],
            "colours": [f"{seen.asked.mode} {each}" for each in wrong_colours(seen.frame, seen.variables)],
            "cut words": cut_words(seen.frame, known),
            "empty boxes": [f"{seen.asked.mode} {seen.asked.size} {name} {moment}: {box}" for box in seen.empty],
            "second names": second_names(text),
            "two forms": told_twice(text, figures),
        }
        for rule, faults in found.items():
            broken[rule] += bool(faults)
            wrong.update({(rule, fault) for fault in faults})
    return number, broken, wrong


def main() -> int:
    """The exit code."""
    names = sys.argv[1:] or RUNS
    number, broken, wrong = 0, Counter[str](), Counter[tuple[str, str]]()
    with Pool(2) as pool:
        for some, rules, faults in pool.imap_unordered(look, product(names, MOMENTS)):
            number, broken, wrong = number + some, broken + rules, wrong + faults
    print(f"{number} frames; that break a rule: {dict(broken) or 'none'}")
    for (rule, fault), times in wrong.most_common():
        print(f"  {times:>5} {rule}: {fault}")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
