"""The core of the lab: losses, metrics, schedules, the learner with its loop, and the rate finder.

It imports torch, numpy and itself, and works with any `nn.Module`, any batches `(x, y)`, any loss and any
optimiser. Pictures, files, tables, threads and widgets are added around it. Start reading at `learner.py`,
whose `Learner.steps` is the training loop.
"""
