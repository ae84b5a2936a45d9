"""The words that `python -m lab` takes: its commands, their options, and the help."""

import argparse
from pathlib import Path

import lab


def build_parser() -> argparse.ArgumentParser:
    """The parser; its result has the name of the command in `command`."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show where an error comes from")
    parser = argparse.ArgumentParser("python -m lab", description="A teaching lab for image classification.")
    parser.add_argument("--version", action="version", version=f"pawlab {lab.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, about: str, short: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=short or about, description=about)

    one = command("tour", "train a classifier in a minute and write a report")
    one.add_argument(
        "--data", type=Path, metavar="DIR", help="a folder of pictures (default: drawn pets, 37 breeds)"
    )
    one.add_argument(
        "--arch",
        metavar="NAME",
        help="the backbone, such as resnet18 (default: pocketnet, and for photos what is there)",
    )
    one.add_argument(
        "--epochs", type=int, metavar="N", help="epochs of fine-tuning (default: 3, fewer for many photos)"
    )
    one.add_argument("--out", type=Path, metavar="FILE", help="the report (default: report.html)")
    one.add_argument("--seed", type=int, metavar="N", help="makes a run repeatable (default: 42)")

    about = "train on a folder of pictures; every epoch is kept, and --resume goes on"
    one = command("train", about, "a long run on a folder of pictures")
    one.add_argument("--data", type=Path, metavar="DIR", required=True, help="a folder of pictures")
    one.add_argument("--arch", metavar="NAME", help="the backbone, such as resnet18 (default: what is there)")
    numbers = (
        ("--epochs", int, 5, "epochs of all layers; 0 trains the head only"),
        ("--freeze-epochs", int, 1, "epochs of the head alone before that"),
        ("--lr", float, 2e-3, "the highest learning rate of the head"),
        ("--size", int, 224, "what the network sees, in pixels"),
        ("--bs", int, 64, "pictures in a batch of each process"),
        ("--processes", int, 1, "processes on this machine; for several machines use torchrun"),
        ("--seed", int, 42, "makes a run repeatable"),
    )
    for option, kind, value, text in numbers:
        one.add_argument(option, type=kind, default=value, metavar="N", help=f"{text} (default: {value})")
    one.add_argument(
        "--out", type=Path, metavar="DIR", default=Path("pawlab-run"), help="checkpoints and the model"
    )
    one.add_argument("--resume", action="store_true", help="go on with the run in --out")

    one = command("predict", "tell what an exported model sees in pictures")
    one.add_argument("model", type=Path, metavar="MODEL", help="a file that the tour or learn.export wrote")
    one.add_argument(
        "pictures", type=Path, nargs="+", metavar="PICTURE", help="a picture or a folder of them"
    )

    one = command("draw", "draw a sheet of animals of one breed, or of all breeds")
    one.add_argument("--breed", metavar="NAME", help="the breed (default: one animal of each)")
    one.add_argument("--out", type=Path, metavar="FILE", help="the picture to write (default: NAME.png)")
    one.add_argument("--seed", type=int, default=0, metavar="N", help="another seed draws other animals")
    one.add_argument("--list", action="store_true", help="print the names of the breeds")

    about = (
        "copy the course's notebooks into a folder and open JupyterLab; a file that you changed stays yours"
    )
    one = command("notebooks", about, "the course in a folder of your own")
    one.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="where to (default: ./pawlab-notebooks, ./pawlab-nbgrader or ./pawlab-otter)",
    )
    edition = one.add_mutually_exclusive_group()
    for name, what in (
        ("student", "without the solutions, for handing out"),
        ("nbgrader", "as the source of an nbgrader course; opens nothing"),
        ("otter", "as notebooks for otter assign; opens nothing"),
    ):
        edition.add_argument(f"--{name}", action="store_const", const=name, dest="edition", help=what)
    one.add_argument("--no-open", action="store_true", help="copy only")

    about = "score a submission of notebook 6 against the labels of the test pictures"
    one = command("judge", f"{about}: its log loss", about)
    one.add_argument("submission", type=Path, metavar="FILE", help="a CSV: id, and a column for each breed")
    one.add_argument(
        "--leaderboard", type=Path, metavar="FILE", help="append the score to this CSV, and show the ranking"
    )
    one.add_argument(
        "--name", metavar="NAME", help="whose it is (default: the name of the submission's file)"
    )
    one.add_argument(
        "--labels", type=Path, metavar="FILE", help="the truth of your own competition, a CSV: id and class"
    )

    about = "run notebooks from top to bottom, and compare each cell's output with what was saved"
    one = command("check", about)
    one.add_argument(
        "notebooks", type=Path, nargs="+", metavar="NOTEBOOK", help="a file such as lesson.ipynb"
    )
    one.add_argument("--refresh", action="store_true", help="first run them and save what comes out")
    return parser
