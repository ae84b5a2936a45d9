"""The quiz of `07_what_a_layer_does`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "All nine weights of a kernel sum to 0. What does it give in a flat area, where every pixel is 0.6?",
        [
            ("0.6", "That takes weights that sum to 1, as those of blur and sharpen do."),
            ("0", "Nine times 0.6, each times its weight, is 0.6 times the sum of the weights."),
            (
                "It depends on where the weights are.",
                "Not here: nine equal pixels make the order irrelevant.",
            ),
            ("5.4", "That is the sum of the pixels, as if every weight were 1."),
        ],
        right="b",
    ),
    Question(
        "A picture of 28 by 28, a kernel of 5 by 5, padding 2, stride 2. How large is the output?",
        [
            ("12 by 12", "That is without the padding, (28 - 5) // 2 + 1. A border of 2 makes 32 of 28."),
            (
                "13 by 13",
                "27 // 2 = 13 is the number of steps. Count the place where the window starts, too.",
            ),
            (
                "14 by 14",
                "(28 + 4 - 5) // 2 + 1 = 13 + 1. Halving a picture takes this stride with this padding.",
            ),
            ("15 by 15", "The half step at the end is left out: 27 / 2 is rounded down."),
        ],
        right="c",
    ),
    Question(
        "Why is there a ReLU between two convolutions?",
        [
            (
                "Without it the two together could do no more than one convolution with a larger kernel.",
                "Sums of weighted sums are weighted sums. Something that is not linear has to come between.",
            ),
            (
                "Pixels cannot be negative.",
                "A map is not a picture: a negative number in it means something, such as the other edge.",
            ),
            (
                "It makes the map smaller, so the next layer is faster.",
                "ReLU keeps the size. Stride and pooling make a map smaller.",
            ),
        ],
        right="a",
    ),
    Question(
        "A layer takes 16 channels and gives 32, with kernels of 3 by 3. How many weights does one of its "
        "kernels have?",
        [
            ("9", "That is one slice. The kernel needs one for each channel that comes in."),
            (
                "288",
                "One slice for each channel that goes out? A kernel makes a single one of those.",
            ),
            ("4608", "That is the whole layer: 32 kernels."),
            ("144", "16 slices of 9. The 16 results are added, and they make one channel of the output."),
        ],
        right="d",
    ),
    Question(
        "A cat moves 40 pixels to the right between two pictures. What happens to the first layer's map "
        "(stride 2)?",
        [
            (
                "The kernel has to learn the new place.",
                "The weights are the same at every place: what they find here they find there.",
            ),
            (
                "The cat's part of the map moves 20 places to the right.",
                "The same weights see the same pixels, only later; with stride 2 two pixels are one place.",
            ),
            (
                "Nothing: convolution ignores position.",
                "A map says where something is, so it moves along. Pooling over all of it ignores the place.",
            ),
        ],
        right="b",
    ),
    Question(
        "Five 3 by 3 convolutions in a row, all with stride 1. How wide is the field that one number sees?",
        [
            (
                "15 pixels",
                "Neighbouring fields overlap: only the first layer brings 3, each other one 2 more.",
            ),
            (
                "3 pixels",
                "That is what it sees of the layer before. Each of those sees 3 of the one before it.",
            ),
            (
                "11 pixels",
                "1 + 5 times 2. With strides of 2 it would be 63: strides make the field grow quickly.",
            ),
            (
                "243 pixels",
                "That is 3 to the power of 5, which takes a stride of 3 in each layer.",
            ),
        ],
        right="c",
    ),
]
