"""Browser tests again and again on a loaded machine: how often each of them fails, as a Markdown table.

Two processes burn the processor meanwhile, and with --latency all that goes between page and kernel is held
up by so many milliseconds each way. Arguments: the tests (files or pytest's names), --runs, --burners,
--latency.
"""

import argparse
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTCOME = re.compile(r"^(\S+::\S+) (PASSED|FAILED|ERROR|SKIPPED)")


def burn() -> None:
    """Keep one processor busy."""
    while True:
        sum(range(10**6))


def one_run(tests: list[str], latency: int) -> tuple[dict[str, str], str]:
    """(test -> outcome, what pytest said) of one run."""
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "CI": "true"} | ({"PAWLAB_LATENCY": str(latency)} if latency else {})
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    found = {match[1]: match[2] for line in done.stdout.splitlines() if (match := OUTCOME.match(line))}
    return found, done.stdout[-6000:]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--burners", type=int, default=2)
    parser.add_argument("--latency", type=int, default=0)
    chosen = parser.parse_args()
    burners = [multiprocessing.Process(target=burn, daemon=True) for _ in range(chosen.burners)]
    for process in burners:
        process.start()
    tried, failed, start = Counter(), Counter(), time.monotonic()
    for run in range(1, chosen.runs + 1):
        outcomes, said = one_run(chosen.tests, chosen.latency)
        bad = [test for test, outcome in outcomes.items() if outcome in ("FAILED", "ERROR")]
        tried.update(outcomes.keys())
        failed.update(bad)
        print(f"run {run}: {len(outcomes)} tests, {len(bad)} failed", file=sys.stderr, flush=True)
        if bad:
            print(said, file=sys.stderr)
    print(f"{chosen.burners} burners, {chosen.latency} ms each way, {time.monotonic() - start:.0f} s\n")
    print("| test | runs | failures |\n|---|---|---|")
    for test, count in sorted(tried.items()):
        print(f"| `{test.removeprefix('tests/')}` | {count} | {failed[test]} |")


if __name__ == "__main__":
    main()
