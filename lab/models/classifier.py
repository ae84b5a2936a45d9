"""A classifier in four parts: normalise, body, pool, head.

The body is a pretrained network cut before its pooling; pooling gives one row of numbers per picture; the
head turns that row into one activation per class. The parts matter because the first three can be computed
once while the body is frozen (lab/models/activations.py), and because each has its own learning rate.
Pooling follows the 2018 and 2020 lessons, average and maximum side by side, and so does the head
(lab/models/heads.py).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lab.core.errors import BadValue
from lab.models.architectures import Arch, Architecture, architecture
from lab.models.folding import folding
from lab.models.footprint import batch_norms, fits_the_cache, in_parts
from lab.models.heads import create_head
from lab.models.weights import Weights, load_pretrained, with_weights

NORMS = ("frozen", "train")  # what batch norm may do in a body that trains: see `Classifier.freeze_to`


class Normalise(nn.Module):
    """(x - mean) / std per colour channel. x: (n, 3, h, w) in 0..1."""

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


class ConcatPool(nn.Module):
    """(n, f, h, w) -> (n, 2 f): the mean and the maximum of every channel over the picture, side by side.

    dims: the dimensions to pool over, (1, 2) for (n, h, w, f) and (1,) for tokens (n, t, f).
    """

    def __init__(self, dims: Sequence[int] = (2, 3)) -> None:
        super().__init__()
        self.dims = tuple(dims)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x.mean(self.dims), x.amax(self.dims)], dim=1)


class Classifier(nn.Module):
    """Pictures in, activations out: head(pool(body(normalise(x)))).

    x: (n, 3, h, w) float in 0..1; returns (n, classes) activations, before softmax. `groups()` are the layer
    groups, from the first layers to the head. A frozen group takes no gradients and stays in evaluation
    mode, its batch norm included, also when `train()` is called: frozen means frozen. `train_bn=True`
    brings back the 2020 lesson's habit: batch norm goes on learning inside frozen groups. `norm` says what
    batch norm does in the groups of the body that train: see `freeze_to`.
    """

    def __init__(self, arch: Architecture, body: nn.Sequential, head: nn.Module, norm: str = "train") -> None:
        super().__init__()
        self.arch = arch
        self.normalise = Normalise(arch.mean, arch.std)
        self.body = body
        # A network that pools by itself, such as a transformer with a class token, gives its own row.
        self.pool = ConcatPool(arch.pooled_dims) if arch.pooled_dims else nn.Identity()
        self.head = head
        self.frozen_groups = 0
        self.train_bn = False
        self.norm = norm
        self.micro_batch: int | None = None  # images at a time while the body trains; None: a whole batch

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """The pooled outputs of the body: (n, arch.width).

        Raises ValueError for pictures of a size that the network cannot take.
        """
        x = self.normalise(x).contiguous(memory_format=memory_format(x.device))

        def pooled(part: Tensor) -> Tensor:
            return self.pool(self.body(part))

        try:
            size = self._at_a_time(x)
            with folding(self.body, self.arch):
                if size >= len(x):
                    return pooled(x)
                norms = [norm for norm in batch_norms(self.body) if norm.training]
                return in_parts(pooled, x, size, norms, lambda: folding(self.body, self.arch))
        except Exception as error:  # each network has its own way to refuse a size
            tracing = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
            height, width = x.shape[2:]
            reason = None if tracing else self.arch.refuses(height, width)
            if reason is None:
                raise
            raise BadValue(
                f"{self.arch}: got pictures of {width} x {height} pixels, which this network cannot take "
                f"({reason}). Its own size is {self.arch.size} x {self.arch.size}: use "
                f"item_tfms=lab.Resize({self.arch.size}), and no other size in aug_transforms."
            ) from error

    def _at_a_time(self, x: Tensor) -> int:
        """How many of these images the body takes at a time."""
        if torch.jit.is_tracing() or any(module._forward_hooks for module in self.body.modules()):  # type: ignore[attr-defined, no-untyped-call]
            return len(x)  # whoever looks on wants to see the batch as a whole
        if torch.is_grad_enabled() and any(parameter.requires_grad for parameter in self.body.parameters()):
            return self.micro_batch or len(x)
        if x.device.type != "cpu" or any(norm.training for norm in batch_norms(self.body)):
            return len(x)
        return fits_the_cache(self.arch, self.body, *x.shape[2:])

    def groups(self) -> list[list[nn.Module]]:
        """The layer groups: early body, late body, head; each a list of modules."""
        layers = list(self.body.children())
        return [layers[: self.arch.split], layers[self.arch.split :], [self.head]]

    def group_names(self) -> tuple[str, ...]:
        """What the layer groups hold, in order; error messages about rates quote it."""
        return ("early layers of the body", "late layers of the body", "head")

    def freeze_to(self, n: int, norm: str | None = None) -> None:
        """Freeze the first n groups and let the others train; a negative n counts from the end.

        norm: what batch norm does in the body's groups that train. "frozen": it normalises with the
        statistics of pretraining, and only its weights and biases learn. "train": it measures mean and
        variance anew on every batch. None: as it is. Raises ValueError for anything else.
        """
        if norm is not None:
            if norm not in NORMS:
                raise BadValue(f"freeze_to: got norm={norm!r}. It is 'frozen' or 'train'.")
            self.norm = norm
        self.frozen_groups = n
        for number, group in enumerate(self.groups()):
            for module in group:
                module.requires_grad_(number >= n)
                if number < n and self.train_bn:
                    for norm in batch_norms(module):
                        norm.requires_grad_(True)
        self.train(self.training)

    def train(self, mode: bool = True) -> "Classifier":
        super().train(mode)
        if self.norm == "frozen":
            for norm in batch_norms(self.body):
                norm.eval()
        for group in self.groups()[: self.frozen_groups]:
            for module in group:
                module.eval()
                if mode and self.train_bn:
                    for norm in batch_norms(module):
                        norm.train()
        return self

    @property
    def body_is_fixed(self) -> bool:
        """True when nothing in the body can change, so that its outputs may be computed once."""
        frozen = self.frozen_groups >= 2 and not self.train_bn
        return frozen and not any(parameter.requires_grad for parameter in self.body.parameters())


def memory_format(device: torch.device) -> torch.memory_format:
    """How images lie in memory for the fastest convolutions: on CPUs and tensor cores a pixel's channels
    side by side. On Apple's GPUs that is many times slower (PyTorch issue 193349), and with parts of a batch
    some layers gave wrong numbers (174345).
    """
    return torch.contiguous_format if device.type == "mps" else torch.channels_last


def create_classifier(
    arch: Arch,
    classes: int,
    pretrained: bool = True,
    hidden: Sequence[int] = (512,),
    dropout: float | Sequence[float] = 0.5,
    weights: Weights = None,
) -> Classifier:
    """Make a classifier: the backbone `arch` with a new head for `classes` classes.

    Parameters
    ----------
    arch : str, function or Architecture
        A name or a function of torchvision or timm, as `cnn_learner` takes it.
    classes : int
        How many activations it gives per image.
    pretrained : bool
        Start from weights trained on another task, or from random ones.
    hidden : sequence of int
        Widths of the head's hidden layers; see `create_head`.
    dropout : float or sequence of float
        Dropout of the head; see `create_head`.
    weights : path or str, optional
        Others than the library's pretrained ones: a .pth or .safetensors file, or torchvision's name.

    Returns
    -------
    Classifier
        (n, 3, h, w) in 0..1 in, (n, classes) activations out.

    Raises
    ------
    ValueError
        For an unknown architecture, and for weights that do not fit.
    TypeError
        For anything that is not an architecture, and for weights that are neither a file nor a name.
    FileNotFoundError
        When pretrained weights cannot be had.

    Examples
    --------
    >>> model = lab.create_classifier("pocketnet", 3)
    >>> model(torch.rand(2, 3, 64, 64)).shape
    torch.Size([2, 3])
    """
    arch, file = with_weights(architecture(arch), weights)
    body = arch.build_body()
    if pretrained or weights is not None:
        load_pretrained(body, arch, file)
    # Without pretrained weights there are no statistics that could be kept.
    norm = "frozen" if pretrained or weights is not None else "train"
    return Classifier(arch, body, create_head(arch.width, classes, hidden, dropout), norm)
