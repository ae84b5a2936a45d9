"""The quiz of `11_classic`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "An old notebook says `learn.fit(1e-2, 2)`. You write `learn.fit(2, 1e-2)` for a learner from "
        "`lab.cnn_learner`. What is still different from 2018?",
        [
            (
                "Nothing: the arguments were all that had changed.",
                "The optimiser has changed too: AdamW today, SGD with momentum in 2018.",
            ),
            (
                "Two epochs have become two cycles.",
                "`fit` trains epochs at a constant rate, as the old one did without `cycle_len`.",
            ),
            (
                "The optimiser, so 0.01 does not mean what it did.",
                "It was SGD with momentum and is AdamW. Find the rate again, or pass `opt_func=sgd`.",
            ),
            (
                "The backbone is no longer frozen.",
                "It is: `cnn_learner` freezes it, as `ConvLearner.pretrained` did.",
            ),
        ],
        right="c",
    ),
    Question(
        "A colleague trains with `precompute=True` and strong augmentation, and sees no difference from "
        "training without. Why?",
        [
            (
                "Each picture has gone through the backbone once, and only the result is used.",
                "`learn.precompute = False` sends the augmented pictures through it, at the price of time.",
            ),
            (
                "Augmentation helps only when all layers are trained.",
                "It can help a head on its own too, if the head ever gets to see augmented pictures.",
            ),
            (
                "The augmentation is too strong to help.",
                "Then the result would be different, probably worse. Here nothing at all reaches the head.",
            ),
        ],
        right="a",
    ),
    Question(
        "`learn.fit(lr, 4, cycle_len=1, cycle_mult=2)`: how many epochs is that?",
        [
            ("4", "That is the number of cycles. Only the first of them is one epoch long."),
            ("8", "4 times 2; but the length doubles with *every* cycle."),
            ("15", "1 + 2 + 4 + 8."),
            ("16", "Close. That would be the length of a fifth cycle; add up the first four."),
        ],
        right="c",
    ),
    Question(
        "After `log_preds, y = learn.TTA()`, how do you get probabilities?",
        [
            (
                "`np.exp(log_preds.mean(axis=0))`",
                "The mean of logs is the log of a geometric mean: the rows no longer sum to 1.",
            ),
            (
                "`np.exp(log_preds).mean(axis=0)`",
                "First probabilities, then their mean, so every row sums to 1.",
            ),
            (
                "`log_preds.mean(axis=0)`",
                "Those are still logarithms, all of them negative.",
            ),
            (
                "`np.exp(log_preds)[0]`",
                "Those are probabilities, but only of the pictures as they are: the other four are lost.",
            ),
        ],
        right="b",
    ),
    Question(
        "You would like the gallery panel in an old notebook. What do you do?",
        [
            (
                "Train again with `lab.cnn_learner`; old learners don't fit the new tools.",
                "No need: under the old names there is a modern learner already.",
            ),
            (
                "`lab.GalleryPanel(learn)`",
                "Nearly. The panel wants an interpretation, and that wants the modern learner.",
            ),
            (
                "`lab.GalleryPanel(log_preds, data.val_y)`",
                "From those two alone it could not find the pictures.",
            ),
            (
                "`lab.GalleryPanel(lab.ClassificationInterpretation.from_learner(learn.learner))`",
                "`learn.learner` is the modern learner underneath, and every new tool takes it.",
            ),
        ],
        right="d",
    ),
]
