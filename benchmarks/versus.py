"""The same session in Pawlab and in fastai, in turn: seconds, accuracy and peak memory, as a Markdown table.

The session: 800 + 200 photos of cats and dogs from `shared/data`, ImageNet weights, 224 px, bs 64; three
epochs of the head, rate finder, predictions, TTA, interpretation, an epoch of all layers. fastai gets an
environment of its own, which reads torch from this one. Each session is a process with an empty cache. Prints
medians, and of the ratios of each round the median. Arguments: --rounds, --arch, --size,
--epochs, --photos, --keep.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[2] / "shared"
SESSIONS = Path(__file__).resolve().parent / "versus"
FASTAI = "fastai==2.8.12"
DRAWS = 3
SIDES = ("fastai", "Pawlab, live", f"Pawlab, {DRAWS} stored draws")


def environment(folder: Path) -> Path:
    """The Python of a new environment with fastai; torch and the like are this environment's.

    Raises CalledProcessError where it cannot be made.
    """
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
    python = folder / "bin" / "python"
    there = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([python, "-c", there], check=True, capture_output=True, text=True).stdout.strip()
    (Path(found) / "main-environment.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", FASTAI]
    subprocess.run(command, check=True, capture_output=True)
    return python


def session(python: Path | str, side: str, folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """What a session measured: its loader in a process of its own, then the rest with an empty cache."""
    script = "session_fastai.py" if side == "fastai" else "session_pawlab.py"
    draws = DRAWS if side == SIDES[2] else 0
    found: dict[str, Any] = {"seconds": {}, "scores": {}, "peaks": {}}
    for part in ("session",) if draws else ("loader", "session"):
        arguments = [part, folder, chosen.arch, chosen.size, chosen.epochs, draws]
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                [python, SESSIONS / script, *map(str, arguments)],
                env={
                    **os.environ,
                    "TORCH_HOME": str(SHARED / "weights"),
                    "PAWLAB_QUIET": "1",
                    "PAWLAB_HOME": home,
                    "PYTHONPATH": str(SESSIONS.parents[1]),
                },
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        for kind, values in json.loads(done.stdout.splitlines()[-1]).items():
            found[kind] |= values
    return found


def some(folder: Path, photos: int, target: Path) -> Path:
    """A copy with only so many photos of each class and split; the folder itself for 0."""
    if not photos:
        return folder
    for kind in sorted(path for split in ("train", "valid") for path in (folder / split).iterdir()):
        (target / kind.relative_to(folder)).mkdir(parents=True)
        for file in sorted(kind.iterdir())[:photos]:
            shutil.copy(file, target / file.relative_to(folder))
    return target


def table(rounds: list[dict[str, dict[str, Any]]]) -> str:
    """The rounds as Markdown."""
    lines = ["| row | " + " | ".join(SIDES) + " | ratios |", "|---" * (len(SIDES) + 2) + "|"]
    for kind, unit in (("seconds", " s"), ("peaks", " GB")):
        for row in rounds[0][SIDES[0]][kind]:
            cells = [_cell(rounds, side, kind, row, unit) for side in SIDES]
            ratios = [_ratio(rounds, side, kind, row) for side in SIDES[1:]]
            name = f"peak memory, {row}" if kind == "peaks" else row
            lines.append(f"| {name} | {' | '.join(cells)} | {' / '.join(filter(None, ratios))} |")
    return "\n".join(lines)


def _cell(rounds: list[dict[str, dict[str, Any]]], side: str, kind: str, row: str, unit: str) -> str:
    """The median, with the accuracy of each round; empty where a side has no such row."""
    values = [one[side][kind].get(row) for one in rounds]
    if None in values:
        return ""
    middle = statistics.median(values)
    scores = " ".join(f"{one[side]['scores'].get(row, 0):.3f}" for one in rounds)
    scored = kind == "seconds" and row in rounds[0][side]["scores"]
    return (f"{middle:.2f}" if middle < 10 else f"{middle:.1f}") + unit + (f" ({scores})" if scored else "")


def _ratio(rounds: list[dict[str, dict[str, Any]]], side: str, kind: str, row: str) -> str:
    """The median of fastai's figure by this side's."""
    if row not in rounds[0][side][kind]:
        return ""
    ratios = (one[SIDES[0]][kind][row] / one[side][kind][row] for one in rounds)
    return f"{statistics.median(ratios):.1f}x"


def processor() -> str:
    """The name of this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--arch", default="mobilenet_v2")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--photos", type=int, default=0, help="of each class and split; 0: all")
    parser.add_argument("--keep", type=Path, help="a file for the rounds; those in it are not done again")
    chosen = parser.parse_args()
    if not SHARED.is_dir():
        print("versus: skipped, there is no folder shared/ beside the checkout")
        return
    with tempfile.TemporaryDirectory() as scratch:
        try:
            python = environment(Path(scratch) / "fastai")
        except subprocess.CalledProcessError as error:
            print(f"versus: skipped, {FASTAI} cannot be installed: {error.stderr.decode()[-500:]}")
            return
        folder = some(SHARED / "data" / "dogscats", chosen.photos, Path(scratch) / "photos")
        rounds = json.loads(chosen.keep.read_text()) if chosen.keep and chosen.keep.is_file() else []
        while len(rounds) < chosen.rounds:
            measured = {}
            for side in SIDES:
                measured[side] = session(python if side == SIDES[0] else sys.executable, side, folder, chosen)
                took = measured[side]["seconds"]["whole session"]
                print(f"round {len(rounds) + 1}: {side}: {took:.0f} s", file=sys.stderr, flush=True)
            rounds.append(measured)
            if chosen.keep:
                chosen.keep.write_text(json.dumps(rounds))
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "torchvision", "pawlab"))
    print(f"{processor()}, {os.cpu_count()} cores; {FASTAI.replace('==', ' ')}, {versions}\n")
    print(table(rounds))


if __name__ == "__main__":
    main()
