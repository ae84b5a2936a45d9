"""The quiz of `06_breeds_from_a_csv`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "Two models give the same answer for every picture. Can their log losses differ?",
        [
            (
                "No: same answers, same score",
                "The same *accuracy*. The log loss looks at how probable the right class was, not only at "
                "which class came first.",
            ),
            (
                "Yes, and by a lot",
                "Yes. The answer only says where the largest probability is; how large it is makes the log "
                "loss.",
            ),
            (
                "Only if one of them was trained for longer",
                "How they were made plays no part. All that counts are the probabilities they state.",
            ),
        ],
        right="b",
    ),
    Question(
        "120 classes, and you have no idea. Which is the better thing to hand in: 1/120 everywhere, or 1 for "
        "a class at random?",
        [
            (
                "1/120 everywhere",
                "Yes: it costs 4.8 whatever the truth is. A random 1 costs 16 (a clipped 0) in 119 of 120 "
                "cases.",
            ),
            (
                "1 for a class at random",
                "Once in 120 times it costs nothing; every other time the truth got a 0, which even when "
                "clipped to 1e-7 costs 16.",
            ),
            (
                "It makes no difference: both know nothing",
                "Both know nothing, but only one of them says so. The other one is sure and wrong.",
            ),
        ],
        right="a",
    ),
    Question(
        "Your split has no seed. After a change the accuracy went from 0.88 to 0.91. What have you learnt?",
        [
            (
                "The change is worth 0.03",
                "That would need the same validation pictures both times. These were others.",
            ),
            (
                "The change is worth something, but perhaps less",
                "Even that is not certain: with 180 pictures, different each time, chance alone moves the "
                "figure by 0.02 or 0.03.",
            ),
            (
                "The model has overfitted",
                "Nothing here says so: for that you would have to look at the training pictures as well.",
            ),
            (
                "Little: fix the split, measure both again, and ask `lab.compare`",
                "Yes. It compares picture by picture, which only makes sense on the same pictures.",
            ),
        ],
        right="d",
    ),
    Question(
        "In log loss, the average of several looks (TTA) is…",
        [
            (
                "never worse than the plain look",
                "It can be: if the augmented looks are much harder, the plain one alone does better.",
            ),
            (
                "always better than every single look",
                "One look can be better than the average, just as one student can be better than the class.",
            ),
            (
                "never worse than its looks are on average",
                "Yes: the cost curve bends upwards, so the cost of the average is at most the average cost.",
            ),
        ],
        right="c",
    ),
    Question(
        "A model was trained on 80 pixels and gets the same pictures with 144. It is worse at first. Why?",
        [
            (
                "Eyes and ears are nearly twice as large as those it was trained with",
                "Most likely: what the body reports has shifted, and the head does not know that yet. A "
                "little training fixes it.",
            ),
            (
                "Larger pictures are harder to recognise",
                "They show more: after two epochs with them, the model does better than on the small ones.",
            ),
            (
                "The head has too few weights for so many pixels",
                "It gets the same number of features as before: the body averages over all places.",
            ),
        ],
        right="a",
    ),
    Question(
        "You sort the ids of a submission, as the sample has them, and leave the probabilities as they are. "
        "What happens?",
        [
            (
                "The judge refuses the file",
                "Why should it? The columns, the ids and the numbers are all of the right form.",
            ),
            (
                "Nothing complains, and every dog has the probabilities of another one",
                "Yes, unless they were in that order already. The accuracy is that of guessing, and the log "
                "loss is worse: the model is sure and wrong. Sort whole rows.",
            ),
            (
                "Nothing bad: the judge looks pictures up by id",
                "So it does, and finds the probabilities of some other picture beside each id.",
            ),
        ],
        right="b",
    ),
]
