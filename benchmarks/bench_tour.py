"""The whole tour as a process of its own: wall time and peak memory, pictures already drawn."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import line

import lab


def main() -> None:
    lab.untar_data(lab.URLs.SAMPLE_PETS)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "lab", "tour", "--out", str(report)], check=True)
        took = time.perf_counter() - start
        size = report.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)
    line("python -m lab tour", f"{took:.0f} s, {peak:.2f} GB", "<= 60 s, <= 1.5 GB")
    line("report.html", f"{size:.1f} MB", "< 8 MB")


if __name__ == "__main__":
    main()
