"""The quiz of `10_the_loop`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "An epoch has 25 batches. You run `events = learner.steps(10, lab.constant(1e-3))` and nothing "
        "else. How many batches has the model been trained on?",
        [
            (
                "250",
                "An ordinary function would train on all of them. `steps` is a generator function: calling "
                "it only makes the generator.",
            ),
            (
                "25, one epoch",
                "The loop does not pause at the end of an epoch. It pauses at every `yield`, and even before "
                "the first batch.",
            ),
            ("None", "Calling a generator function runs none of its code. The first `next()` does."),
            (
                "1, up to the first `yield`",
                "It gets there only when somebody asks: `next(events)` would train on the first batch.",
            ),
        ],
        right="c",
    ),
    Question(
        "A colleague's model learns badly. Their loop has no `zero_grad()`, and no error has ever appeared. "
        "Can that be the cause?",
        [
            (
                "Yes: every step is made with the sum of all gradients so far.",
                "`backward()` adds to what is there. PyTorch can't know that you did not want that, so there "
                "is no warning.",
            ),
            (
                "No: `backward()` overwrites the old gradient.",
                "It adds to the old gradient. That is useful when you want the gradients of several batches "
                "in one step.",
            ),
            (
                "No: PyTorch would raise an error.",
                "Adding up gradients is allowed, so there is no error to raise. You saw it in stage 2.",
            ),
            (
                "Only if they train for a single epoch.",
                "One epoch is enough, and it only gets worse: the longer the run, the more gradients have "
                "piled up.",
            ),
        ],
        right="a",
    ),
    Question(
        "You validate under `torch.no_grad()` but forgot `model.eval()`. The head has batch norm and "
        "dropout. What happens?",
        [
            (
                "Nothing: `no_grad()` does both.",
                "`no_grad()` only stops the recording for the backward pass. It does not tell any layer how "
                "to behave.",
            ),
            (
                "Validation changes the weights.",
                "Only `optimiser.step()` changes the weights, and nobody calls it here.",
            ),
            (
                "The graphs of all batches are kept, and memory fills up.",
                "That can happen if you forget `no_grad()` and keep the losses. (A graph is PyTorch's record "
                "of one forward pass.)",
            ),
            (
                "Dropout still drops, and batch norm uses each batch's own statistics.",
                "And batch norm even updates its running averages with the validation pictures. The figures "
                "are off, with no warning.",
            ),
        ],
        right="d",
    ),
    Question(
        "Validation losses, from epoch 0: 0.62, 0.41, 0.33, 0.35, 0.31, 0.34, 0.32, 0.36, 0.30. After which "
        "epoch does a patience of 2 end the run?",
        [
            (
                "Epoch 3",
                "0.35 is the first loss that is not a new best. A patience of 1 would stop there; yours "
                "waits for a second, and epoch 4 is a new best.",
            ),
            (
                "Epoch 6",
                "Epochs 5 and 6 are both above the 0.31 of epoch 4. Epoch 8 would have been better still: "
                "patience is a bet.",
            ),
            (
                "Epoch 7",
                "That is one epoch too many. 0.32 is lower than the loss before it, but it is no new best: "
                "the best is 0.31. So the second epoch without one is epoch 6.",
            ),
            ("Epoch 8", "That is the best epoch of all, but the run never gets that far."),
        ],
        right="b",
    ),
    Question(
        "The gradients of one weight are always 100 times those of another. After many steps of AdamW "
        "without decay, how far has each moved?",
        [
            (
                "About equally far.",
                "The average gradient is divided by the root of the average square. The factor of 100 is in "
                "both, so it cancels.",
            ),
            (
                "The first about 100 times as far.",
                "That is SGD, with or without momentum. What does AdamW divide by?",
            ),
            (
                "The first about 10 times as far.",
                "The root is taken of the average *square*, and the root of 100² is 100, not 10.",
            ),
        ],
        right="a",
    ),
    Question(
        "Your time is enough for 8 epochs. The recipe says: one-cycle, 20 epochs. What will you do?",
        [
            (
                "Start the 20 epochs and stop after 8.",
                "You would stop near the peak: at 40% of the run the rate is still at 90% of it, and the "
                "annealing never comes.",
            ),
            (
                "Start the 20 epochs with `patience=2`.",
                "In the middle of one-cycle the validation loss jumps, so patience may end the run at any "
                "moment, with the rate still high.",
            ),
            (
                "Plan one-cycle for 8 epochs.",
                "The rate rises and falls within the time that you have, so the run ends annealed.",
            ),
            (
                "Leave out the last 12 epochs and keep the best weights.",
                "Even the best of the first 8 epochs was trained at a high rate: the annealing is still "
                "missing.",
            ),
        ],
        right="c",
    ),
]
