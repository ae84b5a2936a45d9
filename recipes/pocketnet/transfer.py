"""How good a backbone is: the error of a new head on the 37 drawn breeds, which the backbone never saw.

The head, its pooling and its one-cycle training are the lab's own, as short as a first lesson: the body is
frozen and in evaluation mode, its outputs are computed once, and three epochs train the head.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from lab.core.schedules import one_cycle
from lab.drawn import BREEDS, draw_pet
from lab.models.classifier import create_head

from .augment import normalise
from .network import pooled

FIRST_SEED = 5000  # the course's own pictures have other seeds


def breed_pictures(each: int, side: int = 128, breeds: Sequence[str] | None = None) -> tuple[Tensor, Tensor]:
    """Drawn pictures of the course's breeds, cut square: uint8 (n, side, side, 3) and labels (n,)."""
    names = list(breeds or BREEDS)
    pictures = [
        np.asarray(_square(draw_pet(name, FIRST_SEED + number), side))
        for name in names
        for number in range(each)
    ]
    return torch.from_numpy(np.stack(pictures)), torch.arange(len(names)).repeat_interleave(each)


def outputs(body: nn.Module, pictures: Tensor) -> Tensor:
    """Pooled outputs of the body in evaluation mode: uint8 (n, side, side, 3) -> (n, 1152)."""
    body.eval()
    with torch.no_grad():
        return torch.cat([pooled(body, normalise(part)) for part in pictures.split(128)])


def frozen_error(
    train: tuple[Tensor, Tensor],
    valid: tuple[Tensor, Tensor],
    epochs: int = 3,
    rate: float = 5e-3,
    seed: int = 0,
) -> float:
    """Error rate on `valid` of a head trained on `train`; each holds (n, 1152) outputs and (n,) labels."""
    (x, y), (x_valid, y_valid) = train, valid
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = create_head(x.shape[1], int(y.max()) + 1)
        _fit(head, x, y, epochs, rate)
    head.eval()
    with torch.no_grad():
        wrong = head(x_valid).argmax(1) != y_valid
    return wrong.float().mean().item()


def tuned_error(
    body: nn.Module,
    train: tuple[Tensor, Tensor],
    valid: tuple[Tensor, Tensor],
    epochs: int = 5,
    rate: float = 5e-3,
    body_share: float = 0.2,
    seed: int = 0,
) -> float:
    """Error rate after fine-tuning `body` (changed in place) under a head trained before for three epochs.

    train and valid hold uint8 pictures and labels; the body's rate is `body_share` of the head's.
    """
    (pictures, y), (pictures_valid, y_valid) = train, valid
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = create_head(1152, int(y.max()) + 1)
        _fit(head, outputs(body, pictures), y, 3, rate)
        groups = [(body, body_share), (head, 1.0)]
        _fit_both(groups, pictures, y, epochs, rate / 2)
    head.eval()
    with torch.no_grad():
        wrong = head(outputs(body, pictures_valid)).argmax(1) != y_valid
    return wrong.float().mean().item()


def _fit(head: nn.Module, x: Tensor, y: Tensor, epochs: int, rate: float, batch: int = 64) -> None:
    optimiser = torch.optim.AdamW(head.parameters(), rate, weight_decay=0.01)
    schedule, step, steps = one_cycle(rate), 0, epochs * max(1, len(x) // batch)
    head.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(batch)[: max(1, len(x) // batch)]:
            optimiser.param_groups[0]["lr"] = schedule(step / steps)
            loss = F.cross_entropy(head(x[rows]), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1


def _fit_both(
    groups: list[tuple[nn.Module, float]], pictures: Tensor, y: Tensor, epochs: int, rate: float
) -> None:
    """Body and head together, at their shares of the rate; pictures are mirrored and cropped at random."""
    (body, _), (head, _) = groups
    optimiser = torch.optim.AdamW(
        [{"params": list(part.parameters())} for part, _ in groups], rate, weight_decay=0.01
    )
    schedule, step, batch = one_cycle(rate), 0, 32
    steps = epochs * max(1, len(pictures) // batch)
    body.train()
    head.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(pictures)).split(batch)[: max(1, len(pictures) // batch)]:
            for group, (_, share) in zip(optimiser.param_groups, groups, strict=True):
                group["lr"] = share * schedule(step / steps)
            x = _jittered(normalise(pictures[rows]))
            loss = F.cross_entropy(head(pooled(body, x)), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1


def _jittered(x: Tensor, most: int = 8) -> Tensor:
    """A random shift of up to `most` pixels and, for half the pictures, a mirror image."""
    down, across = torch.randint(0, 2 * most + 1, (2,)).tolist()
    height, width = x.shape[2:]
    x = F.pad(x, (most,) * 4, mode="reflect")[:, :, down : down + height, across : across + width]
    mirrored = torch.rand(len(x), 1, 1, 1) < 0.5
    return torch.where(mirrored, x.flip(3), x).contiguous(memory_format=torch.channels_last)


def _square(picture: Image.Image, side: int) -> Image.Image:
    """The middle square, scaled to side x side."""
    width, height = picture.size
    short = min(width, height)
    left, top = (width - short) / 2, (height - short) / 2
    box = (left, top, left + short, top + short)
    return picture.resize((side, side), Image.Resampling.BICUBIC, box=box)
