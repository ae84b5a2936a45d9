"""`DataLoaders`: the training, validation and test loaders of one dataset, and ways to look at them.

It is what a `DataBlock` builds and what a learner is given. Looking (a batch, a contact sheet, counts,
sizes) never changes the batches that training will get.
"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lab.charts import draw
from lab.core.errors import BadType, BadValue
from lab.data.accepted import is_in_memory, without_label
from lab.data.batches import BatchLoader, vocab_of
from lab.data.copies import check_copies, make_copies, write_copy
from lab.data.loader import DataLoader
from lab.data.options import known_keywords
from lab.data.pipeline import Pipeline
from lab.data.sources import as_sources, collect_items, readable

_PAIR_WITH = (
    "\nPredictions have no row for what is left out: pair the rows with the loader's own list, dl.paths, "
    "not with yours."
)


class DataLoaders:
    """The training, the validation and, where there is one, the test loader of a dataset.

    Parameters
    ----------
    train, valid : DataLoader or iterable
        Each a loader of the lab, or any other iterable of batches (x, y), such as a torch `DataLoader`.
    test : DataLoader or iterable, optional
        The same for testing.
    path : path
        The folder that a learner saves to.
    block : DataBlock, optional
        The one that made the loaders; it labels further images.
    vocab : iterable, optional
        The classes, for loaders that are not the lab's. A torch dataset that tells them needs none.
    device : str or torch.device, optional
        Where the batches of loaders that are not the lab's go; a GPU where there is one.

    Raises
    ------
    TypeError
        For a loader that cannot be passed over again and again.

    Examples
    --------
    >>> x, y = torch.rand(20, 3, 32, 32), torch.arange(20) % 2
    >>> batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=5)
    >>> lab.DataLoaders(batches, batches, vocab=["cat", "dog"])
    DataLoaders(20 training, 20 validation pictures, 2 classes, bs=5, device=...)
    """

    n_inp = 1  # of the tensors in a batch, how many are inputs (2020 lesson)

    def __init__(
        self,
        train: DataLoader,
        valid: DataLoader,
        test: DataLoader | None = None,
        path: str | os.PathLike = ".",
        block: Any = None,
        vocab: Iterable[Any] | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        loaders = [train, valid] if test is None else [train, valid, test]
        if not all(hasattr(loader, "replace") for loader in loaders):
            vocab = vocab_of(train, valid) if vocab is None else vocab
            # one of the lab's beside a torch DataLoader stays as it is
            loaders = [ld if hasattr(ld, "replace") else BatchLoader(ld, vocab, device) for ld in loaders]
        self.train, self.valid, self.test = (*loaders, None)[:3]
        self.block = block
        self.path = path if isinstance(path, Path) else Path(path)

    def __repr__(self) -> str:
        test = f", {self.test.n} test" if self.test is not None else ""
        classes = f"{self.c} classes, " if hasattr(self, "vocab") else ""
        return (
            f"DataLoaders({self.train.n} training, {self.valid.n} validation{test} pictures, "
            f"{classes}bs={self.bs}, device={self.device})"
        )

    def __iter__(self):
        return iter((self.train, self.valid))

    @property
    def vocab(self) -> Sequence[str]:
        """The names of the classes; a label's index is its place here."""
        return self.train.vocab

    @property
    def c(self) -> int:
        """The number of classes."""
        return len(self.vocab)

    @property
    def bs(self) -> int:
        """Pictures in a batch."""
        return self.train.bs

    @property
    def device(self) -> torch.device:
        """Where the batches are."""
        return self.train.device

    def to(self, device: torch.device | str) -> "DataLoaders":
        """Give batches on this device from now on; returns the same object."""
        for loader in (self.train, self.valid, self.test):
            if loader is not None:
                loader.to(device)
        return self

    def one_batch(self) -> tuple[Tensor, Tensor]:
        """A training batch (x, y), another one each time. Raises UnequalSizes, as `DataLoader.one_batch`."""
        return self.train.one_batch()

    @known_keywords
    def show_batch(
        self,
        nrows: int | None = None,
        ncols: int | None = None,
        unique: bool = False,
        train: bool = True,
        max_n: int | None = None,
        figsize: tuple[float, float] | None = None,
    ) -> Image.Image:
        """A contact sheet for training (train=False: for validation); see `DataLoader.show_batch`."""
        options = {"max_n": max_n, "nrows": nrows, "ncols": ncols, "figsize": figsize}
        if unique:
            options["unique"] = True
        return (self.train if train else self.valid).show_batch(**options)

    def test_dl(self, items: Any, with_labels: bool = False) -> DataLoader:
        """A loader of further pictures in validation form.

        items: a folder, a picture, or a list of pictures, each as `open_picture` takes it: paths, bytes, PIL
        pictures, arrays. When all are items of a loader (floats (3, h, w) of the model's size), no transform
        touches them. with_labels: label them by the DataBlock's get_y. Pictures that cannot be read are left
        out with a warning; the rows of predictions then follow the loader's `paths`, not `items`.
        """
        one = is_in_memory(without_label(items))
        found = [items] if one else collect_items(items, None, "test_dl")
        get_x = self.block.get_x if self.block is not None else None
        sources = as_sources(found, get_x, self.pipeline(), "test_dl")
        like = self.valid
        many = len(sources) > like.bs  # so that test-time augmentation of a few pictures leaves no file
        kept, cache = readable(sources, like.pictures.item_tfms, like.pictures.threads, many, _PAIR_WITH)
        labels = None
        if with_labels:
            if self.block is None:
                raise BadValue("test_dl: with_labels=True needs the DataBlock that made these loaders.")
            labels = self.block.encode([found[i] for i in kept], self.vocab)
        pictures = like.pictures.like([sources[i] for i in kept], labels, cache, kept)
        return like.replace(shuffle=False, augment=False, pictures=pictures)

    def resized(self, size: int, folder: str | os.PathLike = "copies") -> "DataLoaders":
        """The same pictures from smaller copies on disk: much quicker to open when they are large.

        size: of the copies' shorter side in pixels. folder: the copies lie in folder/size, within `path` when
        it is relative; they are made once and again only where a picture has changed. Split, labels and
        order stay. ValueError for copies smaller than what the model gets, and for pictures without files.
        """
        loaders = [loader for loader in (self.train, self.valid, self.test) if loader is not None]
        sources = [source for loader in loaders for source in loader.pictures.sources]
        check_copies(size, sources, self.train.pictures.item_tfms.resize)
        like = self.train.pictures
        copies = make_copies(sources, self.path, self.path / folder / str(size), size, like.threads)
        made, labelled = [], self.train.n + self.valid.n
        # As in DataBlock.dataloaders: one cache for training and validation, one for the test pictures.
        for together, paths in ((loaders[:2], copies[:labelled]), (loaders[2:], copies[labelled:])):
            kept, cache = readable(paths, like.item_tfms, like.threads)
            start = 0
            for loader in together:
                positions = [place for place in kept if start <= place < start + loader.n]
                labels = loader.pictures.subset([place - start for place in positions]).labels
                found = [paths[place] for place in positions]
                made.append(loader.replace(pictures=loader.pictures.like(found, labels, cache, positions)))
                start += loader.n
        return DataLoaders(*made, path=self.path, block=self.block)

    def write_copy(self, folder: str | os.PathLike) -> Path:
        """Copy the pictures to `folder/train/label/name` and `folder/valid/label/name`, for `from_folder`.

        The labels are those of these loaders: with `annotations=` the copy is a cleaned one. Returns the
        folder. Raises ValueError for pictures in memory and for labels that cannot name a folder,
        FileExistsError for a folder that holds something.
        """
        return write_copy(self, Path(folder))

    def class_counts(self) -> dict[str, tuple[int, int]]:
        """label -> (training pictures, validation pictures), for every class of the vocab."""
        train, valid = (Counter(loader.pictures.labels.tolist()) for loader in (self.train, self.valid))
        return {label: (train[i], valid[i]) for i, label in enumerate(self.vocab)}

    def picture_sizes(self) -> np.ndarray:
        """Width and height in pixels of the original training and validation pictures: (n, 2) int64."""
        return np.concatenate([self.train.pictures.sizes, self.valid.pictures.sizes])

    def plot_classes(self, **options: Any) -> Any:
        """The chart of `class_counts`: a plotly figure."""
        return draw("class_counts", self.class_counts(), **options)

    def plot_sizes(self, **options: Any) -> Any:
        """The chart of `picture_sizes`: a plotly figure."""
        return draw("picture_sizes", self.picture_sizes(), **options)

    def pipeline(self) -> Pipeline:
        """What turns a picture into the model's input, as validation does."""
        return Pipeline(self.valid.pictures.item_tfms, self.valid.batch_tfms)

    def config(self) -> dict[str, Any]:
        """Transforms (of validation) and vocab as JSON for `pipeline_from_config`. TypeError for your own."""
        return {**self.pipeline().config(), "vocab": [str(label) for label in self.vocab]}


def labelled_loader(dls: DataLoaders, ds_idx: int = 1, dl: Any = None) -> DataLoader:
    """The loader of a split (0 train, 1 valid, 2 test), or `dl`, checked for `from_learner`."""
    loader = {0: dls.train, 1: dls.valid, 2: dls.test}.get(ds_idx) if dl is None else dl
    if loader is None:
        raise BadValue(f"from_learner: there is no split ds_idx={ds_idx}. Use 0 (train) or 1 (valid).")
    if not hasattr(loader, "pictures"):
        raise BadType(
            f"from_learner: got a {type(loader).__name__} as dl, which does not know its files. Pass a "
            "loader of the lab, such as dls.test_dl(items, with_labels=True)."
        )
    if loader.pictures.labels is None:
        raise BadValue(
            "from_learner: these pictures have no labels, so nothing is right or wrong. Use "
            "learn.get_preds to predict them, or pass dl=dls.test_dl(items, with_labels=True)."
        )
    paths = loader.pictures.paths
    if None in paths:
        raise BadValue(
            f"from_learner: picture {paths.index(None)} has no file, so nobody could look it up. "
            "Save the pictures in a folder and load them from there."
        )
    return loader
