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
                "It still is: `cnn_learner` freezes it, as `ConvLearner.pretrained` did.",
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
                "With `learn.precompute = False` the augmented pictures go through it; that takes time.",
            ),
            (
                "Augmentation helps only when all layers are trained.",
                "It can help a head alone too, if the head is given outputs of augmented pictures.",
            ),
            (
                "The augmentation is too strong to help.",
                "Then the result would be different, probably worse. Here the head sees nothing of it.",
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
            ("16", "That would be the length of a fifth cycle; add up the first four."),
        ],
        right="c",
    ),
    Question(
        "After `log_preds, y = learn.TTA()`, how do you get the mean of the probabilities over all five "
        "versions of a picture?",
        [
            (
                "`np.exp(log_preds.mean(axis=0))`",
                "That is a geometric mean of the probabilities: the rows no longer sum to 1.",
            ),
            (
                "`np.exp(log_preds).mean(axis=0)`",
                "First the probabilities, then their mean, so every row sums to 1.",
            ),
            (
                "`log_preds.mean(axis=0)`",
                "Those are still logarithms, all of them negative.",
            ),
            (
                "`np.exp(log_preds)[0]`",
                "Those are probabilities, but only of the unaugmented pictures; the others are lost.",
            ),
        ],
        right="b",
    ),
    Question(
        "You would like the gallery panel in an old notebook. What do you do?",
        [
            (
                "Train again with `lab.cnn_learner`; old learners don't fit the new tools.",
                "No need: beneath the old names there is a modern learner already.",
            ),
            (
                "`lab.GalleryPanel(learn)`",
                "Nearly. The panel wants an interpretation, and that wants the modern learner.",
            ),
            (
                "`lab.GalleryPanel(log_preds, data.val_y)`",
                "The panel also needs the pictures, and these two don't hold them.",
            ),
            (
                "`lab.GalleryPanel(lab.ClassificationInterpretation.from_learner(learn.learner))`",
                "`learn.learner` is the modern learner underneath; the panel shows its predictions.",
            ),
        ],
        right="d",
    ),
]
