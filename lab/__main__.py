"""The command line: `python -m lab tour`, `train`, `predict`, `draw`, `notebooks`, `judge` and `check`.

Each command imports what it needs when it runs, so that the help is there at once. What the user can put
right is printed as one message with exit status 2, and `--debug` shows where it came from. Anything else is a
bug, and shows its traceback.
"""

import argparse
import importlib.util
import math
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import lab
from lab.arguments import build_parser
from lab.core.errors import BadValue
from lab.processes import is_first

OVERVIEW = """\
Pawlab {version}: a teaching lab for image classification.

  python -m lab tour                     train a pet-breed classifier on drawn pictures, and get a report
  python -m lab tour --data my_photos    the same with your own folder of pictures
  python -m lab train --data my_photos   a long run: checkpoints, --resume, more than one process
  python -m lab predict MODEL PICTURE…   what the trained model says of pictures
  python -m lab draw --breed pug         draw a sheet of one breed (--list names them all)
  python -m lab notebooks                the course: a copy of your own, opened in JupyterLab
  python -m lab judge submission.csv     what your submission of notebook 6 scores
  python -m lab check my_lesson.ipynb    run a notebook of yours, and compare with what was saved

`python -m lab COMMAND --help` tells the options. In Python, begin with: import lab
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; argv: its words (None: those of the process). Returns the exit status.

    0: done. 2: an error, in words on stderr. 130: stopped with Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows terminal may not know every letter of a file name
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = build_parser().parse_args(words, argparse.Namespace(words=words))
    if arguments.command is None:
        print(OVERVIEW.format(version=lab.__version__), end="")
        return 0
    with warnings.catch_warnings():
        if not arguments.debug:
            warnings.showwarning = _show_warning
        try:
            return COMMANDS[arguments.command](arguments)
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            return 130
        except (lab.PawlabError, OSError) as error:
            if arguments.debug:
                raise
            print(f"{_who()}{error}\n(--debug shows where this came from.)", file=sys.stderr)
            return 2


def tour(arguments: argparse.Namespace) -> int:
    """The command `tour`."""
    if "torch" not in sys.modules:
        # Threads that wait for each other then sleep rather than spin: on two busy cores (a browser, a
        # second notebook) spinning makes training several times slower. Read once, when torch is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from lab.tour import tour as run

    options = {name: getattr(arguments, name) for name in ("data", "arch", "epochs", "out", "seed")}
    run(**{name: value for name, value in options.items() if value is not None})
    return 0


def train(arguments: argparse.Namespace) -> int:
    """The command `train`, in this process, or in several that are started here."""
    if arguments.processes != 1 and "TORCHELASTIC_RUN_ID" not in os.environ:
        from lab.launch import launch

        return launch(arguments.processes, arguments.words)
    from lab.training.folder_run import train_folder

    names = ("data", "arch", "epochs", "freeze_epochs", "lr", "size", "bs", "out", "resume", "seed")
    return 0 if train_folder(**{name: getattr(arguments, name) for name in names}) else 130


def predict(arguments: argparse.Namespace) -> int:
    """The command `predict`: a line per picture; those that cannot be read are told on stderr."""
    from lab.data.files import get_image_files
    from lab.data.pictures import BrokenPicture
    from lab.training.predictor import load_learner

    predictor = load_learner(arguments.model)
    pictures: list[Path] = []
    for path in arguments.pictures:
        pictures += get_image_files(path) if path.is_dir() else [path]
    width = max(len(str(path)) for path in pictures)
    status = 0
    for path in pictures:
        try:
            probabilities = predictor.predict(path)[2]
        except BrokenPicture as problem:
            print(problem, file=sys.stderr)
            status = 2
            continue
        best = probabilities.topk(min(3, len(probabilities)))
        says = [f"{predictor.vocab[i]} {p:.2f}" for p, i in zip(*(best.values, best.indices), strict=True)]
        print(f"{path!s:<{width}}  {says[0]}   ({', '.join(says[1:])})")
    return status


def draw(arguments: argparse.Namespace) -> int:
    """The command `draw`: a sheet of one breed, or of all."""
    from lab.drawn import BREEDS, breed_sheet, portrait

    if arguments.list:
        print("\n".join(BREEDS))
        return 0
    if arguments.breed is not None:
        sheet = breed_sheet(arguments.breed, seed=arguments.seed)
    else:
        sheet = lab.contact_sheet([portrait(name) for name in BREEDS], list(BREEDS), tile=(180, 190))
    out = arguments.out or Path(f"{arguments.breed or 'breeds'}.png")
    _save(sheet, out)
    print(out)
    return 0


def notebooks(arguments: argparse.Namespace) -> int:
    """The command `notebooks`: a copy of the course, and JupyterLab on it."""
    from lab.course.copying import copy_course

    graded = arguments.edition in ("nbgrader", "otter")
    folder = arguments.folder or Path(f"pawlab-{arguments.edition if graded else 'notebooks'}")
    if arguments.edition == "nbgrader":
        from lab.course.nbgrader import export_nbgrader as copy_course
    elif arguments.edition == "otter":
        from lab.course.otter import export_otter as copy_course
    elif arguments.edition == "student":
        from lab.course.student import copy_student_edition as copy_course
    print("\n".join(copy_course(folder)), flush=True)
    if graded or arguments.no_open:
        return 0
    if importlib.util.find_spec("jupyterlab") is None:
        print("JupyterLab is not installed: pip install jupyterlab\nThen: python -m lab notebooks")
        return 0
    process = subprocess.Popen([sys.executable, "-m", "jupyterlab", str(folder)])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # JupyterLab has got it as well, asks, and ends its kernels
            continue


def judge(arguments: argparse.Namespace) -> int:
    """The command `judge`: a score, and with a leaderboard the ranking."""
    from lab.course.judge import hidden_labels, read_labels, score_file
    from lab.course.leaderboard import add_entry, table

    truth = read_labels(arguments.labels) if arguments.labels else hidden_labels()
    score = score_file(arguments.submission, truth)
    even = math.log(len(set(truth.values())))
    print(f"log loss {score:.5f} on {len(truth)} pictures; the same for every class would score {even:.5f}")
    if arguments.leaderboard:
        name = arguments.submission.stem if arguments.name is None else arguments.name
        print(table(add_entry(arguments.leaderboard, name, score)))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """The command `check`: 1 where a cell gives something else than what was saved."""
    from lab.course.checking import check_notebooks

    return check_notebooks(arguments.notebooks, refresh=arguments.refresh)


def _save(picture, path: Path) -> None:
    from PIL import Image

    from lab.data.home import atomic_write

    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind is None:
        raise BadValue(f"draw: '{path}' does not end like a picture. Use .png, for instance.")
    with atomic_write(path) as temporary:
        picture.save(temporary, kind)


def _who() -> str:
    """Which of several processes speaks."""
    return "" if is_first() else f"Process {os.environ.get('RANK', '')}: "


def _show_warning(message, *_where, **_how) -> None:
    if is_first():
        print(f"Note: {message}", file=sys.stderr)


COMMANDS = {each.__name__: each for each in (tour, train, predict, draw, notebooks, judge, check)}


if __name__ == "__main__":
    sys.exit(main())
