"""The quiz of `03_augmentation`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "Which pictures should be augmented while you train?",
        [
            (
                "All of them, so that training and validation are alike",
                "No: validation asks how well pictures are recognised as they come, and must ask the same "
                "pictures each time. Otherwise a lucky draw looks like progress.",
            ),
            (
                "Only those of validation, to make the test harder",
                "The other way round. It is training that needs more variety; the test should look like "
                "the pictures to come.",
            ),
            (
                "Only those of training",
                "Yes. Validation stays the same every time. (TTA is a way of predicting, and you decide "
                "to use it.)",
            ),
        ],
        right="c",
    ),
    Question(
        "You train with `precompute=True` and switch augmentation on. Nothing changes. Why?",
        [
            (
                "The body's activations were computed once, from the unchanged pictures",
                "Yes: the head never sees another version. Take `precompute=False`, or a number of draws "
                "such as `precompute=4`.",
            ),
            (
                "A frozen body ignores augmentation",
                "No: a frozen body gives different activations for a changed picture. It just is not shown "
                "one: its activations were computed beforehand.",
            ),
            (
                "The changes are too weak to notice",
                "However strong you make them, nothing happens: the changed pictures never reach the "
                "network.",
            ),
        ],
        right="a",
    ),
    Question(
        "With augmentation the accuracy on the training pictures fell from 100% to 92%. What do you make "
        "of it?",
        [
            (
                "The network got worse: use weaker changes",
                "You can't tell from training pictures. A network that has memorised them gets 100% and "
                "may be poor on new ones. Look at the validation set.",
            ),
            (
                "Nothing is wrong: they can't be memorised any more. Look at the validation set",
                "Yes. The task became harder on purpose, and what counts is the accuracy on new pictures.",
            ),
            (
                "The changes must have broken some labels",
                "They might have, and a look at a batch would tell. But lower training accuracy is no sign "
                "of it: harmless changes lower it too.",
            ),
            (
                "The learning rate is too high for augmented pictures",
                "A wrong rate would hurt new pictures as well. Check those before you touch the rate.",
            ),
        ],
        right="b",
    ),
    Question(
        "You sort photos of traffic signs: turn left, turn right, keep left, keep right. Which of the "
        "usual changes do you switch off?",
        [
            (
                "`rotate`, since a turned arrow points elsewhere",
                "Up to 10 degrees it still points to the same side, and cameras are held askew. It would "
                "take a far larger angle to make it another sign.",
            ),
            (
                "`zoom`, since a sign may be cut off",
                "In real photos too, signs are near or far or cut off at the edge, and a zoomed arrow still "
                "points the same way.",
            ),
            (
                "`brightness`, since colour tells signs apart",
                "Lighter or darker, a sign stays the same sign. Real photos vary as much with the weather.",
            ),
            (
                "`flip`, since a mirrored arrow points to the other side",
                'Yes: mirrored, "turn left" is "turn right", and the label would be wrong.',
            ),
        ],
        right="d",
    ),
    Question(
        "TTA lowers the number of mistakes from 31 to 29 in 296 pictures. On 6 pictures only TTA is right, "
        "on 4 only the plain prediction. What do you report?",
        [
            (
                "TTA helps: it makes 6% fewer mistakes",
                "Those 6% are two pictures. The ten that differ fell 6 : 4, and ten coins fall at least "
                "that unevenly three times in four.",
            ),
            (
                "TTA does not help",
                "You haven't shown that either. A real gain of a few pictures can go unnoticed among 296: "
                "absence of evidence is not evidence of absence.",
            ),
            (
                "Both numbers, and that they are no evidence either way",
                "Yes: ten coins fall 6 : 4 or more unevenly three times in four (p = 0.75). More "
                "pictures, or more runs, may tell.",
            ),
            (
                "No difference, since the two error rates are closer than their standard errors",
                "The wrong yardstick: pictures hard for both are in both rates and cancel in the "
                "difference. Only the ten on which exactly one is right count.",
            ),
        ],
        right="c",
    ),
    Question(
        "Why `Resize(160)`, and not `Resize(128)`, before `aug_transforms(size=128, min_scale=0.75)`?",
        [
            (
                "The network gets pictures of 160 pixels that way, with more detail",
                "It gets 128 pixels either way. The larger size is only the source from which they are "
                "taken.",
            ),
            (
                "A crop of 75% of the area still has more than 128 pixels to a side",
                "Yes: about 139. From `Resize(128)` it would have 111, and would have to be enlarged.",
            ),
            (
                "It is faster: larger pictures take less time to change",
                "The other way round. The margin costs a little time, and what you get for it is detail.",
            ),
        ],
        right="b",
    ),
]
