"""The quiz of `02_learning_rate`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "The loss falls steadily and slowly, but after ten epochs the error has hardly moved. What do you "
        "try first?",
        [
            (
                "A larger rate",
                "Yes. Steady and slow is the sign of a rate that is too small. Run the finder: it costs "
                "seconds.",
            ),
            (
                "A smaller rate",
                "That would make it slower still. A rate that is too large looks different: the loss "
                "jumps about, or up.",
            ),
            (
                "More pictures",
                "They help when the loss on the training pictures is low and that on new ones isn't. Here "
                "even the first falls too slowly.",
            ),
        ],
        right="a",
    ),
    Question(
        "Why does the finder multiply the rate at each step instead of adding to it?",
        [
            (
                "Because the loss grows by factors too",
                "The loss has no say in it: the rates are fixed before the sweep begins.",
            ),
            (
                "Because useful rates may lie anywhere from 1e-6 to 1",
                "Yes. Multiplying gives each order of magnitude the same number of steps; adding would "
                "spend nearly all of them on large rates.",
            ),
            (
                "Because multiplying is more precise for small numbers",
                "It is a matter of where the steps lie, not of rounding.",
            ),
        ],
        right="b",
    ),
    Question(
        "Why don't you train with the rate at which the finder's loss is lowest?",
        [
            (
                "It is too small: the loss still has far to fall",
                "It falls no further in this sweep; beyond this rate it rises. If anything, it is too large.",
            ),
            (
                "The finder damages the model at that rate",
                "It puts everything back, down to the last bit. You could train at any rate after it.",
            ),
            (
                "The lowest loss belongs to a lucky batch",
                "The smoothed curve is an average of many batches. Even a curve without any noise has its "
                "lowest point at the edge of diverging.",
            ),
            (
                "There the loss no longer falls, and divergence is near",
                "Yes. And the sweep tried that rate for one batch only; a whole epoch at it would be "
                "worse. Hence a tenth of it.",
            ),
        ],
        right="d",
    ),
    Question(
        "You have trained the head and now unfreeze all layers. Can you keep the rate?",
        [
            (
                "Yes: the data is the same",
                "So it is, but the landscape isn't: many more weights train now, and they are good already.",
            ),
            (
                "No: run the finder again",
                'Yes, and expect a curve like the one in the exercise "which rate?": hardly any fall, '
                "then a sharp rise.",
            ),
            (
                "No: more weights always need a larger rate",
                "If anything, a smaller one: large steps would destroy what the body has learnt.",
            ),
        ],
        right="b",
    ),
    Question(
        "`fit_sgdr(2, 3e-3, cycle_len=3, cycle_mult=2)`: how many epochs is that, and where are the "
        "restarts?",
        [
            (
                "6 epochs, a restart after the third",
                "Those would be two cycles of equal length. `cycle_mult=2` makes the second twice as long.",
            ),
            (
                "12 epochs, a restart after the third and the sixth",
                "There are two cycles only, so there is one restart.",
            ),
            (
                "9 epochs, a restart after the third",
                "Yes: 3 + 6, and between two cycles there is one restart.",
            ),
        ],
        right="c",
    ),
    Question(
        "In one-cycle with AdamW, what does the momentum of 0.95 at the beginning and the end mean?",
        [
            (
                "95% of the weight stays as it is at each step",
                "That would be a kind of weight decay. The momentum isn't about the weight but about the "
                "gradient that moves it.",
            ),
            (
                "Of the average of past gradients, 95% stays when a new one joins it",
                "Yes: about 20 batches count. In the middle, where steps are large, it is 0.85, and about "
                "7 count.",
            ),
            (
                "The rate is multiplied by 0.95 at each step",
                "That would be a schedule of the rate. The momentum leaves the rate alone; it smooths the "
                "gradient.",
            ),
            (
                "A step may be at most 0.95 times the one before",
                "Nothing limits it in that way: steps can grow from one batch to the next.",
            ),
        ],
        right="b",
    ),
]
