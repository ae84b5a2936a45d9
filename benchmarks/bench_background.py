"""How a kernel ends while a run is paused: why panels have `Background`, and no pool of `concurrent.futures`.

Each row is a Python of its own whose thread waits as a paused training does, and which then comes to its end:
the seconds from there until the process is gone. PYTHONPATH=. from the root.
"""

import subprocess
import sys
import time

PATIENCE = 30  # seconds; after that the process is killed

WAIT = "import atexit, threading\ngo = threading.Event()\natexit.register(go.set)\n"
ROWS = {
    "Background": (
        "from lab.panels.frame.background import Background\nwork = Background(lambda job: job(), 'run')\n"
        "work.ask(go.wait)"
    ),
    "ThreadPoolExecutor": (
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(1).submit(go.wait)"
    ),
    "ThreadPoolExecutor, shutdown(wait=False, cancel_futures=True)": (
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\n"
        "pool.submit(go.wait)\npool.shutdown(wait=False, cancel_futures=True)"
    ),
}


def ending(code: str) -> float | None:
    """Seconds from the last line of the code to the end of its process; None where it does not end."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{WAIT}{code}\nprint(flush=True)"], stdout=subprocess.PIPE
    )
    process.stdout.readline()
    start = time.monotonic()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    finally:
        process.stdout.close()
    return time.monotonic() - start


def main() -> None:
    for what, code in ROWS.items():
        took = ending(code)
        print(f"{what:<65} {f'{took:.1f} s' if took is not None else f'not within {PATIENCE} s'}", flush=True)


if __name__ == "__main__":
    main()
