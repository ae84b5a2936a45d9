"""Quiz of `09_your_own_pictures`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "`photo.jpg` opens in a viewer and shows its upper half. May it stay?",
        [
            (
                "Yes: half a dog is a dog",
                "The other half is not missing but grey, and the model may learn to go by the grey.",
            ),
            (
                "Yes: the viewer opened it, so the file is fine",
                "A viewer shows whatever it can. Only decoding to the last byte proves that all is there.",
            ),
            (
                "No: it is cut off",
                "Right. Many programs fill the rest with grey. Decode every file before you train.",
            ),
        ],
        right="c",
    ),
    Question(
        "You film five dogs, take 200 frames of each, split them at random and reach an accuracy of 0.99. "
        "What do you know about a sixth dog?",
        [
            (
                "Next to nothing",
                "Right. Neighbouring frames are nearly the same, so the model knew the validation pictures. "
                "Split by dog.",
            ),
            (
                "The model gets it right in about 99 of 100 frames",
                "That holds for further frames of these five dogs. A sixth was never put to the test.",
            ),
            (
                "The model gets it right, but less often, since it has seen only five dogs",
                "It may be less often, or never. This score does not tell you.",
            ),
            (
                "Nothing, but 5,000 frames would be enough",
                "More frames of the same dogs are just near copies. You need more dogs, and a split by dog.",
            ),
        ],
        right="a",
    ),
    Question(
        "There are 900 beagles and 100 pugs, and your model has an accuracy of 0.91. Is it good?",
        [
            (
                "Yes: nine of ten are right",
                "So they are if you always say beagle. What does the model do with the pugs?",
            ),
            (
                "Hardly: always saying beagle gets 0.90",
                "Right. Look at the recall of the pugs, or at the balanced accuracy (lazy answer: 0.5).",
            ),
            (
                "No: with two classes it should be near 1.0",
                "How high it can get depends on the pictures. Compare it with the lazy answer first.",
            ),
        ],
        right="b",
    ),
    Question(
        "In a search for wrong labels, why does each quick model judge only the fold it was not trained on?",
        [
            (
                "It is faster: each model predicts fewer pictures",
                "Predicting is cheap, and training four models is not. It is about what they have seen.",
            ),
            (
                "Four models make fewer mistakes than one",
                "They would if they were averaged. Here each picture is judged by a single model.",
            ),
            (
                "So that every class is judged equally often",
                "The folds hold about a quarter of each breed, but large classes stay large.",
            ),
            (
                "A model learns the labels of its training pictures, the wrong ones too",
                "Right. There a wrong label gets a small loss, and you would not find it.",
            ),
        ],
        right="d",
    ),
    Question(
        "The largest loss belongs to a dark, blurred beagle that is labelled beagle. What do you do?",
        [
            (
                "Relabel it as what the model says",
                "The label is right. You would teach the model its own mistake.",
            ),
            (
                "Keep it, if such pictures will come in later too",
                "Right. Throwing out what is difficult makes the score better and the model worse.",
            ),
            (
                "Discard it: it only confuses the model",
                "Then the model never learns such pictures, and the score no longer counts them.",
            ),
        ],
        right="b",
    ),
    Question(
        "After `unfreeze()` the validation loss jumps up and stays there. What is the first thing to do?",
        [
            (
                "Train for longer, until it comes down",
                "It may come down, but steps this large have already destroyed some of what the body knew.",
            ),
            (
                "Add more augmentation",
                "That helps against overfitting. A sudden jump comes from steps that are too large.",
            ),
            (
                '`learn.load("last_layer")`, then perhaps again with smaller rates for the body',
                "Right. And if that does not beat the frozen body, stay frozen.",
            ),
        ],
        right="c",
    ),
]
