"""`import lab` over `import torch`: seconds, and what it loads."""

import statistics
import subprocess
import sys

from common import line

HEAVY = ("torchvision", "plotly", "ipywidgets")


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main() -> None:
    timed = "import torch, time; s = time.perf_counter(); import lab; print(time.perf_counter() - s)"
    over = [float(run(timed)) for _ in range(5)]
    loaded = run(f"import sys, lab; print([n for n in {HEAVY} if n in sys.modules])")
    line("import lab, over import torch", f"{statistics.median(over):+.3f} s", "<= 0.3 s")
    line("heavy packages that it loads", loaded, "[]")


if __name__ == "__main__":
    main()
