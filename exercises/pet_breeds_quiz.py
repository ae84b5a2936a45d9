"""The quiz of `05_pet_breeds`."""

from lab.exercises import Question

QUIZ = [
    Question(
        'A colleague labels `english_setter_7.jpg` with `name.split("_")[0]`. What happens?',
        [
            (
                "An error about pictures without a label",
                "Every picture gets a label, namely `english`, so there is nothing to complain about.",
            ),
            (
                "An error about two breeds with the same name",
                "The labels are all that the lab ever sees. It cannot know that `english` was two breeds.",
            ),
            (
                "No error: setters and cocker spaniels become one class",
                "Yes, and training goes ahead. Only a look shows it: at the vocab, or at pictures with "
                "their labels.",
            ),
        ],
        right="c",
    ),
    Question(
        "Pretrained and trained for three epochs, a network gets 10% wrong; the same network from random "
        "weights gets 90% wrong. What does that show?",
        [
            (
                "What the body had learnt before saved most of the work",
                "Yes. Everything else was the same: layers, pictures, epochs. A few epochs are enough for a "
                "head, and far too few for a body.",
            ),
            (
                "A network cannot learn from random weights",
                "It can: the pretrained one did so once, in over an hour on many more pictures. Three epochs "
                "are too few.",
            ),
            (
                "The body had been trained on these very breeds",
                "It had not: none of the 37 breeds was among its pictures. What carries over is how to see "
                "fur, ears and eyes.",
            ),
        ],
        right="a",
    ),
    Question(
        "You unfreeze and run the finder. The curve is level, then rises from 1e-2. Which rates do you "
        "take for the head and the early layers?",
        [
            (
                "1e-2 for both: the last rate before the rise",
                "That is the edge itself. On other batches the loss may rise earlier, and ruin the body.",
            ),
            (
                "3e-3 for the head, 5e-4 for the early layers",
                "Yes: well to the left of the rise, and smallest where least has to change.",
            ),
            (
                "5e-4 for the head, 3e-3 for the early layers",
                "The wrong way round: what the early layers have learnt is useful for every picture, and the "
                "head is the newest part.",
            ),
            (
                "1e-7 for both: then nothing can break",
                "True, but nothing will change either. A rate thousands of times too small is an expensive "
                "way to do nothing.",
            ),
        ],
        right="b",
    ),
    Question(
        "What does `fine_tune(5)` do?",
        [
            (
                "Five epochs: one of the head, four of all layers",
                "`epochs` counts those of all layers only. The frozen one comes on top: six in all.",
            ),
            (
                "Five epochs of all layers at one rate",
                "The head gets a hundred times the rate of the early layers, and it is trained alone first.",
            ),
            (
                "One epoch of the head, then five of the head and the late layers",
                "`unfreeze()` frees all groups. For what you describe there is `freeze_to(-2)`.",
            ),
            (
                "One epoch of the head, then five of all layers at lower rates",
                "Yes: `freeze_epochs=1` at `base_lr`, then five from `base_lr / 200` to `base_lr / 2`.",
            ),
        ],
        right="d",
    ),
    Question(
        "The validation loss has risen for five epochs, the error rate still falls. Only the answers count, "
        "not the probabilities. Stop?",
        [
            (
                "No: the answers are still getting better",
                "Yes. The model is getting too sure of itself, not worse at answering. If its probabilities "
                "are used, that is another matter.",
            ),
            (
                "Yes: a rising validation loss is overfitting, and overfitting is bad",
                "It is the first stage of overfitting. As long as the error rate falls, it does not cost you "
                "a single answer.",
            ),
            (
                "Yes, and take the weights of the epoch with the lowest error rate",
                "With 296 pictures the lowest of many noisy figures is partly luck. Plan a run of about that "
                "length instead.",
            ),
        ],
        right="a",
    ),
    Question(
        "On the same 296 pictures, model A has an error rate of 0.098 and model B of 0.091. What follows?",
        [
            (
                "B is better by 0.007",
                "These are two pictures. Chance alone moves such a rate by about five.",
            ),
            (
                "Nothing, since the two standard errors overlap",
                "The right conclusion for the wrong reason: on the *same* pictures, rates whose standard "
                "errors overlap can still differ by more than luck. Compare picture by picture.",
            ),
            (
                "Nothing yet: ask `lab.compare`, and train with other seeds",
                "Yes. It counts the pictures on which exactly one of the two is right; other seeds show how "
                "much a single run can vary.",
            ),
        ],
        right="c",
    ),
]
