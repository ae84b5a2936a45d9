"""The quiz of `06_breeds_from_a_csv`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "Two models give the same answer for every picture. Can their log losses differ?",
        [
            (
                "No: the same answers cost the same.",
                "Accuracy would be the same. Log loss reads the probabilities.",
            ),
            ("Only if one of them is wrong more often.", "They are wrong on the very same pictures."),
            (
                "Yes, and by a lot.",
                "An answer only says which probability is largest; log loss asks how large it is.",
            ),
        ],
        right="c",
    ),
    Question(
        "120 classes, no idea. Which costs less in log loss: 1/120 for every class, or 1 for a random one?",
        [
            (
                "1/120 for every class.",
                "That costs log(120) = 4.8 every time; a confident wrong guess costs 16 once clipped.",
            ),
            ("1 for a random class.", "It costs nothing once in 120 times, and 16 the other 119 times."),
            (
                "The same on average.",
                "Log loss punishes a confident mistake far more than it rewards a lucky guess.",
            ),
        ],
        right="a",
    ),
    Question(
        "Your split has no seed. After a change the accuracy went from 0.88 to 0.91. What have you learnt?",
        [
            (
                "The change is worth three points.",
                "Other pictures judged it this time, so two things changed.",
            ),
            (
                "Little: fix the seed and measure both again.",
                "Then both models meet the same pictures, and `lab.compare` can tell.",
            ),
            ("The change does not matter.", "You cannot know that either: the two runs cannot be compared."),
        ],
        right="b",
    ),
    Question(
        "In log loss, averaging the probabilities of several augmented versions is...",
        [
            (
                "never worse than the plain picture.",
                "If the augmented versions are much harder, the plain picture can be better.",
            ),
            ("always better than every version.", "One version alone may happen to be the best."),
            (
                "never worse than the versions are on average.",
                "The cost curve bends upwards, so the cost of the mean is at most the mean of the costs.",
            ),
        ],
        right="c",
    ),
    Question(
        "A model trained on 80 pixels is given 160 and is worse at first, though it sees more. Why?",
        [
            (
                "Everything is twice as large as what it has learnt to find.",
                "A little training at the new size helps.",
            ),
            (
                "Larger pictures are blurred.",
                "They are sharper. It is the size of ears and eyes that is new.",
            ),
            (
                "It has too few weights for larger pictures.",
                "A convolution has the same weights at every size.",
            ),
        ],
        right="a",
    ),
    Question(
        "You sort the ids of a submission by name, and leave the probabilities as they were. What happens?",
        [
            ("The site refuses the file.", "Its format is right: one row per id, each with sum 1."),
            (
                "Nothing complains, and every dog gets the probabilities of another.",
                "So always sort whole rows.",
            ),
            ("The ids are sorted back.", "Nobody knows the right order any longer."),
        ],
        right="b",
    ),
]
