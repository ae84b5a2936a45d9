"""Small stand-ins for loaders: tensors in memory, so that a test of the loop needs no pictures."""

import torch

from lab.data.loader import batch_sizes


class TensorLoader:
    """Batches of (x, y) from two tensors, with the few attributes that the learner asks of a loader."""

    random = False
    augment = False

    def __init__(self, x, y, bs=8, shuffle=False, seed=0):
        self.x, self.y, self.bs, self.shuffle, self.seed = x, y, bs, shuffle, seed
        self.n = len(y)
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        return len(batch_sizes(self.n, self.bs))

    def __iter__(self):
        order = torch.arange(self.n)
        if self.shuffle:
            order = torch.randperm(self.n, generator=self.generator)
        for indices in order.split(batch_sizes(self.n, self.bs)):
            yield self.x[indices], self.y[indices]

    def replace(self, shuffle=None, augment=None, bs=None, seed=None, indices=None):
        return TensorLoader(self.x, self.y, bs or self.bs, bool(shuffle), seed or 0)

    def rng_state(self):
        return self.generator.get_state()

    def set_rng_state(self, state):
        self.generator.set_state(state)


class TensorLoaders:
    """train and valid `TensorLoader`s of a problem that a linear model can learn: which mean is larger."""

    test = None

    def __init__(self, path, n=48, features=6, classes=3, bs=8, seed=0):
        generator = torch.Generator().manual_seed(seed)
        centres = 2 * torch.randn(classes, features, generator=generator)
        y = torch.arange(n + 24) % classes
        x = centres[y] + torch.randn(n + 24, features, generator=generator)
        self.train = TensorLoader(x[:n], y[:n], bs, shuffle=True, seed=seed)
        self.valid = TensorLoader(x[n:], y[n:], bs)
        self.vocab = [f"class {i}" for i in range(classes)]
        self.device = torch.device("cpu")
        self.path = path
