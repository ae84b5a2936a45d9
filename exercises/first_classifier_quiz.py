"""The quiz of `01_first_classifier`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "A friend tests her model on the pictures it was trained with and reports 100%. What do you know?",
        [
            (
                "The model is perfect",
                "On these pictures, yes. But a dictionary gets 100% there too, and it is no better than a "
                "coin on new ones.",
            ),
            (
                "The model has overfitted",
                "It may have, but this number can't tell: a model that also does well on new pictures "
                "could get 100% here as well.",
            ),
            (
                "Next to nothing",
                "Yes. A dictionary gets 100% there, as you have seen. Ask for the accuracy on pictures "
                "that had no part in training.",
            ),
        ],
        right="c",
    ),
    Question(
        "950 of 1,000 pictures show dogs. A model for cats and dogs has an accuracy of 0.95. Is that good?",
        [
            (
                "It is exactly the baseline",
                'Yes: always saying "dog" gets 0.95 as well. Look at the confusion matrix; perhaps it '
                "didn't recognise a single cat.",
            ),
            (
                "Yes: 19 of 20 are right",
                'So they are for a program that never looks at the picture and always says "dog". Compare '
                "with the baseline first.",
            ),
            (
                "No: it is worse than a coin",
                "A coin gets 0.50, whatever the counts are. The lazy answer is the rival to beat, and it "
                "gets 0.95.",
            ),
        ],
        right="a",
    ),
    Question(
        "In a confusion matrix, the cell in row `dogs`, column `cats` says 4. What are the four?",
        [
            (
                "Cats that were called dogs",
                "The other way round: the row is the truth, so all four are dogs.",
            ),
            (
                "Dogs that were called cats",
                "Yes. The row is the truth, the column is the prediction.",
            ),
            (
                "Pictures that show a dog and a cat",
                "Each picture has one label and gets one prediction; the matrix counts the pairs of the two.",
            ),
            (
                "Pictures that it was unsure about",
                "The matrix counts what was predicted, not how surely. It may have been very sure of all "
                "four.",
            ),
        ],
        right="b",
    ),
    Question(
        'The model says "cats 0.98" to a photo of a fox. What does the 0.98 mean?',
        [
            (
                "98% of the picture looks like a cat",
                "The probability isn't a share of the picture. It compares the classes: cats 0.98, dogs "
                "0.02.",
            ),
            (
                "The model made a mistake in its arithmetic",
                "The arithmetic is fine: two numbers that add up to 1. The question is what they compare.",
            ),
            (
                "The animal is a cat with a probability of 0.98",
                "Only if it is a cat or a dog at all, and the picture is like those in training. Here "
                "neither holds.",
            ),
            (
                'Of its two words, it prefers "cats" by far',
                "Yes, and it has no third word. Remember the fish and the car: it can be sure of one of "
                "the two, and both are wrong.",
            ),
        ],
        right="d",
    ),
    Question(
        "Only the head was trained. Why did the body, which stayed as it was, help at all?",
        [
            (
                "It had learnt from these same 800 pictures before",
                "No, from other drawings. It first saw these 800 when you trained the head.",
            ),
            (
                "What it had learnt to see in other pictures is useful here too",
                "Yes: edges, fur, eyes, ears. Only the step from there to the two words had to be learnt. "
                "This is called transfer learning.",
            ),
            (
                "It makes the pictures smaller, so there is less to learn",
                "Resizing does that, before the body. The body turns pixels into something that tells "
                "animals apart.",
            ),
        ],
        right="b",
    ),
    Question(
        "Your model calls a picture in the folder `cats` a dog, with 0.99. What do you do first?",
        [
            (
                "Look at the picture",
                "Yes. Either the model is wrong, or the label is; the number can't tell you which.",
            ),
            (
                "Relabel it: 0.99 is as good as certain",
                "Then every confident mistake of the model would become a wrong label, and the next model "
                "would learn it.",
            ),
            (
                "Nothing: the folder is always right",
                "In this notebook a label was wrong. In real sets of pictures a few in a hundred are.",
            ),
        ],
        right="a",
    ),
]
