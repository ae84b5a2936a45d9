"""`DataLoader`: passes over the pictures in batches, by random numbers of its own.

So loading never disturbs those that training uses, and one seed gives one sequence of batches.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from lab.core.errors import BadValue
from lab.core.evaluation import UNLABELLED
from lab.data.dataset import Pictures
from lab.data.look import grid, show_batches, shown_order
from lab.data.machine import default_device
from lab.data.options import known_keywords
from lab.data.pictures import open_picture
from lab.data.pipeline import apply_batch_tfms, source_name
from lab.processes import from_first

_LOOK = 1_000_003  # added to the seed of a loader that is only looked at


class DataLoader:
    """Batches (x, y) of `pictures`: x (n, 3, h, w) float32 in 0..1, y (n,) int64, on `device`.

    bs: pictures in a batch; a last batch of one joins the batch before it, since batch norm cannot train on
    one. shuffle: in a new random order each time. augment: take random crops and random batch transforms,
    otherwise the validation form. seed: a new loader with the same seed gives the same batches; each further
    pass over one loader differs from the one before. prefetch: prepare the next batch while this one is used.
    """

    _share = (0, 1)  # rank and number of the processes that share each batch; see `share`
    shared = False

    def __init__(
        self,
        pictures: Pictures,
        bs: int = 64,
        shuffle: bool = False,
        augment: bool = False,
        batch_tfms: Callable | None = None,
        device: torch.device | str | None = None,
        seed: int = 0,
        prefetch: bool = True,
    ) -> None:
        if isinstance(bs, bool) or not isinstance(bs, int) or bs < 1:
            raise BadValue(f"DataLoader: bs={bs!r}. The batch size is a whole number, 1 or more.")
        self.pictures, self.bs, self.shuffle, self.augment = pictures, bs, shuffle, augment
        self.batch_tfms, self.seed, self.prefetch = batch_tfms, seed, prefetch
        self.device = torch.device(device) if device is not None else default_device()
        self._generator = torch.Generator().manual_seed(seed)
        self._looks = 0

    def __repr__(self) -> str:
        how = f"shuffle={self.shuffle}, augment={self.augment}"
        return f"DataLoader({self.n} pictures in {len(self)} batches, bs={self.bs}, {how})"

    @property
    def n(self) -> int:
        """The number of pictures."""
        return len(self.pictures)

    @property
    def vocab(self) -> Sequence[str]:
        """The names of the classes."""
        return self.pictures.vocab

    @property
    def paths(self) -> list[Path | None]:
        """The pictures' files, in the order of the rows of `get_preds`; None for a picture in memory."""
        return self.pictures.paths

    @property
    def random(self) -> bool:
        """Whether a picture may look different in the next pass."""
        items = self.pictures.item_tfms
        if items.tfms and not items.cacheable:
            return True
        return self.augment and (self.pictures.are_cropped or bool(getattr(self.batch_tfms, "random", False)))

    def __len__(self) -> int:
        return len(batch_sizes(self.n, self.bs, self._share[1]))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        # One number decides a whole pass, so stopping early leaves the passes to come as they are.
        seed = torch.randint(2**62, (1,), generator=self._generator)
        if self.shared:  # one order for all processes, whatever each of them has drawn before
            from_first(seed)
        return self._batches(torch.Generator().manual_seed(int(seed)))

    def _batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(self.n, generator=generator) if self.shuffle else torch.arange(self.n)
        offsets = torch.rand(self.n, generator=generator) if self.augment else torch.full((self.n,), 0.5)
        rank, processes = self._share
        if processes > 1:  # each augments in its own way
            generator.manual_seed(int(torch.randint(2**62, (1,), generator=generator)) + rank)
        sizes = batch_sizes(self.n, self.bs, processes)
        mine = [shares(rows, sizes, rank, processes) for rows in (order, offsets)]
        parts = list(zip(*mine, strict=True))
        with ThreadPoolExecutor(1, "pawlab-batch") if self.prefetch else nullcontext() as pool:
            ahead = None
            for i, (indices, places) in enumerate(parts):
                arrays = ahead.result() if ahead else self.pictures.arrays(indices, places)
                ahead = (
                    pool.submit(self.pictures.arrays, *parts[i + 1]) if pool and i + 1 < len(parts) else None
                )
                yield self._finish(arrays, indices, generator)

    def _finish(
        self, arrays: Tensor, indices: Tensor, generator: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        x = apply_batch_tfms(self.batch_tfms, arrays.to(self.device), self.augment, generator)
        labels = self.pictures.labels
        y = labels[indices] if labels is not None else torch.full((len(indices),), UNLABELLED)
        return x, y.to(self.device)

    def replace(
        self,
        *,
        shuffle: bool | None = None,
        augment: bool | None = None,
        bs: int | None = None,
        seed: int | None = None,
        indices: Sequence[int] | None = None,
        batch_tfms: Callable | None = None,
        pictures: Pictures | None = None,
    ) -> "DataLoader":
        """A new loader of the same pictures, passed over another way; what is not given stays as it is.

        indices: only these pictures, in this order. pictures: others instead. The random numbers start anew.
        """
        pictures = self.pictures if pictures is None else pictures
        return DataLoader(
            pictures if indices is None else pictures.subset(indices),
            self.bs if bs is None else bs,
            self.shuffle if shuffle is None else shuffle,
            self.augment if augment is None else augment,
            self.batch_tfms if batch_tfms is None else batch_tfms,
            self.device,
            self.seed if seed is None else seed,
            self.prefetch,
        )

    def share(self, rank: int, processes: int) -> "DataLoader":
        """The same passes for one of several processes: its part of every batch, which all of them together
        make bs * processes large. Raises ValueError for fewer pictures than processes.
        """
        if self.n < processes:
            raise BadValue(
                f"fit: {self.n} pictures are too few to split across {processes} processes. Use fewer."
            )
        twin = copy.copy(self)
        twin._share, twin.shared = (rank, processes), True
        return twin

    def places(self) -> Tensor:
        """Which rows of a pass this process gets."""
        sizes = batch_sizes(self.n, self.bs, self._share[1])
        return torch.cat(shares(torch.arange(self.n), sizes, *self._share))

    def one_batch(self) -> tuple[Tensor, Tensor]:
        """A batch (x, y), another one each time; the passes of training stay as they are. Raises UnequalSizes
        when pictures cannot share a batch.
        """
        with closing(iter(self._look())) as batches:
            return next(batches)

    @known_keywords
    def show_batch(
        self,
        max_n: int | None = None,
        nrows: int | None = None,
        ncols: int | None = None,
        figsize: tuple[float, float] | None = None,
        unique: bool = False,
    ) -> Image.Image:
        """A contact sheet of some pictures with their labels, as the model gets them; 3 × 3 of them.

        max_n, nrows, ncols, figsize: how many and how large; see `lab.data.look`. unique: one picture,
        augmented again and again. Raises ValueError for numbers below 1.
        """
        count, _ = grid(max_n, nrows, ncols)
        looked = self._look()
        if max_n is not None and not unique:
            max_n = min(max_n, looked.n)
        order = shown_order(looked.n, looked.seed)
        chosen = order[:1] * count if unique else order[:count]
        shown = looked.replace(shuffle=False, bs=count, indices=chosen)
        return show_batches(shown, self.vocab, max_n, nrows, ncols, figsize)

    def _look(self) -> "DataLoader":
        self._looks += 1
        return self.replace(seed=self.seed + _LOOK + self._looks)

    def picture(self, i: int) -> Image.Image:
        """The original picture, in full size, as RGB."""
        return open_picture(self.pictures.sources[i])

    def item(self, i: int) -> tuple[Tensor, int]:
        """Picture i as validation sees it, (3, h, w) float32 on the CPU, and its label's index, or −1."""
        x = apply_batch_tfms(self.batch_tfms, self.pictures.arrays([i]), train=False)[0]
        labels = self.pictures.labels
        return x, int(labels[i]) if labels is not None else UNLABELLED

    def name(self, i: int) -> str:
        """What picture i is called in messages and captions."""
        source = self.pictures.sources[i]
        return Path(source).name if isinstance(source, Path) else source_name(source)

    def rng_state(self) -> Tensor:
        """All that decides the passes to come; `set_rng_state` puts it back."""
        return self._generator.get_state()

    def set_rng_state(self, state: Tensor) -> None:
        """Go on from a state that `rng_state` gave."""
        self._generator.set_state(state)

    def to(self, device: torch.device | str) -> "DataLoader":
        """Give batches on this device from now on; returns the loader."""
        self.device = torch.device(device)
        return self


def batch_sizes(n: int, bs: int, processes: int = 1) -> list[int]:
    """The sizes of the batches of n pictures: bs for each process, and a remainder, which when it is one, or
    too few for all processes, joins the last batch.
    """
    bs *= processes
    sizes = [bs] * (n // bs) + ([n % bs] if n % bs else [])
    if len(sizes) > 1 and sizes[-1] < min(bs, max(2, processes)):
        sizes[-2:] = [bs + sizes[-1]]
    return sizes


def shares(rows: Tensor, sizes: Sequence[int], rank: int, processes: int) -> list[Tensor]:
    """Of rows in batches of these sizes, the part of each batch that a process gets."""
    batches = rows.split(list(sizes)) if sizes else ()
    return [batch.tensor_split(processes)[rank] for batch in batches]
