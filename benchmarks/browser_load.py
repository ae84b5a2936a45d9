"""Browser tests again and again on a loaded machine: how often each of them fails, as a Markdown table.

Two processes burn the processor meanwhile, and with --latency all that goes between page and kernel is held
up by so many milliseconds each way. With --at-once N so many tests run beside one another, each of them the
others' burner. Arguments: the tests (files or pytest's names), --runs, --burners, --at-once, --latency.
"""

import argparse
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTCOME = re.compile(r"^(\S+::\S+) (PASSED|FAILED|ERROR|SKIPPED)")
OF_A_WORKER = re.compile(r"^\[gw\d+\] .*?(PASSED|FAILED|ERROR|SKIPPED) (\S+::\S+)")


def burn() -> None:
    """Keep one processor busy."""
    while True:
        sum(range(10**6))


def one_run(tests: list[str], at_once: int, latency: int) -> tuple[dict[str, str], str]:
    """(test -> outcome, what pytest said) of one run."""
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *tests]
    command += ["-n", str(at_once)] if at_once > 1 else []
    environment = {**os.environ, "CI": "true"} | ({"PAWLAB_LATENCY": str(latency)} if latency else {})
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    found = {match[1]: match[2] for line in lines if (match := OUTCOME.match(line))}
    found |= {match[2]: match[1] for line in lines if (match := OF_A_WORKER.match(line))}
    return found, done.stdout[-6000:]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--burners", type=int, default=2)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--latency", type=int, default=0)
    chosen = parser.parse_args()
    burners = [multiprocessing.Process(target=burn, daemon=True) for _ in range(chosen.burners)]
    for process in burners:
        process.start()
    tried, failed, start = Counter(), Counter(), time.monotonic()
    with suppress(KeyboardInterrupt):  # the table of the runs so far
        for run in range(1, chosen.runs + 1):
            outcomes, said = one_run(chosen.tests, chosen.at_once, chosen.latency)
            bad = [test for test, outcome in outcomes.items() if outcome in ("FAILED", "ERROR")]
            tried.update(outcomes.keys())
            failed.update(bad)
            print(f"run {run}: {len(outcomes)} tests, {len(bad)} failed", file=sys.stderr, flush=True)
            if bad:
                print(said, file=sys.stderr)
    load = f"{chosen.burners} burners, {chosen.at_once} at once, {chosen.latency} ms each way"
    print(f"{load}, {time.monotonic() - start:.0f} s\n")
    print("| test | runs | failures |\n|---|---|---|")
    for test, count in sorted(tried.items()):
        print(f"| `{test.removeprefix('tests/')}` | {count} | {failed[test]} |")


if __name__ == "__main__":
    main()
