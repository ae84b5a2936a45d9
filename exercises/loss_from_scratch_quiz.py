"""The quiz of `04_loss_from_scratch`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "The activations of a picture are (2, 1, 0). You add 5 to each of them. What happens to the softmax?",
        [
            (
                "All three probabilities grow.",
                "They cannot: they still have to add up to 1. The factor e⁵ cancels.",
            ),
            ("Nothing.", "Only differences count. Every exponential, and so their sum, is e⁵ times larger."),
            (
                "The largest one grows, the others shrink.",
                "That happens when you multiply the activations by 5, which makes the differences larger.",
            ),
        ],
        right="b",
    ),
    Question(
        "The first epoch on 100 classes ends with a validation loss of 4.6. What does that tell you?",
        [
            (
                "Training has diverged: the rate is too high.",
                "Then the loss would usually be far above 4.6, or nan. And 4.6 is the loss of a very "
                "particular model.",
            ),
            (
                "About every second answer is wrong.",
                "A loss is not an error rate. A model that gets half of the answers right is usually far "
                "below 4.6.",
            ),
            (
                "Nothing: a loss depends on the data.",
                "There is one fixed mark on the scale: the loss of giving every class the same probability.",
            ),
            (
                "The model is no better than one that gives every class 1/100.",
                "By its loss, that is: log 100 = 4.6. A loss well below log(number of classes) is the first "
                "thing to look for.",
            ),
        ],
        right="d",
    ),
    Question(
        "There are 37 breeds, and one picture has a loss of 0.5. Was the answer right?",
        [
            (
                "Yes, certainly.",
                "p = e⁻⁰·⁵ = 0.61 is more than half, so no other breed can have as much. Below log 2 = 0.69 "
                "the answer is always right.",
            ),
            (
                "Probably, but it could be wrong.",
                "Compute p = e⁻⁰·⁵ = 0.61. How much is left for the other 36 breeds, even all together?",
            ),
            (
                "No, a right answer has a loss near 0.",
                "Only a *confident* right answer does. A right answer can cost up to log(37) = 3.61.",
            ),
        ],
        right="a",
    ),
    Question(
        "From epoch 5 to epoch 10 the validation loss rises, and so does the accuracy. How can that be?",
        [
            (
                "It can't: one of the two must be computed wrongly.",
                "Remember models A and B. The two measure different things, and each can be right.",
            ),
            (
                "The learning rate has become too low.",
                "A low rate changes little. Here something does change: how confident the answers are.",
            ),
            (
                "A few wrong answers have become very confident.",
                "Each of them can cost any amount, while the accuracy counts it as one mistake, sure or not.",
            ),
            (
                "The validation set has become harder.",
                "It is the same set after every epoch. Only the model has changed.",
            ),
        ],
        right="c",
    ),
    Question(
        "For one picture the softmax is (0.2, 0.7, 0.1), and the target is class 1, the middle one. What is "
        "the gradient, and what does a step do?",
        [
            (
                "(0.2, 0.7, 0.1): all activations go down.",
                "That is the softmax alone. At the target, 1 has to be subtracted.",
            ),
            (
                "(0.2, -0.3, 0.1): the middle one goes up, the others go down.",
                "Softmax minus one-hot, and a step goes against the gradient.",
            ),
            (
                "(0.2, -0.3, 0.1): the middle one goes down, the others go up.",
                "The gradient is right, but it points uphill, and a step goes *against* it.",
            ),
            (
                "(0, -0.3, 0): only the middle one moves.",
                "The loss contains only the middle probability, but that depends on all three activations.",
            ),
        ],
        right="b",
    ),
    Question(
        "You show the pet network a picture of a horse. What does its softmax say?",
        [
            (
                "All 37 probabilities are close to 0.",
                "They cannot all be: whatever goes in, the 37 of them add up to 1.",
            ),
            (
                "All 37 probabilities are about 1/37.",
                "Only if all activations are about equal, and nothing taught the network to do that.",
            ),
            (
                "nan, because a horse is not in the vocabulary.",
                "The vocabulary only names the columns. The network computes 37 numbers for any picture.",
            ),
            (
                "37 probabilities that add up to 1, and one of them may be large.",
                'A softmax cannot say "none of these", however little sense the question makes.',
            ),
        ],
        right="d",
    ),
]
