"""The network of the pretraining, its moving average, and the file of weights that comes out of it.

MobileNetV3-Small features (Howard et al., 2019) under the pooling that the lab's classifier uses, average and
maximum side by side, with one linear layer for the drawn classes. Only the features are kept.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from .augment import MEAN, STD


def features() -> nn.Sequential:
    """torchvision's MobileNetV3-Small features with random weights: (n, 3, h, w) -> (n, 576, h / 32, w / 32).

    Batch norm forgets with momentum 0.1 instead of torchvision's 0.01, which is meant for longer runs.
    """
    from torchvision.models import mobilenet_v3_small

    body = mobilenet_v3_small(weights=None).features
    for norm in batch_norms(body):
        norm.momentum = 0.1
    return body


def batch_norms(module: nn.Module) -> list[nn.BatchNorm2d]:
    """The batch norms of a network, in order."""
    return [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]


def pooled(body: nn.Module, x: Tensor) -> Tensor:
    """(n, 3, h, w) normalised -> (n, 1152): average, then maximum, of each of the body's channels."""
    maps = body(x)
    return torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1)


class Pretext(nn.Module):
    """The features under a linear layer for the drawn classes: (n, 3, h, w) normalised -> (n, classes)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = features()
        self.head = nn.Sequential(nn.BatchNorm1d(1152), nn.Linear(1152, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(pooled(self.features, x))


@torch.no_grad()
def recalibrate(body: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set the batch norms' running statistics to the plain mean over these normalised batches, in place."""
    norms = batch_norms(body)
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the cumulative average
    body.train()
    for batch in batches:
        body(batch)
    body.eval()
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum


def save_weights(body: nn.Module, path: Path, notes: Mapping[str, object]) -> None:
    """Write the features to a safetensors file in half precision, with notes and normalisation as metadata.

    The names are those of torchvision's `features`; the counters of batch norm are left out, which PyTorch
    fills in when it loads a plain dictionary.
    """
    state = {
        name: tensor.half().contiguous()
        for name, tensor in body.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    metadata = {"mean": [MEAN] * 3, "std": [STD] * 3, **notes}
    temporary = path.with_suffix(".part")
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    save_file(state, temporary, metadata=texts)
    temporary.chmod(0o644)
    temporary.replace(path)
