"""The recipe of pocketnet from the command line: draw the pictures, train, and measure by transfer.

    python -m recipes.pocketnet.recipe draw --out FOLDER
    python -m recipes.pocketnet.recipe train --out FOLDER --minutes 75
    python -m recipes.pocketnet.recipe evaluate FOLDER/features.safetensors

A processor is enough. Drawing and training go on where they were stopped. README.md gives the figures.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file

from lab.models.weights import POCKETNET

from .augment import normalise
from .network import features, recalibrate
from .pictures import PicturePlan, draw_all
from .training import TrainingSettings, train
from .transfer import breed_pictures, frozen_error, outputs, tuned_error


def main(arguments: list[str] | None = None) -> None:
    """Run one of draw, train, evaluate. Prints where the result is, or the errors."""
    given = _parser().parse_args(arguments)
    given.run(given)


def _draw(given: argparse.Namespace) -> None:
    plan = PicturePlan(given.species, given.patterns, given.each, given.side)
    print(draw_all(plan, given.out, given.workers))


def _train(given: argparse.Namespace) -> None:
    settings = TrainingSettings(
        minutes=given.minutes, sizes=tuple(given.sizes), workers=given.workers, seed=given.seed
    )
    print(train(given.out, settings))


def _evaluate(given: argparse.Namespace) -> None:
    """Errors on the drawn breeds: three heads on the frozen body, one fine-tuning, a random body."""
    pictures, labels = breed_pictures(given.train + given.valid)
    held_out = torch.arange(len(labels)) % (given.train + given.valid) >= given.train
    parts = [(pictures[rows], labels[rows]) for rows in (~held_out, held_out)]
    body = features()
    random = _frozen_errors(body, parts, calibrate=True)
    body.load_state_dict(load_file(given.weights))
    print(f"random body, frozen: {random}")
    print(f"{given.weights.name}, frozen: {_frozen_errors(body, parts)}")
    print(f"{given.weights.name}, fine-tuned: {tuned_error(body, *parts):.3f}")


def _frozen_errors(body: torch.nn.Module, parts: list, calibrate: bool = False) -> str:
    if calibrate:
        recalibrate(body, (normalise(part) for part in parts[0][0].split(128)))
    train_part, valid_part = [(outputs(body, pictures), labels) for pictures, labels in parts]
    errors = [frozen_error(train_part, valid_part, seed=seed) for seed in range(3)]
    return ", ".join(f"{error:.3f}" for error in errors)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recipes.pocketnet.recipe")
    commands = parser.add_subparsers(required=True)
    plan, settings = PicturePlan(), TrainingSettings()

    draw = commands.add_parser("draw", help="draw the classes into FOLDER/pictures.npy")
    draw.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    draw.add_argument("--species", type=int, default=plan.species)
    draw.add_argument("--patterns", type=int, default=plan.patterns)
    draw.add_argument("--each", type=int, default=plan.each, help="pictures of a class")
    draw.add_argument("--side", type=int, default=plan.side, help="pixels")
    draw.add_argument("--workers", type=int, default=settings.workers)
    draw.set_defaults(run=_draw)

    training = commands.add_parser("train", help="train on them; writes FOLDER/features.safetensors")
    training.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    training.add_argument("--minutes", type=float, default=settings.minutes)
    training.add_argument("--sizes", type=int, nargs="+", default=settings.sizes)
    training.add_argument("--workers", type=int, default=settings.workers)
    training.add_argument("--seed", type=int, default=settings.seed)
    training.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="errors by transfer to the drawn breeds")
    evaluate.add_argument("weights", type=Path, nargs="?", default=POCKETNET)
    evaluate.add_argument("--train", type=int, default=32, help="pictures of a breed")
    evaluate.add_argument("--valid", type=int, default=8, help="pictures of a breed")
    evaluate.set_defaults(run=_evaluate)
    return parser


if __name__ == "__main__":
    main()
