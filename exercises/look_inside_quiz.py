"""Quiz of `08_look_inside`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "When you look for wrong labels, why should a network judge only pictures it was not trained on?",
        [
            (
                "Because predicting training pictures takes longer",
                "It takes exactly as long. What matters is what the network has already learnt about them.",
            ),
            (
                "Because it has fitted its training labels, the wrong ones too, so their loss is small",
                "Right. A wrong label that it has memorised is not among the largest losses.",
            ),
            (
                "Because training pictures are augmented, so their losses are too large",
                "For judging, pictures are not augmented. The losses of training pictures tend to be too "
                "small, not too large.",
            ),
        ],
        right="b",
    ),
    Question(
        "A class activation map lights up on the leash, not on the dog. What do you do?",
        [
            (
                "Nothing: the prediction was right",
                "It was right this time. If it has learnt that a leash means dog, other dogs may be missed.",
            ),
            (
                "Delete all pictures with a leash",
                "You would lose good pictures on a mere suspicion. Test it first.",
            ),
            (
                "Use an earlier layer, whose map is finer",
                "A finer map shows more precisely where it looked, and it looked at the leash.",
            ),
            (
                "Test it: cover the leash, and show it leashes without dogs",
                "Right. If the answer changes, it has learnt the leash: add pictures of dogs without one.",
            ),
        ],
        right="d",
    ),
    Question(
        "After 50 steps, 99% of the activations of a ReLU layer are zero. What is the best next step?",
        [
            (
                "Start again with a lower rate, and check the initialisation",
                "Right. A ReLU that is zero for every picture gets no gradient, so it stays dead.",
            ),
            (
                "Go on with a lower rate",
                "A lower rate might have prevented it. Now dead units get no gradient, whatever the rate.",
            ),
            (
                "Train for longer: the layer is only resting",
                "Without a gradient nothing changes, however long you train.",
            ),
            (
                "Nothing: about half are zero in a healthy network too",
                "Half, yes: the negative ones. At 99% hardly anything gets through to the next layer.",
            ),
        ],
        right="a",
    ),
    Question(
        "Why does the map in this notebook have only 25 places?",
        [
            (
                "Because the head has 25 inputs for each class",
                "The head has 1,152 inputs: the mean and the maximum of each of 576 maps. It "
                "cannot tell which place they came from.",
            ),
            (
                "Because a map of 25 places is enough to recognise an animal",
                "Nobody chose 25. It follows from the size of the picture and the strides of the body.",
            ),
            (
                "Because the body halves the picture five times: 160 / 32 = 5 places each way",
                "Right. For a finer map use larger pictures, or an earlier layer, which knows less.",
            ),
        ],
        right="c",
    ),
    Question(
        "You look at the first 100 pictures of the list and find 30 wrong labels. There are 30 in all. "
        "Precision and recall?",
        [
            (
                "Precision 1, recall 0.3",
                "Swapped: precision is about the 100 you looked at, recall about the 30 that exist.",
            ),
            (
                "Precision 0.3, recall 1",
                "Right. Nothing was missed, but 70 of the 100 pictures were looked at in vain.",
            ),
            (
                "Precision 0.3, recall 0.3",
                "Recall divides by all the wrong labels, not by the pictures you looked at: 30 of 30.",
            ),
        ],
        right="b",
    ),
    Question(
        "You relabel every picture as the network says and train again. The error drops to almost "
        "nothing. Is the new network good?",
        [
            (
                "Yes: hardly any mistakes are left",
                "Mistakes measured by labels that a network made. What does that say about the animals?",
            ),
            (
                "No: with so small an error it must have memorised its training pictures",
                "Here it is judged on pictures it has not seen. The trouble is the labels of these.",
            ),
            (
                "Nobody knows: the labels repeat the first network's mistakes",
                "Right. The error now measures how well one network imitates another.",
            ),
            (
                "No: labels must never be changed after training",
                "They may well be changed, by somebody who looks at the pictures.",
            ),
        ],
        right="c",
    ),
]
