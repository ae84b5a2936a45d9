"""Exercises of `05_pet_breeds`."""

import math
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from lab.core.optimisers import group_rates
from lab.data.files import get_image_files
from lab.data.splits import RandomSplitter
from lab.exercises.exercise import Exercise
from lab.panels.lr_finder import LRFinderPanel
from lab.panels.training.panel import TrainingPanel
from lab.training.learner import ImageLearner

# ---------------------------------------------------------------- breed_of


def _labeller(pattern: str, search: Callable = re.fullmatch, flags: int = re.IGNORECASE) -> Callable:
    """A function that gives what the second brackets of the pattern hold, or ''."""

    def breed_of(name: str) -> str:
        found = search(pattern, name, flags)
        return found[2] if found else ""

    return breed_of


_PATTERN = r"(cat|dog)-(.+)-\d+\.jpe?g"
_breed_of = _labeller(_PATTERN)
_any_dot = _labeller(_PATTERN.replace(r"\.", "."))
_no_end = _labeller(_PATTERN, re.match)
_anywhere = _labeller(_PATTERN + "$", re.search)
_small_letters = _labeller(_PATTERN, flags=0)
_no_hyphen = _labeller(_PATTERN.replace(".+", r"\w+"))
_any_kind = _labeller(_PATTERN.replace("cat|dog", ".+"))
_one_digit = _labeller(_PATTERN.replace(r"\d+", r"\d"))


def _by_hyphens(name: str) -> str:
    return name.split("-")[1]


def _always_found(name: str) -> str:
    return re.fullmatch(_PATTERN, name, re.IGNORECASE)[2]


_NAMES = (
    "dog-great_pyrenees-0173.jpg",
    "cat-Ragdoll-12.jpeg",
    "dog-shar-pei-5.jpg",
    "cat-Maine_Coon-7.JPG",
    "dog-boxer.jpg",
    "dog-pug-3xjpg",
    "dog-pug-3.jpg.part",
    "old-dog-pug-3.jpg",
)

# ---------------------------------------------------------------- split_by_animal


def _split_by_animal(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    names = sorted(set(animals))
    return _held_out(animals, names[-max(1, round(share * len(names))) :])


def _held_out(animals: list[str], names: list[str]) -> tuple[list[int], list[int]]:
    train = [i for i, name in enumerate(animals) if name not in names]
    return train, [i for i, name in enumerate(animals) if name in names]


def _split_by_picture(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    first = len(animals) - max(1, round(share * len(animals)))
    return list(range(first)), list(range(first, len(animals)))


def _first_animals(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    names = sorted(set(animals))
    return _held_out(animals, names[: max(1, round(share * len(names)))])


def _unsorted_animals(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    names = list(dict.fromkeys(animals))
    return _held_out(animals, names[-max(1, round(share * len(names))) :])


def _perhaps_none(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    names = sorted(set(animals))
    return _held_out(animals, names[-round(share * len(names)) :])


def _rounded_up(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    names = sorted(set(animals))
    return _held_out(animals, names[-math.ceil(share * len(names)) :])


def _rounded_down(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    names = sorted(set(animals))
    return _held_out(animals, names[-max(1, int(share * len(names))) :])


def _share_of_pictures(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    return _held_out(animals, sorted(set(animals))[-max(1, round(share * len(animals))) :])


def _names_repeated(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    return _held_out(animals, sorted(animals)[-max(1, round(share * len(animals))) :])


def _animals(rng: random.Random) -> list[tuple[list[str], float]]:
    def pictures(names: str, n: int) -> list[str]:
        every = names.split()
        return rng.sample(every + [rng.choice(every) for _ in range(n - len(every))], n)

    known = ["Minka", "Bello", "Minka", "Rex", "Bello", "Tiger"]
    return [
        (known, 0.25),
        (pictures("Luna Max Nala Ole Pepe", 14), 0.4),
        (["A", "B", "A"], 0.1),
        (pictures("Finn Gini Hugo Ida Jago Kira Lotte", 16), 0.25),
        (pictures("Mia Nero Oskar Paul Quinn Rosa", 11), 0.2),
    ]


# ---------------------------------------------------------------- most_confused


def _unsorted(
    matrix: np.ndarray, vocab: list[str], min_val: int, diagonal: bool = False, reverse: bool = False
) -> list[tuple]:
    """All cells in the order of the matrix; reverse: sorted upwards and then turned round."""
    places = [(i, j) for i, j in np.ndindex(*matrix.shape) if diagonal or i != j]
    cells = [(vocab[i], vocab[j], int(matrix[i, j])) for i, j in places if matrix[i, j] >= min_val]
    return sorted(cells, key=lambda cell: cell[2])[::-1] if reverse else cells


def _most_confused(matrix: np.ndarray, vocab: list[str], min_val: int) -> list[tuple[str, str, int]]:
    return sorted(_unsorted(matrix, vocab, min_val), key=lambda cell: -cell[2])


def _with_diagonal(matrix: np.ndarray, vocab: list[str], min_val: int) -> list[tuple[str, str, int]]:
    return sorted(_unsorted(matrix, vocab, min_val, diagonal=True), key=lambda cell: -cell[2])


def _turned(
    matrix: np.ndarray, vocab: list[str], min_val: int, reverse: bool = False
) -> list[tuple[str, str, int]]:
    cells = [(b, a, n) for a, b, n in _unsorted(matrix, vocab, min_val)]
    return sorted(cells, key=lambda cell: cell[2] if reverse else -cell[2])


def _pairs_added(matrix: np.ndarray, vocab: list[str], min_val: int) -> list[tuple[str, str, int]]:
    return _most_confused(np.triu(matrix + matrix.T), vocab, min_val)


def _both_added(matrix: np.ndarray, vocab: list[str], min_val: int) -> list[tuple[str, str, int]]:
    return _most_confused(matrix + matrix.T, vocab, min_val)


_MATRIX = np.array([[7, 0, 2, 0], [1, 9, 0, 0], [4, 0, 5, 1], [0, 3, 0, 8]])
_VOCAB = ["Birman", "pug", "Ragdoll", "shiba_inu"]

# ---------------------------------------------------------------- fine_tune_by_hand

FROZEN, UNFROZEN = "a frozen learner", "an unfrozen learner"


class StandIn:
    """A learner that trains nothing and notes what would: which layers, for how long, at which rates."""

    def __init__(self, frozen: int) -> None:
        self.frozen = frozen  # layer groups
        self.phases: list[list[Any]] = []

    def freeze_to(self, n: int) -> None:
        self.frozen = n % 3

    def freeze(self) -> None:
        self.freeze_to(-1)

    def unfreeze(self) -> None:
        self.freeze_to(0)

    def fit_one_cycle(self, epochs: int, lr: float | slice, *_: Any, **__: Any) -> None:
        trained = ("all layers", "late layers and head", "head")[self.frozen]
        rates = group_rates(lr, 3)[self.frozen :]  # those of frozen groups play no part
        self.phases.append([trained, epochs, rates])


def _phases(attempt: Callable, learner: str, *case: Any) -> list[list[Any]] | None:
    learn = StandIn(frozen=2 if learner == FROZEN else 0)
    attempt(learn, *case)
    return learn.phases or None


def _fine_tune(
    learn: Any,
    epochs: int,
    base_lr: float,
    freeze_epochs: int,
    lr_mult: float,
    *,
    freezes: bool = True,
    unfreezes: bool = True,
    halved: float = 2,
    rates: Callable[[float, float], Any] = lambda lr, mult: slice(lr / mult, lr),
) -> None:
    if freezes:
        learn.freeze()
    learn.fit_one_cycle(freeze_epochs, base_lr)
    if unfreezes:
        learn.unfreeze()
    learn.fit_one_cycle(epochs, rates(base_lr / halved, lr_mult))


def _fine_tune_but(**change: Any) -> Callable:
    def fine_tune_by_hand(*case: Any) -> None:
        _fine_tune(*case, **change)

    return fine_tune_by_hand


def _in_all(learn: Any, epochs: int, base_lr: float, freeze_epochs: int, lr_mult: float) -> None:
    _fine_tune(learn, epochs - freeze_epochs, base_lr, freeze_epochs, lr_mult)


def _halved_too_early(learn: Any, epochs: int, base_lr: float, freeze_epochs: int, lr_mult: float) -> None:
    _fine_tune(learn, epochs, base_lr / 2, freeze_epochs, lr_mult, halved=1)


def _one_frozen_epoch(learn: Any, epochs: int, base_lr: float, freeze_epochs: int, lr_mult: float) -> None:
    _fine_tune(learn, epochs, base_lr, 1, lr_mult)


def _interchanged(learn: Any, epochs: int, base_lr: float, freeze_epochs: int, lr_mult: float) -> None:
    _fine_tune(learn, freeze_epochs, base_lr, epochs, lr_mult)


# ---------------------------------------------------------------- rate_after_unfreezing


def _rate_after_unfreezing(panel: Any) -> Any:
    """Whether the rate that was clicked in a finder panel stands well before the rise of its curve."""
    if not isinstance(panel, LRFinderPanel):
        return "pass the panel itself, not its rate"
    finder = panel.finder
    if not finder.runs or panel.worker.busy or finder.by:  # `by`: the panel's own suggestion
        return ...
    trained, curve = finder.runs[-1]
    if not trained.endswith("all layers"):
        return "the body was still frozen in this run: call `unfreeze()` on the learner, then run again"
    if finder.outdated:
        return "you chose it on an earlier curve: click again, on that of the latest run"
    if curve.before_the_rise is None:
        return "the curve does not rise yet: let the sweep run on to higher rates"
    rise = 10 * curve.before_the_rise
    first, last = (panel.lr.start, panel.lr.stop) if finder.ranged else (panel.lr, panel.lr)
    if last >= rise:
        return f"from {rise:.0e} the loss rises, and {last:.1e} is beyond that: it would destroy the body"
    if last > 0.6 * rise:
        return (
            f"{last:.1e} is on the edge: the loss rises from {rise:.0e}, and on other batches it may do so "
            "earlier. Stay to the left of it by a factor of two or more"
        )
    if last < rise / 100:
        return (
            f"{last:.1e} is {rise / last:.0f} times below the rise: it breaks nothing, but in a few epochs "
            "it changes next to nothing either"
        )
    if first > 0.3 * rise:
        return (
            f"{first:.1e} is too much for the early layers, whose edges and spots are good already: take a "
            "range for the layer groups, and a smaller rate for the first"
        )
    return ""


# ---------------------------------------------------------------- stop_in_time

PATIENCE, LATE, LONG = 3, 10, 40  # LATE leaves time to press the button
AGAIN = "Before you try again, run the panel's cell again: ▶ Start alone would train this learner further"


def _stop_in_time(panel: Any) -> Any:
    """Whether a run was stopped after its validation loss had stopped improving, and before its end."""
    if not isinstance(panel, TrainingPanel):
        return "pass the panel itself: it knows its run"
    run = panel.run
    if run.plan is None:
        return ...
    if run.worker.busy:
        return "it is still running, or paused: press ■ Stop when you have seen enough, then check again"
    losses = [row["valid_loss"] for row in run.history.epochs]
    if run.plan.epochs < LONG:
        return f"this run had {run.plan.epochs} epochs in all, not 60. {AGAIN}"
    if len(losses) == run.plan.epochs:
        return f"it ran to its end, long after the validation loss was lowest: press ■ Stop earlier. {AGAIN}"
    if len(losses) < 2:
        return "it was stopped before there were two epochs to compare"
    lowest = losses.index(min(losses))
    since = len(losses) - 1 - lowest
    if since < PATIENCE:
        how = "in the last epoch" if not since else f"only {since} epoch{'s' * (since > 1)} before"
        return (
            f"you stopped after epoch {len(losses)}, and the validation loss was lowest {how}: it might "
            f"well have fallen further. Wait for {PATIENCE} epochs without improvement. {AGAIN}"
        )
    if lowest == 0:
        return (
            "the validation loss was lowest in the first epoch: this learner had been trained before, or the "
            f"rate is too high. {AGAIN}"
        )
    if since > LATE:
        return (
            f"you stopped {since} epochs after the lowest validation loss; {PATIENCE} were asked for. Press "
            f"❚❚ Pause whenever you want to look. {AGAIN}"
        )
    return ""


# ---------------------------------------------------------------- epochs_to_train

# Of 296 pictures, how many were wrong after each epoch of the notebook's table.
WRONG = (62, 47, 40, 36, 33, 30, 28, 26, 24, 25, 26, 29, 33, 37)
LOWEST_LOSS, LOWEST_ERROR = 5, 9  # epochs, from 1
NEAR = 4  # pictures: chance alone moves the error rate by five


def _epochs_to_train(said: Any) -> str:
    if isinstance(said, bool) or not isinstance(said, int | float | np.integer) or said != int(said):
        return f"expected a whole number of epochs, got {said!r}"
    epochs = int(said)
    if epochs < 1:
        return "no epoch at all: nothing would be trained"
    if epochs > len(WRONG):
        return "longer than the run in the table, which was past its best well before its end"
    more = WRONG[epochs - 1] - min(WRONG)
    if more <= NEAR:
        return ""
    if epochs == LOWEST_LOSS:
        return (
            f"the epoch with the lowest validation loss. But you want few wrong answers, and after it {more} "
            "more pictures came right"
        )
    if epochs < LOWEST_ERROR:
        return f"too short: the error rate was still falling, by {more} pictures from there to its lowest"
    if epochs == len(WRONG):
        return f"all of them: after its lowest value the error rate rose again, by {more} pictures in the end"
    return f"past the turning point: {more} more pictures are wrong than at the lowest, and rising"


# ---------------------------------------------------------------- better_learner

EPOCHS, ERROR = 8, 0.07


def _better_learner(learn: Any) -> str:
    """Whether a learner has few mistakes at the end of few epochs, on the pictures of the baseline."""
    if not isinstance(learn, ImageLearner):
        return "pass the learner itself: it knows its history"
    epochs = [row for run in learn.runs for row in run.epochs]
    if not epochs:
        return "it has not been trained yet"
    train, valid = ({*loader.pictures.paths} for loader in (learn.dls.train, learn.dls.valid))
    if train & valid:
        return "pictures of its validation set are among those that it trained on"
    files = get_image_files(next(iter(valid)).parent)
    same = {files[i] for i in RandomSplitter(0.2, seed=42)(files)[1]}
    if valid != same:
        return "it was validated on other pictures than the baseline: keep `splitter` as it is"
    if len(epochs) > EPOCHS:
        return (
            f"{len(epochs)} epochs in all, {EPOCHS} are allowed, frozen ones included. What a learner has "
            "trained stays in it: make a new one"
        )
    if "error_rate" not in epochs[-1]:
        return "its metrics lack `lab.error_rate`"
    errors = [row.get("error_rate", 1.0) for row in epochs]
    if errors[-1] < ERROR:
        return ""
    if min(errors) < ERROR:
        return (
            f"it ended at {errors[-1]:.3f}. An earlier epoch had {min(errors):.3f}, but picking the best of "
            "several epochs is picking luck: the last one counts"
        )
    return f"it ended at {errors[-1]:.3f}; it has to be below {ERROR}"


EXERCISES = [
    Exercise(
        "breed_of",
        "The breed in a name such as dog-great_pyrenees-0173.jpg, and '' for any other kind of name.",
        answer=_breed_of,
        cases=[(name,) for name in _NAMES],
        hints=[
            "Four parts: cat or dog, the breed, digits, the ending. Put brackets around what you want back.",
            "`re.fullmatch(pattern, name, re.IGNORECASE)` matches the whole name or gives None; `found[1]` "
            "is what the first brackets hold.",
            r"A full stop is written `\.`; `e?` is an e or nothing; `(?:cat|dog)` are brackets that `found` "
            "does not count. Breeds may hold a hyphen, so take `.+` for them.",
        ],
        mistakes=[
            (_by_hyphens, "the part between the first two hyphens: a shar-pei has one in its own name"),
            (_any_dot, r"a pattern in which `.` stands for any character; write `\.` for a full stop"),
            (_no_end, "a pattern that does not look at the end of the name: .jpg.part is no picture yet"),
            (_anywhere, "a pattern that looks anywhere in the name, not from its start"),
            (_small_letters, "a pattern for lower-case letters only: some cameras write .JPG"),
            (_no_hyphen, r"a pattern for breeds without a hyphen: `\w` is a letter, a digit or `_`"),
            (_any_kind, "a pattern for any kind of animal: the name has to begin with cat or dog"),
            (_one_digit, r"a pattern for a single digit: `\d+` fits one or more"),
            (_always_found, "right for names that match; for others `fullmatch` gives None, so look first"),
        ],
    ),
    Exercise(
        "split_by_animal",
        "(training indices, validation indices): the last `share` of the animals validate, with all their "
        "pictures.",
        answer=_split_by_animal,
        cases=_animals,
        hints=[
            "First decide which animals validate, then which pictures.",
            "`sorted(set(animals))` has each animal once, in alphabetical order.",
            "`max(1, round(share * len(names)))` of them, from the end; then use `enumerate(animals)`.",
        ],
        mistakes=[
            (_split_by_picture, "a split of the pictures: an animal can end up on both sides"),
            (
                lambda animals, share: _split_by_animal(animals, share)[::-1],
                "the two lists the wrong way round: training comes first",
            ),
            (_share_of_pictures, "a share of the number of pictures: count the animals, `len(names)`"),
            (
                _names_repeated,
                "each animal counted as often as it has pictures: `set` leaves one of each name",
            ),
            (_first_animals, "the first animals in place of the last: take them from the end of the list"),
            (_unsorted_animals, "the animals in order of appearance: sort their names first"),
            (
                _perhaps_none,
                "without the 'at least one': when the share rounds to 0, `names[-0:]` is *all* names",
            ),
            (
                _rounded_down,
                "the number of animals rounded down: `int` cuts off, `round` goes to the nearest",
            ),
            (_rounded_up, "the number of animals rounded up: `round` goes to the nearest"),
        ],
    ),
    Exercise(
        "most_confused",
        "(truth, predicted, count) of each mistake made min_val times or more, the most frequent first.",
        answer=_most_confused,
        cases=[(_MATRIX, _VOCAB, 1), (_MATRIX, _VOCAB, 3), (_MATRIX, _VOCAB, 9)],
        hints=[
            "Row i, column j: so many pictures of class i were taken for class j. Which of them are right?",
            "Two loops over `range(len(vocab))`; leave out `i == j`.",
            "`sorted(found, key=lambda cell: -cell[2])` puts the largest first, and leaves equals in order.",
        ],
        mistakes=[
            (_with_diagonal, "it lists the right answers too: on the diagonal truth and prediction agree"),
            (_unsorted, "all the cells, but not in order of their counts"),
            (_turned, "truth and prediction the wrong way round: the row is the truth"),
            (
                lambda matrix, vocab, min_val: _most_confused(matrix, vocab, min_val + 1),
                "more than min_val; `min_val` itself counts as well: `>=`",
            ),
            (
                lambda matrix, vocab, min_val: _most_confused(np.triu(matrix), vocab, min_val),
                "only what is above the diagonal: A taken for B and B taken for A are two mistakes",
            ),
            (_pairs_added, "both directions of a pair added up: A taken for B and B taken for A are two"),
            (_both_added, "in each line the sum of both directions: `matrix[i, j]` alone is the count"),
            (
                lambda matrix, vocab, min_val: _unsorted(matrix, vocab, min_val, reverse=True),
                "equal counts back to front: `reverse()` turns them too; `sorted(…, reverse=True)` does not",
            ),
            (
                lambda matrix, vocab, min_val: _turned(matrix, vocab, min_val, reverse=True),
                "two things: the row is the truth and comes first; and the largest count comes first",
            ),
            (
                lambda matrix, vocab, min_val: sorted(
                    _most_confused(matrix, vocab, min_val), key=lambda x: x[2]
                ),
                "the smallest count first: sort by minus the count",
            ),
        ],
    ),
    Exercise(
        "fine_tune_by_hand",
        "Train the head at base_lr, then all layers from base_lr / 2 / lr_mult to base_lr / 2.",
        answer=_fine_tune,
        cases=[(FROZEN, 5, 2e-3, 1, 100), (UNFROZEN, 6, 4e-3, 3, 100), (UNFROZEN, 4, 3e-3, 2, 10)],
        run=_phases,
        tolerance=1e-9,
        hints=[
            "Four calls: freeze, train, unfreeze, train.",
            "`learn.fit_one_cycle(freeze_epochs, base_lr)` trains the head. Halve the rate after that.",
            "With `base_lr` halved: `learn.fit_one_cycle(epochs, slice(base_lr / lr_mult, base_lr))`.",
        ],
        mistakes=[
            (_fine_tune_but(halved=1), "the second run at the full `base_lr`: halve it first"),
            (_fine_tune_but(unfreezes=False), "the body stays frozen to the end: call `learn.unfreeze()`"),
            (
                _fine_tune_but(freezes=False),
                "right for a learner that is frozen already; `fine_tune` freezes the body in any case",
            ),
            (
                _fine_tune_but(freezes=False, unfreezes=False),
                "two runs that never say what trains: `learn.freeze()` first, `learn.unfreeze()` between",
            ),
            (
                _fine_tune_but(rates=lambda lr, mult: lr),
                "one rate for all layers in the second run: give a slice, lowest for the first group",
            ),
            (
                _fine_tune_but(rates=lambda lr, mult: slice(lr)),
                "`slice(lr)` gives the body a tenth: `lr_mult` is not used",
            ),
            (
                _fine_tune_but(rates=lambda lr, mult: slice(2 * lr / mult, lr)),
                "the lowest rate computed from the full `base_lr`: halve it first, then divide by `lr_mult`",
            ),
            (
                _fine_tune_but(rates=lambda lr, mult: slice(lr, lr / mult)),
                "the slice the wrong way round: the early layers get the lowest rate and come first",
            ),
            (
                _fine_tune_but(rates=lambda lr, mult: slice(lr / 100, lr)),
                "right only for `lr_mult=100`: the 100 is written into the code",
            ),
            (_one_frozen_epoch, "one epoch of the head whatever `freeze_epochs` is"),
            (_halved_too_early, "half of `base_lr` in both runs: the first run takes all of it"),
            (_in_all, "`epochs` taken as the total of both runs; it is for the second run alone"),
            (_interchanged, "the two numbers of epochs swapped: `freeze_epochs` is for the head"),
        ],
    ),
    Exercise(
        "rate_after_unfreezing",
        "Press Run, then click on the curve where you would train all layers: a rate, or a range.",
        answer=None,
        judge=_rate_after_unfreezing,
        hints=[
            "There is no steep fall here to click on. Where does the loss begin to rise?",
            "Stay to the left of the rise by a factor of two to a hundred. In a range, the highest rate is "
            "the head's and the lowest that of the early layers.",
            "If the loss rises from 1e-2: click near 3e-3 for the last layers, and near 5e-4 for the first.",
        ],
    ),
    Exercise(
        "stop_in_time",
        "Press Start, and press Stop when the validation loss has not improved for three epochs.",
        answer=None,
        judge=_stop_in_time,
        hints=[
            "The table lists the validation loss of the latest epochs. Pause whenever you want to look.",
            "Remember the lowest one so far, and count the epochs since. At three, press ■ Stop.",
        ],
    ),
    Exercise(
        "epochs_to_train",
        "For how many epochs would you train anew, going by the table? A whole number.",
        answer=9,
        judge=_epochs_to_train,
        hints=[
            "What do you want of the model: a small validation loss, or few wrong answers?",
            "Find where the error rate is lowest. Neighbours that differ by up to four pictures in 296 "
            "(0.003 each) are as good as equal: chance alone moves the count by about five.",
        ],
    ),
    Exercise(
        "better_learner",
        f"A learner with an error rate below {ERROR} at the end of at most {EPOCHS} epochs in all.",
        answer=None,
        judge=_better_learner,
        hints=[
            "What does the model not get to see? Batches have 96 by 96 pixels, the files 200 by 200 or more.",
            "A new DataBlock: `parts | {...}` with a larger `Resize` and a larger `size`. Give the head "
            "time: eight epochs, at a rate from the finder.",
            "`lab.Resize(170)` and `lab.aug_transforms(size=128, min_scale=0.75)`; then a learner with "
            "`precompute=2` and `fit_one_cycle(8, 2e-3)`.",
        ],
    ),
]
