"""The quiz of `07_what_a_layer_does`."""

from lab.exercises import Question

QUIZ = [
    Question(
        "All nine weights of a kernel sum to 0. What does it give in a flat area, where every pixel is 0.6?",
        [
            ("0.6", "That takes weights that sum to 1, as those of blur and sharpen do."),
            ("0", "Each weight is multiplied by 0.6, so the sum is 0.6 times the sum of the weights: 0."),
            (
                "It depends on where the weights are.",
                "Not here: where all nine pixels are equal, the order of the weights doesn't matter.",
            ),
            ("5.4", "That is the sum of the pixels, as if every weight were 1."),
        ],
        right="b",
    ),
    Question(
        "A picture of 28 by 28, a kernel of 5 by 5, padding 2, stride 2. How large is the output?",
        [
            (
                "12 by 12",
                "That is without the padding, (28 - 5) // 2 + 1. With a border of 2 the side is 32, not 28.",
            ),
            (
                "13 by 13",
                "27 // 2 = 13 is the number of steps. Count the place where the window starts, too.",
            ),
            (
                "14 by 14",
                "(28 + 4 - 5) // 2 + 1 = 13 + 1. With a kernel of 5 by 5, padding 2 and stride 2 halve "
                "a picture.",
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
                "Weighted sums of weighted sums are weighted sums. Something that is not linear has to "
                "come between.",
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
            ("9", "That is one slice. The kernel needs one for each input channel."),
            (
                "288",
                "That is a slice for each of the 32 output channels. A kernel makes only one of those; "
                "its slices belong to the 16 input channels.",
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
                "The weights are the same at every place: what they find here, they find there too.",
            ),
            (
                "The cat's part of the map moves 20 places to the right.",
                "The same weights meet the same pixels farther to the right; with stride 2, two pixels "
                "are one place.",
            ),
            (
                "Nothing: convolution ignores position.",
                "A map says where something is, so it moves along. Only pooling over the whole map "
                "ignores the place.",
            ),
        ],
        right="b",
    ),
    Question(
        "Five 3 by 3 convolutions in a row, all with stride 1. How wide is the field that one number sees?",
        [
            (
                "15 pixels",
                "Neighbouring fields overlap: the first layer sees 3, and each further one adds only 2.",
            ),
            (
                "3 pixels",
                "That is how much it sees of the layer before. Each of those numbers sees 3 of the "
                "layer before that.",
            ),
            (
                "11 pixels",
                "1 + 5 times 2. With a stride of 2 in each layer it would be 63: strides make the field "
                "grow quickly.",
            ),
            (
                "243 pixels",
                "That is 3 to the power of 5, which would take a stride of 3 in each layer.",
            ),
        ],
        right="c",
    ),
]
