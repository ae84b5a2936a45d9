"""The pretraining loop: name the class of every drawn picture, in a given time, on a few CPU cores.

Each worker is a process with one thread and its share of every batch; gradients are averaged after each step.
On small pictures this is a third faster than one process with as many threads. What is random hangs on the
seed and the number of the step alone, so a run that was stopped goes on from its checkpoint unchanged.
"""

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

from .augment import augment, normalise
from .checkpoint import load_checkpoint, save_checkpoint
from .network import Pretext, recalibrate, save_weights
from .pictures import PicturePlan, load_pictures

HELD_OUT = 2  # pictures of each class that are kept for the accuracy at the end


@dataclass(frozen=True)
class TrainingSettings:
    """How to train. `steps`, where given, ends the run instead of `minutes`; then runs repeat exactly."""

    minutes: float = 75.0
    steps: int | None = None
    sizes: tuple[int, ...] = (64, 80, 96, 112)  # pixels; each for an equal part of the run
    batch: int = 128
    rate: float = 3e-3
    weight_decay: float = 0.03
    smoothing: float = 0.1
    warm_up: float = 0.06
    workers: int = 2
    seed: int = 0
    log_every: int = 50
    checkpoint_every: int = 200

    def rate_at(self, progress: float) -> float:
        """The learning rate: a linear warm-up, then half a cosine down to nothing."""
        if progress < self.warm_up:
            return self.rate * max(progress / self.warm_up, 0.01)
        return self.rate * (0.5 + 0.5 * math.cos(math.pi * (progress - self.warm_up) / (1 - self.warm_up)))

    def size_at(self, progress: float) -> int:
        return self.sizes[min(int(progress * len(self.sizes)), len(self.sizes) - 1)]


def train(folder: Path, settings: TrainingSettings) -> Path:
    """Train on the pictures in `folder`; returns the path of the weights, `folder`/features.safetensors.

    Writes log.csv and checkpoint.safetensors beside them and goes on from the latter where it exists.
    Raises FileNotFoundError when the folder holds no finished drawing, ValueError when the checkpoint
    belongs to other settings.
    """
    load_pictures(folder)
    meeting = folder / "workers"  # the file through which the processes find each other
    meeting.unlink(missing_ok=True)
    if settings.workers == 1:
        _work(0, folder, settings)
    else:
        torch.multiprocessing.spawn(_work, (folder, settings), nprocs=settings.workers)
    meeting.unlink(missing_ok=True)
    return folder / "features.safetensors"


def _work(rank: int, folder: Path, settings: TrainingSettings) -> None:
    """One worker: its share of every batch."""
    if settings.workers > 1:
        torch.set_num_threads(1)
        dist.init_process_group(
            "gloo", f"file:///{folder.resolve().as_posix().lstrip('/')}/workers",
            rank=rank, world_size=settings.workers,
        )  # fmt: skip
    pictures, plan = load_pictures(folder)
    _Run(torch.from_numpy(pictures), plan, folder, settings, rank).train()
    if settings.workers > 1:
        dist.barrier()
        dist.destroy_process_group()


class _Run:
    """The state of a run in one worker."""

    def __init__(
        self, pictures: Tensor, plan: PicturePlan, folder: Path, settings: TrainingSettings, rank: int
    ):
        self.pictures, self.plan, self.folder = pictures, plan, folder
        self.settings, self.rank = settings, rank
        self._epoch, self._order = -1, torch.empty(0)
        self.labels = torch.arange(plan.classes).repeat_interleave(plan.each)
        held_out = torch.arange(len(self.labels)) % plan.each >= plan.each - HELD_OUT
        self.train_rows, self.valid_rows = torch.where(~held_out)[0], torch.where(held_out)[0]
        if len(self.train_rows) < settings.batch:
            raise ValueError(
                f"train: {len(self.train_rows)} pictures for a batch of {settings.batch}. "
                "Draw more or give a smaller batch."
            )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self.net = Pretext(plan.classes)
        self.parameters = list(self.net.parameters())
        decayed = [p for p in self.parameters if p.ndim > 1]
        plain = [p for p in self.parameters if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": settings.weight_decay},
             {"params": plain, "weight_decay": 0.0}],
            lr=settings.rate, fused=True,
        )  # fmt: skip
        self.step, self.seconds = load_checkpoint(self._checkpoint_path, self.net, self.optimiser, settings)

    @property
    def _checkpoint_path(self) -> Path:
        return self.folder / "checkpoint.safetensors"

    def train(self) -> None:
        """Steps until the time or the number of steps is over."""
        settings = self.settings
        resumed, before, first = time.monotonic(), self.seconds, self.step
        progress, smooth = self._progress(), None
        while progress < 1:
            for group in self.optimiser.param_groups:
                group["lr"] = settings.rate_at(progress)
            size = settings.size_at(progress)
            loss = self._step(size)
            smooth = loss if smooth is None else 0.97 * smooth + 0.03 * loss
            self.step += 1
            self.seconds = before + time.monotonic() - resumed
            progress = self._agreed(self._progress())
            if self.rank == 0 and self.step % settings.log_every == 0:
                speed = (self.step - first) * settings.batch / (time.monotonic() - resumed)
                self._log(progress, size, smooth, speed)
            if self.rank == 0 and self.step % settings.checkpoint_every == 0:
                self._save()
        if self.rank == 0:
            self._save()
            self._finish()

    def _step(self, size: int) -> float:
        """One step of the optimiser on this worker's share; returns the loss there."""
        rows = self._share()
        generator = torch.Generator()
        generator.manual_seed((self.settings.seed * 1_000_003 + self.step) * 64 + self.rank)
        self.net.train()
        x = augment(self.pictures[rows], size, generator)
        loss = F.cross_entropy(self.net(x), self.labels[rows], label_smoothing=self.settings.smoothing)
        self.optimiser.zero_grad()
        loss.backward()
        if self.settings.workers > 1:
            self._average_gradients()
        torch.nn.utils.clip_grad_norm_(self.parameters, 5.0)
        self.optimiser.step()
        return loss.item()

    def _share(self) -> Tensor:
        """The rows of this worker's part of the batch; every epoch has its own order."""
        batch, workers = self.settings.batch, self.settings.workers
        epoch, place = divmod(self.step, len(self.train_rows) // batch)
        order = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, torch.randperm(len(self.train_rows), generator=order)
        each = batch // workers
        start = place * batch + self.rank * each
        return self.train_rows[self._order[start : start + each]]

    def _average_gradients(self) -> None:
        flat = torch.cat([p.grad.flatten() for p in self.parameters]) / self.settings.workers
        dist.all_reduce(flat)
        for p, part in zip(self.parameters, flat.split([p.numel() for p in self.parameters]), strict=True):
            p.grad.copy_(part.view_as(p))

    def _progress(self) -> float:
        if self.settings.steps is not None:
            return self.step / self.settings.steps
        return self.seconds / (60 * self.settings.minutes)

    def _agreed(self, progress: float) -> float:
        """The first worker's progress: the clocks of two processes never agree to the last digit."""
        if self.settings.workers == 1:
            return progress
        shared = torch.tensor([progress], dtype=torch.float64)
        dist.broadcast(shared, 0)
        return shared.item()

    def _log(self, progress: float, size: int, loss: float, speed: float) -> None:
        path = self.folder / "log.csv"
        new = not path.is_file()
        with path.open("a", encoding="utf-8") as file:
            if new:
                file.write("step,minutes,progress,size,loss,pictures_per_second\n")
            file.write(f"{self.step},{self.seconds / 60:.2f},{progress:.4f},{size},{loss:.4f},{speed:.0f}\n")

    def _save(self) -> None:
        save_checkpoint(
            self._checkpoint_path, self.net, self.optimiser, self.settings, self.step, self.seconds
        )

    def _finish(self) -> None:
        """Recalibrate batch norm at the last size, measure the held-out accuracy, write the weights."""
        rows = self.train_rows[:: max(1, len(self.train_rows) // 4096)][:4096]
        generator = torch.Generator().manual_seed(self.settings.seed)
        size = self.settings.sizes[-1]
        batches = (augment(self.pictures[part], size, generator) for part in rows.split(128))
        recalibrate(self.net.features, batches)
        self.net.eval()
        right = 0
        with torch.no_grad():
            for part in self.valid_rows.split(128):
                guess = self.net(normalise(self.pictures[part])).argmax(1)
                right += int((guess == self.labels[part]).sum())
        notes = {
            "settings": asdict(self.settings),
            "plan": asdict(self.plan),
            "pictures_seen": self.step * self.settings.batch,
            "minutes": round(self.seconds / 60, 1),
            "held_out_accuracy": round(right / len(self.valid_rows), 4),
        }
        save_weights(self.net.features, self.folder / "features.safetensors", notes)
