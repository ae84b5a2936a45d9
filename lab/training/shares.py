"""Who of several processes takes which rows: shares of batches that lose nothing and repeat nothing.

And whether all of them have the same in hand. In a single process, batches stay whole.
"""

import hashlib
from collections.abc import Callable, Iterator, Sized
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from lab import process_group, processes
from lab.core import evaluation
from lab.core.errors import BadValue
from lab.core.evaluation import Network, unpack
from lab.core.protocols import Batches, Data


class SharedBatches:
    """The share of this process in batches that somebody else makes: of each `size` in a row, one.

    What is left over at the end is put together and shared out by rows, with the batches before it where it
    has not a row for each. may_be_empty: a share may have no rows, as in a prediction; else fewer rows than
    processes raise ValueError.
    """

    shared = True

    def __init__(self, batches: Batches, rank: int, size: int, may_be_empty: bool = False) -> None:
        self.batches, self.rank, self.size, self.may_be_empty = batches, rank, size, may_be_empty
        self._places: list[Tensor] = []

    def __len__(self) -> int:
        return -(-len(self.batches) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        self._places, row = [], 0
        waiting: list[list[tuple[Tensor, ...]]] = [[]]  # the last whole group, and the one that fills
        for batch in _same_pass(self.batches):
            x, y = unpack(batch)
            waiting[-1].append((x,) if y is None else (x, y))
            if len(waiting[-1]) == self.size:
                if len(waiting) > 1:
                    row, mine = self._one_each(waiting.pop(0), row)
                    yield mine
                waiting.append([])
        *groups, rest = waiting
        few = sum(len(batch[0]) for batch in rest) < self.size
        if rest and few and not self.may_be_empty:
            yield from self._by_rows([batch for group in waiting for batch in group], row, len(waiting))
            return
        for group in groups:
            row, mine = self._one_each(group, row)
            yield mine
        if rest:
            yield from self._by_rows(rest, row, 1)

    def _one_each(self, group: list[tuple[Tensor, ...]], row: int) -> tuple[int, tuple[Tensor, ...]]:
        lengths = [len(batch[0]) for batch in group]
        start = row + sum(lengths[: self.rank])
        self._places.append(torch.arange(start, start + lengths[self.rank]))
        return row + sum(lengths), group[self.rank]

    def _by_rows(
        self, batches: list[tuple[Tensor, ...]], row: int, parts: int
    ) -> Iterator[tuple[Tensor, ...]]:
        whole = [torch.cat(column) for column in zip(*batches, strict=True)]
        places = torch.arange(row, row + len(whole[0]))
        if len(places) < parts * self.size and not self.may_be_empty:
            raise BadValue(
                f"fit: batches of so few rows are too small to split across {self.size} processes. Make them "
                "larger, or use fewer processes."
            )
        for part in range(parts):
            columns = (
                column.tensor_split(parts)[part].tensor_split(self.size) for column in [*whole, places]
            )
            *mine, where = (column[self.rank] for column in columns)
            self._places.append(where)
            yield tuple(mine)

    @property
    def generator(self) -> torch.Generator | None:
        """That of the loader itself, where it has one."""
        own = getattr(self.batches, "batches", self.batches)
        return getattr(own, "generator", None)

    def places(self) -> Tensor:
        """Which rows of all these were, in the latest pass."""
        return torch.cat(self._places)


def _same_pass(batches: Batches) -> Iterator[Any]:
    """A pass in the same order everywhere, also where a loader draws it from torch's global generator."""
    seed = torch.randint(2**31, (1,))
    processes.from_first(seed)
    with torch.random.fork_rng(devices=[]):  # of the CPU alone, where samplers draw
        torch.default_generator.manual_seed(int(seed))
        iterator = iter(batches)
        first = list(zip(range(1), iterator, strict=False))  # a sampler draws when it is first asked
    yield from (batch for _, batch in first)
    yield from iterator


def share(batches: Batches, may_be_empty: bool = False) -> Any:
    """The share of this process in these batches; all of them where it is alone. may_be_empty: see
    `SharedBatches`. Raises ValueError for fewer pictures than processes.
    """
    here = processes.world()
    if here.size == 1 or getattr(batches, "shared", False):
        return batches
    if hasattr(batches, "share"):
        return batches.share(here.rank, here.size)
    return SharedBatches(batches, here.rank, here.size, may_be_empty)


def forward(
    network: Network,
    batches: Batches,
    device: torch.device,
    autocast: AbstractContextManager[None],
    step: Callable[[], None] = lambda: None,
) -> tuple[Tensor, Tensor]:
    """`lab.core.evaluation.forward`, shared out; all processes get the whole, in the order of the batches.

    step: called after each batch of this process.
    """
    part = to_predict(batches)
    shared = getattr(part, "shared", False)
    found = evaluation.forward(network, _watched(part, step, shared), device, autocast)
    if not shared:
        return found
    order = processes.gather_rows(part.places()).argsort()
    activations, targets = (processes.gather_rows(rows)[order] for rows in found)
    return activations, targets


def _watched(batches: Any, step: Callable[[], None], shared: bool) -> Iterator[Any]:
    for batch in batches:
        if shared and processes.any_of_them(process_group.stop_wish()):
            process_group.stop()
        yield batch
        step()


def to_predict(batches: Any) -> Any:
    """What this process predicts of these batches: its share, or all, where there are fewer pictures than
    processes.
    """
    too_few = hasattr(batches, "share") and batches.n < processes.world().size
    return batches if too_few else share(batches, may_be_empty=True)


def describe(data: Data) -> tuple[str, int, int]:
    """A digest of what is trained on and validated on, in its order, and the numbers of both (0: unknown)."""
    counts, parts = [0, 0], [[str(label) for label in getattr(data, "vocab", ())]]
    for number, split in enumerate(("train", "valid")):
        loader = getattr(data, split)
        dataset = getattr(getattr(loader, "batches", loader), "dataset", None)
        if hasattr(loader, "pictures"):
            pictures, tfms = loader.pictures, loader.batch_tfms
            counts[number] = loader.n
            parts.append([str(getattr(path, "name", None)) for path in loader.paths])
            parts.append([repr(None if pictures.labels is None else pictures.labels.tolist())])
            parts.append([repr(pictures.item_tfms), repr(tfms.config()) if hasattr(tfms, "config") else ""])
        elif isinstance(dataset, Sized):
            counts[number] = len(dataset)
    return hashlib.sha256(repr((counts, parts)).encode()).hexdigest()[:14], counts[0], counts[1]


def check_same(data: Data, model: nn.Module) -> None:
    """Raise ValueError unless all processes see the same pictures in the same order, the same classes, and
    train a model of the same shape.
    """
    if processes.world().size == 1:
        return
    digest, *counts = describe(data)
    shapes = repr([(name, tuple(tensor.shape)) for name, tensor in model.state_dict().items()])
    numbers = [int(digest, 16), int(hashlib.sha256(shapes.encode()).hexdigest()[:14], 16), *counts]
    found = processes.gather_rows(torch.tensor([numbers])).tolist()
    if len({row[0] for row in found}) > 1:
        seen = "; ".join(f"process {i}: {row[2]} and {row[3]}" for i, row in enumerate(found))
        raise BadValue(
            f"fit: the processes do not see the same data to train and to validate on ({seen}). Give all of "
            "them the same folder, with every picture readable, and the same seed."
        )
    if len({row[1] for row in found}) > 1:
        raise BadValue("fit: the processes do not train the same network. Name it by arch=.")
