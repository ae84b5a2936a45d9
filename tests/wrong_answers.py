"""Wrong answers that students give to the exercises, written from the statements alone, before any diagnosis.

WRONG: for twelve exercises five or more of the commonest natural mistakes, as (id, function, what a tutor would
say). SNEAKY: for each other exercise that takes a function, two or more that a careless checker might let pass.
Some of them raise an exception on purpose: so do the students'.
"""

import math

import numpy as np
import torch

# --- WRONG: 01 ---------------------------------------------------------------------------------------------


def accuracy_count(predicted, truth):
    right = 0
    for p, t in zip(predicted, truth):
        if p == t:
            right += 1
    return right


def accuracy_percent(predicted, truth):
    right = sum(p == t for p, t in zip(predicted, truth))
    return 100 * right / len(truth)


def accuracy_lists_compared(predicted, truth):
    return np.mean(predicted == truth)


def accuracy_return_in_loop(predicted, truth):
    right = 0
    for p, t in zip(predicted, truth):
        if p == t:
            right += 1
        return right / len(truth)


def accuracy_membership(predicted, truth):
    right = 0
    for p in predicted:
        if p in truth:
            right += 1
    return right / len(predicted)


def baseline_one_over_classes(counts):
    return 1 / len(counts)


def baseline_label(counts):
    return max(counts, key=counts.get)


def baseline_largest_count(counts):
    return max(counts.values())


def baseline_keys(counts):
    return max(counts) / sum(counts)


def baseline_cats_and_dogs(counts):
    return max(counts["cats"], counts["dogs"]) / (counts["cats"] + counts["dogs"])


def least_sure_probability(rows):
    return min(max(row) for row in rows)


def least_sure_row(rows):
    return min(rows, key=max)


def least_sure_flat_argmin(rows):
    return int(np.argmin(rows))


def least_sure_first_near_half(rows):
    distances = [abs(row[0] - 0.5) for row in rows]
    return distances.index(min(distances))


def least_sure_close_call(rows):
    gaps = []
    for row in rows:
        ordered = sorted(row)
        gaps.append(ordered[-1] - ordered[-2])
    return gaps.index(min(gaps))


# --- WRONG: 02 ---------------------------------------------------------------------------------------------


def geometric_rates_linear(start, end, n):
    step = (end - start) / (n - 1)
    return [start + i * step for i in range(n)]


def geometric_rates_n_steps(start, end, n):
    factor = (end / start) ** (1 / n)
    return [start * factor**i for i in range(n)]


def geometric_rates_divided(start, end, n):
    factor = end / start / (n - 1)
    return [start * factor**i for i in range(n)]


def geometric_rates_logspace(start, end, n):
    return list(np.logspace(start, end, n))


def geometric_rates_multiplied_first(start, end, n):
    factor = (end / start) ** (1 / (n - 1))
    rates = []
    lr = start
    for _ in range(n):
        lr = lr * factor
        rates.append(lr)
    return rates


def cosine_quarter_wave(start, end, progress):
    return end + (start - end) * math.cos(progress * math.pi / 2)


def cosine_swapped(start, end, progress):
    return start + (end - start) * (1 + math.cos(math.pi * progress)) / 2


def cosine_degrees(start, end, progress):
    return end + (start - end) * (1 + math.cos(180 * progress)) / 2


def cosine_ignores_end(start, end, progress):
    return start * (1 + math.cos(math.pi * progress)) / 2


def cosine_bracket(start, end, progress):
    return end + (start - end) * (1 + math.cos(math.pi * progress) / 2)


# --- WRONG: 03 ---------------------------------------------------------------------------------------------


def standard_error_no_root(error, n):
    return error * (1 - error) / n


def standard_error_root_above_only(error, n):
    return math.sqrt(error * (1 - error)) / n


def standard_error_called(error, n):
    return math.sqrt(error(1 - error) / n)


def standard_error_n_minus_1(error, n):
    return math.sqrt(error * (1 - error) / (n - 1))


def standard_error_printed(error, n):
    print(math.sqrt(error * (1 - error) / n))


# --- WRONG: 04 ---------------------------------------------------------------------------------------------


def softmax_overflow(acts):
    exps = torch.exp(acts)
    return exps / exps.sum(dim=1, keepdim=True)


def softmax_whole_table(acts):
    exps = torch.exp(acts - acts.max())
    return exps / exps.sum()


def softmax_dim_0(acts):
    shifted = acts - acts.max(dim=0, keepdim=True).values
    exps = torch.exp(shifted)
    return exps / exps.sum(dim=0, keepdim=True)


def softmax_no_keepdim(acts):
    exps = torch.exp(acts - acts.max(dim=1, keepdim=True).values)
    return exps / exps.sum(dim=1)


def softmax_global_max(acts):
    exps = torch.exp(acts - acts.max())
    return exps / exps.sum(dim=1, keepdim=True)


def softmax_in_place(acts):
    acts -= acts.max(dim=1, keepdim=True).values
    return acts.exp() / acts.exp().sum(dim=1, keepdim=True)


def softmax_max_no_keepdim(acts):
    exps = torch.exp(acts - acts.max(dim=1).values)
    return exps / exps.sum(dim=1, keepdim=True)


def softmax_over_max(acts):
    exps = torch.exp(acts - acts.max(dim=1, keepdim=True).values)
    return exps / exps.max(dim=1, keepdim=True).values


def nll_sum(log_probs, targets):
    return -log_probs[range(len(targets)), targets].sum()


def nll_log_again(log_probs, targets):
    return -torch.log(log_probs[range(len(targets)), targets]).mean()


def nll_sign(log_probs, targets):
    return log_probs[range(len(targets)), targets].mean()


def nll_all_rows(log_probs, targets):
    return -log_probs[:, targets].mean()


def nll_no_mean(log_probs, targets):
    return -log_probs[range(len(targets)), targets]


def nll_six_rows(log_probs, targets):
    return -log_probs[range(6), targets].mean()


def cross_entropy_overflow(acts, targets):
    exps = torch.exp(acts)
    probs = exps / exps.sum(dim=1, keepdim=True)
    return -torch.log(probs)[range(len(targets)), targets].mean()


def cross_entropy_log_of_softmax(acts, targets):
    probs = torch.softmax(acts, dim=1)
    return -probs[range(len(targets)), targets].log().mean()


def cross_entropy_softmax_twice(acts, targets):
    probs = torch.softmax(acts, dim=1)
    return torch.nn.functional.cross_entropy(probs, targets)


def cross_entropy_eps(acts, targets):
    probs = torch.softmax(acts, dim=1)
    return -torch.log(probs[range(len(targets)), targets] + 1e-9).mean()


def cross_entropy_clamped(acts, targets):
    probs = torch.softmax(acts, dim=1).clamp(min=1e-7)
    return -probs[range(len(targets)), targets].log().mean()


def cross_entropy_half_shifted(acts, targets):
    shifted = acts - acts.max(dim=1, keepdim=True).values
    log_probs = acts - shifted.exp().sum(dim=1, keepdim=True).log()
    return -log_probs[range(len(targets)), targets].mean()


def cross_entropy_other_half_shifted(acts, targets):
    shifted = acts - acts.max(dim=1, keepdim=True).values
    log_probs = shifted - acts.exp().sum(dim=1, keepdim=True).log()
    return -log_probs[range(len(targets)), targets].mean()


def cross_entropy_unshifted(acts, targets):
    log_probs = acts - acts.exp().sum(dim=1, keepdim=True).log()
    return -log_probs[range(len(targets)), targets].mean()


def cross_entropy_no_values(acts, targets):
    shifted = acts - acts.max(dim=1, keepdim=True)
    log_probs = shifted - torch.exp(shifted).sum(dim=1, keepdim=True).log()
    return -log_probs[range(len(targets)), targets].mean()


def gradient_not_divided(acts, targets):
    probs = torch.softmax(acts, dim=1)
    one_hot = torch.nn.functional.one_hot(targets, acts.shape[1])
    return probs - one_hot


def gradient_sign(acts, targets):
    probs = torch.softmax(acts, dim=1)
    one_hot = torch.nn.functional.one_hot(targets, acts.shape[1])
    return (one_hot - probs) / len(targets)


def gradient_all_rows(acts, targets):
    probs = torch.softmax(acts, dim=1)
    probs[:, targets] -= 1
    return probs / len(targets)


def gradient_three_classes(acts, targets):
    probs = torch.softmax(acts, dim=1)
    one_hot = torch.nn.functional.one_hot(targets, 3)
    return (probs - one_hot) / len(targets)


def gradient_over_all(acts, targets):
    one_hot = torch.nn.functional.one_hot(targets, acts.shape[1])
    return (torch.softmax(acts, dim=1) - one_hot) / acts.numel()


def gradient_mean_of_all(acts, targets):
    one_hot = torch.nn.functional.one_hot(targets, acts.shape[1])
    return (torch.softmax(acts, dim=1) - one_hot).mean()


def gradient_one_hot_too_narrow(acts, targets):
    return (torch.softmax(acts, dim=1) - torch.nn.functional.one_hot(targets)) / len(targets)


def gradient_autograd(acts, targets):
    acts = acts.clone().requires_grad_()
    torch.nn.functional.cross_entropy(acts, targets).backward()
    return acts.grad


def gradient_mean_of_rows(acts, targets):
    probs = torch.softmax(acts, dim=1)
    one_hot = torch.nn.functional.one_hot(targets, acts.shape[1])
    return (probs - one_hot).mean(dim=0)


# --- WRONG: 05 ---------------------------------------------------------------------------------------------


def most_confused_with_diagonal(matrix, vocab, min_val):
    found = []
    for i in range(len(vocab)):
        for j in range(len(vocab)):
            if matrix[i][j] >= min_val:
                found.append((vocab[i], vocab[j], int(matrix[i][j])))
    return sorted(found, key=lambda item: item[2], reverse=True)


def most_confused_strictly_more(matrix, vocab, min_val):
    found = []
    for i in range(len(vocab)):
        for j in range(len(vocab)):
            if i != j and matrix[i][j] > min_val:
                found.append((vocab[i], vocab[j], int(matrix[i][j])))
    return sorted(found, key=lambda item: item[2], reverse=True)


def most_confused_two_errors(matrix, vocab, min_val):
    found = []
    for i in range(len(vocab)):
        for j in range(len(vocab)):
            if i != j and matrix[i][j] >= min_val:
                found.append((vocab[j], vocab[i], int(matrix[i][j])))
    return sorted(found, key=lambda item: item[2])


def most_confused_ties_reversed(matrix, vocab, min_val):
    found = []
    for i in range(len(vocab)):
        for j in range(len(vocab)):
            if i != j and matrix[i][j] >= min_val:
                found.append((vocab[i], vocab[j], int(matrix[i][j])))
    found.sort(key=lambda item: item[2])
    found.reverse()
    return found


def most_confused_pairs_added(matrix, vocab, min_val):
    found = []
    for i in range(len(vocab)):
        for j in range(i + 1, len(vocab)):
            both = int(matrix[i, j] + matrix[j, i])
            if both >= min_val:
                found.append((vocab[i], vocab[j], both))
    return sorted(found, key=lambda pair: pair[2], reverse=True)


def most_confused_upper_half(matrix, vocab, min_val):
    found = []
    for i in range(len(vocab)):
        for j in range(i + 1, len(vocab)):
            if matrix[i][j] >= min_val:
                found.append((vocab[i], vocab[j], int(matrix[i][j])))
    return sorted(found, key=lambda item: item[2], reverse=True)


# --- WRONG: 09 ---------------------------------------------------------------------------------------------


def momentum_steps_average(gradients, lr, momentum):
    weight, velocity, weights = 0.0, 0.0, []
    for g in gradients:
        velocity = momentum * velocity + (1 - momentum) * g
        weight = weight - lr * velocity
        weights.append(weight)
    return weights


def momentum_steps_starts_with_0(gradients, lr, momentum):
    weights, velocity = [0.0], 0.0
    for g in gradients:
        velocity = momentum * velocity + g
        weights.append(weights[-1] - lr * velocity)
    return weights


def momentum_steps_velocity_reset(gradients, lr, momentum):
    weight, weights = 0.0, []
    for g in gradients:
        velocity = 0.0
        velocity = momentum * velocity + g
        weight = weight - lr * velocity
        weights.append(weight)
    return weights


def momentum_steps_uphill(gradients, lr, momentum):
    weight, velocity, weights = 0.0, 0.0, []
    for g in gradients:
        velocity = momentum * velocity + g
        weight += lr * velocity
        weights.append(weight)
    return weights


def momentum_steps_old_velocity(gradients, lr, momentum):
    weight, velocity, weights = 0.0, 0.0, []
    for g in gradients:
        weight = weight - lr * velocity
        velocity = momentum * velocity + g
        weights.append(weight)
    return weights


WRONG = {
    "accuracy": [
        (
            "count",
            accuracy_count,
            "That is how many are right. A share is that number divided by how many there are.",
        ),
        (
            "percent",
            accuracy_percent,
            "Right idea, but on the wrong scale: a share lies between 0 and 1, not 0 and 100.",
        ),
        (
            "lists_compared",
            accuracy_lists_compared,
            "Comparing two lists with == gives one True or False for the whole lists. Compare place by "
            "place (zip).",
        ),
        (
            "return_in_loop",
            accuracy_return_in_loop,
            "The return stands inside the loop, so only the first pair is looked at. Move it out one level.",
        ),
        (
            "membership",
            accuracy_membership,
            "You ask whether the label occurs anywhere in the truth. It must be equal at the same place.",
        ),
    ],
    "baseline": [
        (
            "one_over_classes",
            baseline_one_over_classes,
            "That is guessing with a coin. With unequal classes, always saying the most frequent label "
            "does better.",
        ),
        (
            "label",
            baseline_label,
            "That is which label to say. Asked is the accuracy that it gets, a number.",
        ),
        (
            "largest_count",
            baseline_largest_count,
            "So many pictures it gets right. Divide by all pictures to make an accuracy of it.",
        ),
        (
            "keys",
            baseline_keys,
            "max and sum of a dict run over its keys, which are words. You want counts.values().",
        ),
        (
            "cats_and_dogs",
            baseline_cats_and_dogs,
            "Works for cats and dogs only. The function gets any labels, and any number of them.",
        ),
    ],
    "least_sure": [
        (
            "probability",
            least_sure_probability,
            "You have found the lowest best probability. Return where it is, the row's place, not its value.",
        ),
        ("row", least_sure_row, "The right row. Return its place in the list, counted from 0, not the row."),
        (
            "flat_argmin",
            least_sure_flat_argmin,
            "That is the place of the smallest single number, counted through all rows. First take each "
            "row's best.",
        ),
        (
            "first_near_half",
            least_sure_first_near_half,
            "True for two classes only. With three, the least sure row is near 1/3 each: take each row's "
            "maximum.",
        ),
        (
            "close_call",
            least_sure_close_call,
            "The gap between the best two is another measure; with more than two classes it picks other "
            "rows. Asked is the lowest best probability.",
        ),
    ],
    "geometric_rates": [
        (
            "linear",
            geometric_rates_linear,
            "You add the same amount each time. Each rate should be the same factor above the one before: "
            "multiply.",
        ),
        (
            "n_steps",
            geometric_rates_n_steps,
            "The last rate falls short of end: between n rates there are only n - 1 steps.",
        ),
        (
            "divided",
            geometric_rates_divided,
            "The factor is applied n - 1 times, so it is the (n - 1)-th root of end / start, not a part "
            "of it.",
        ),
        (
            "logspace",
            geometric_rates_logspace,
            "np.logspace takes exponents: it starts at 10 ** start. Take np.geomspace, or the logarithms "
            "of both.",
        ),
        (
            "multiplied_first",
            geometric_rates_multiplied_first,
            "You multiply before you note the rate: start is missing, and the list runs one step past end.",
        ),
    ],
    "cosine": [
        (
            "quarter_wave",
            cosine_quarter_wave,
            "A quarter of a wave: at 0.5 it is not half-way, and at the end it is steep. The angle runs "
            "from 0 to pi.",
        ),
        (
            "swapped",
            cosine_swapped,
            "Start and end are swapped: at progress 0 you give end. Try progress 0 and 1.",
        ),
        ("degrees", cosine_degrees, "math.cos wants radians: half a turn is math.pi, not 180."),
        (
            "ignores_end",
            cosine_ignores_end,
            "It falls to 0 whatever end is. Scale the wave by start - end and add end.",
        ),
        (
            "bracket",
            cosine_bracket,
            "The brackets: the half must divide the whole (1 + cos), not the cosine alone. At progress 0 "
            "it should give start.",
        ),
    ],
    "standard_error": [
        ("no_root", standard_error_no_root, "That is its square, the variance. The root is missing."),
        (
            "root_above_only",
            standard_error_root_above_only,
            "The root is of the whole fraction: n belongs under it too. 100 times the pictures, a tenth "
            "of the error.",
        ),
        (
            "called",
            standard_error_called,
            "Python reads error(...) as a call of a function. Write the product with *: error * (1 - error).",
        ),
        (
            "n_minus_1",
            standard_error_n_minus_1,
            "n - 1 belongs to the spread of a sample of measurements. For a rate it is n, as in the formula.",
        ),
        (
            "printed",
            standard_error_printed,
            "It prints the number and returns None. Write return in place of print.",
        ),
    ],
    "softmax": [
        (
            "overflow",
            softmax_overflow,
            "The right formula, but e to 1000 is inf and inf / inf is nan. Subtract each row's largest "
            "number first.",
        ),
        (
            "whole_table",
            softmax_whole_table,
            "You divide by the sum of the whole table. Each row is one picture and has to sum to 1: dim=1.",
        ),
        (
            "dim_0",
            softmax_dim_0,
            "Now each column sums to 1. The classes of a picture stand in a row: dim=1.",
        ),
        (
            "no_keepdim",
            softmax_no_keepdim,
            "Without keepdim=True the sums lie as a row: an error, or, if n equals c, silently the wrong "
            "divisors.",
        ),
        (
            "global_max",
            softmax_global_max,
            "One maximum for the whole batch: a row far below it becomes all zeros, and 0 / 0 is nan. "
            "Subtract each row's own.",
        ),
        (
            "in_place",
            softmax_in_place,
            "The numbers are right, but the caller's activations are changed: x = x - m instead of x -= m.",
        ),
        (
            "max_no_keepdim",
            softmax_max_no_keepdim,
            "The maxima lie as a row: an error, or, if n equals c, other numbers are subtracted.",
        ),
        ("over_max", softmax_over_max, "Divided by the largest. To sum to 1, divide by the sum."),
    ],
    "nll": [
        ("sum", nll_sum, "The sum grows with the batch. Take the mean."),
        (
            "log_again",
            nll_log_again,
            "Log probabilities come in, the log has been taken. The log of a negative number is nan.",
        ),
        ("sign", nll_sign, "The minus is missing: a loss is 0 at best and otherwise positive."),
        (
            "all_rows",
            nll_all_rows,
            "A colon takes all rows for each target, a table of n times n. Pair each row with its own "
            "target: range(n), targets.",
        ),
        ("no_mean", nll_no_mean, "That is one loss per picture. Take their mean."),
        (
            "six_rows",
            nll_six_rows,
            "Six is the number of pictures of the worked table. Take len(targets), so that any batch will "
            "do.",
        ),
    ],
    "cross_entropy": [
        (
            "overflow",
            cross_entropy_overflow,
            "At 1000 exp is inf, and the loss nan. Use log softmax: the activation minus the log of the "
            "sum of exps.",
        ),
        (
            "log_of_softmax",
            cross_entropy_log_of_softmax,
            "The softmax is stable, but a tiny probability is rounded to 0, and its log is -inf. Do both "
            "in one: log_softmax.",
        ),
        (
            "softmax_twice",
            cross_entropy_softmax_twice,
            "F.cross_entropy wants activations and does the softmax itself. Yours is done twice, so the "
            "loss never comes near 0.",
        ),
        (
            "eps",
            cross_entropy_eps,
            "Adding 1e-9 hides the infinity: no loss is ever above 20.7, where 1000 is right. Use log "
            "softmax.",
        ),
        (
            "clamped",
            cross_entropy_clamped,
            "The floor hides the infinity: no loss is ever above 16.1, where 1000 is right. Use log softmax.",
        ),
        (
            "half_shifted",
            cross_entropy_half_shifted,
            "The sum is that of the shifted row, the activation is not. Take the shifted row in both.",
        ),
        (
            "other_half_shifted",
            cross_entropy_other_half_shifted,
            "The activation is shifted, the sum is not. Take the shifted row in both.",
        ),
        (
            "unshifted",
            cross_entropy_unshifted,
            "The right formula, but e to 1000 is inf. Subtract each row's largest number first.",
        ),
        (
            "no_values",
            cross_entropy_no_values,
            "max with dim returns a pair, the values and their places. Add .values.",
        ),
    ],
    "gradient": [
        (
            "not_divided",
            gradient_not_divided,
            "That is the gradient of the sum. For the mean, divide by the number of pictures.",
        ),
        (
            "sign",
            gradient_sign,
            "The other way round: what the model said minus what is true. At the target it must be negative.",
        ),
        (
            "all_rows",
            gradient_all_rows,
            "probs[:, targets] takes 1 off these columns in every row. Pair rows and targets: [range(n), "
            "targets].",
        ),
        (
            "three_classes",
            gradient_three_classes,
            "The 3 is from the worked table. The number of classes is acts.shape[1].",
        ),
        ("over_all", gradient_over_all, "Divided by n times c. The loss is a mean over the n pictures."),
        ("mean_of_all", gradient_mean_of_all, "One number, and it is 0. The gradient is a table, (n, c)."),
        (
            "one_hot_too_narrow",
            gradient_one_hot_too_narrow,
            "Without the number of classes, one_hot makes as many columns as the largest target needs.",
        ),
        ("autograd", gradient_autograd, "The task is to do without autograd: write the formula."),
        (
            "mean_of_rows",
            gradient_mean_of_rows,
            "Each activation has its own gradient, so the shape is (n, c). The mean of the loss means: "
            "divide by n.",
        ),
    ],
    "most_confused": [
        (
            "with_diagonal",
            most_confused_with_diagonal,
            "The diagonal holds the right answers. Leave out i == j.",
        ),
        ("strictly_more", most_confused_strictly_more, "At least min_val includes min_val itself: >=."),
        (
            "two_errors",
            most_confused_two_errors,
            "Two things: the row is the truth and comes first in each triple; and the largest count comes "
            "first.",
        ),
        (
            "ties_reversed",
            most_confused_ties_reversed,
            "Reversing the sorted list also turns equal counts round. Sort with reverse=True, which keeps "
            "their order.",
        ),
        (
            "upper_half",
            most_confused_upper_half,
            "You see only what is above the diagonal. A taken for B and B for A are two mistakes, each "
            "with its count.",
        ),
        (
            "pairs_added",
            most_confused_pairs_added,
            "A taken for B and B taken for A are two mistakes: do not add them up.",
        ),
    ],
    "momentum_steps": [
        (
            "average",
            momentum_steps_average,
            "That is a running average. In this rule, PyTorch's too, the gradient is added whole: no 1 - "
            "momentum.",
        ),
        (
            "starts_with_0",
            momentum_steps_starts_with_0,
            "One weight too many: the list holds the weights after each step, not the 0 before the first.",
        ),
        (
            "velocity_reset",
            momentum_steps_velocity_reset,
            "The velocity begins anew in each step, so nothing is remembered. Set it to 0 once, before "
            "the loop.",
        ),
        ("uphill", momentum_steps_uphill, "The step goes against the velocity: weight - lr * velocity."),
        (
            "old_velocity",
            momentum_steps_old_velocity,
            "The order: first the new velocity, then the step with it. Yours uses the velocity of the "
            "step before.",
        ),
    ],
}


# --- SNEAKY: 01 --------------------------------------------------------------------------------------------


def how_many_square(width, height):
    return 3 * width**2


def how_many_hard_coded(width, height):
    return 395307


def answer_max_of_pairs(labels, probs):
    return max(zip(labels, probs))


def answer_two_classes(labels, probs):
    if probs[0] > probs[1]:
        return labels[0], probs[0]
    return labels[1], probs[1]


# --- SNEAKY: 02 --------------------------------------------------------------------------------------------


def gradient_step_own_slope(w, gradient, lr):
    return w - lr * 2 * (w - 3)


def gradient_step_abs(w, gradient, lr):
    return w - lr * abs(gradient)


def too_high_one(a):
    return 1.0


def too_high_floor(a):
    return 1 // a


def minimum_over_ten_first_rise(lrs, losses):
    for i in range(len(losses) - 1):
        if losses[i + 1] > losses[i]:
            return lrs[i] / 10
    return lrs[-1] / 10


def minimum_over_ten_ten_places(lrs, losses):
    place = losses.index(min(losses))
    return lrs[place - 10]


def steepest_not_divided(lrs, losses):
    lowest = losses.index(min(losses))
    places = range(max(1, len(lrs) // 10), lowest)
    return lrs[min(places, key=lambda i: losses[i + 1] - losses[i - 1])]


def steepest_from_the_start(lrs, losses):
    lowest = losses.index(min(losses))

    def slope(i):
        return (losses[i + 1] - losses[i - 1]) / (math.log(lrs[i + 1]) - math.log(lrs[i - 1]))

    return lrs[min(range(1, lowest), key=slope)]


def _cosine(start, end, progress):
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2


def one_cycle_not_rescaled(progress, lr_max, pct_start):
    if progress <= pct_start:
        return _cosine(lr_max / 25, lr_max, progress / pct_start)
    return _cosine(lr_max, lr_max / 100_000, progress)


def one_cycle_to_zero(progress, lr_max, pct_start):
    if progress <= pct_start:
        return _cosine(lr_max / 25, lr_max, progress / pct_start)
    return _cosine(lr_max, 0, (progress - pct_start) / (1 - pct_start))


def epochs_of_formula(n_cycles, cycle_len, cycle_mult):
    return cycle_len * (cycle_mult**n_cycles - 1) // (cycle_mult - 1)


def epochs_of_doubling(n_cycles, cycle_len, cycle_mult):
    return cycle_len * (2**n_cycles - 1)


# --- SNEAKY: 03 --------------------------------------------------------------------------------------------


def mirror_half_turn(picture):
    return picture.flip(1, 2)


def mirror_128(picture):
    return picture[:, :, torch.arange(127, -1, -1)]


def only_one_right_elif(a, b, labels):
    only_a = only_b = 0
    for x, y, label in zip(a, b, labels):
        if x == label:
            only_a += 1
        elif y == label:
            only_b += 1
    return only_a, only_b


def only_one_right_disagree(a, b, labels):
    differ = [(x, y, label) for x, y, label in zip(a, b, labels) if x != y]
    only_a = sum(x == label for x, y, label in differ)
    return only_a, len(differ) - only_a


def crop_box_sides(width, height, scale, ratio):
    return round(width * math.sqrt(scale * ratio)), round(height * math.sqrt(scale / ratio))


def crop_box_ratio_twice(width, height, scale, ratio):
    side = math.sqrt(scale * width * height)
    return round(side * ratio), round(side / ratio)


def crop_box_rounded_first(width, height, scale, ratio):
    w = round(math.sqrt(scale * width * height * ratio))
    return w, round(w / ratio)


def rotation_whole_numbers(degrees):
    angle = math.radians(degrees)
    cos, sin = round(math.cos(angle)), round(math.sin(angle))
    return torch.tensor([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def rotation_sine_from_cosine(degrees):
    cos = math.cos(math.radians(degrees))
    sin = math.sqrt(1 - cos**2)
    return torch.tensor([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def rotation_pi_is_3_14(degrees):
    angle = degrees * 3.14 / 180
    cos, sin = math.cos(angle), math.sin(angle)
    return torch.tensor([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def compose_other_order(matrices):
    result = torch.eye(3)
    for matrix in matrices:
        result = matrix @ result
    return result


def compose_first_one(matrices):
    result = matrices[0]
    for matrix in matrices[1:]:
        result = result @ matrix
    return result


def compose_two(matrices):
    return matrices[0] @ matrices[1]


def average_of_logs(log_probs):
    return torch.softmax(log_probs.mean(dim=0), dim=1)


def average_nine(log_probs):
    return log_probs.exp().sum(dim=0) / 9


# --- SNEAKY: 04 --------------------------------------------------------------------------------------------


def sigmoid_overflow(x):
    return torch.exp(x) / (1 + torch.exp(x))


def sigmoid_one_number(x):
    return torch.tensor(1 / (1 + math.exp(-x)))


def right_class_best(probs, targets):
    return probs.max(dim=1).values


def right_class_column(probs, targets):
    return probs.gather(1, targets[:, None])


def binary_loss_nanmean(y, p):
    losses = -(y * p.log() + (1 - y) * (1 - p).log())
    return losses.nanmean()


def binary_loss_nan_to_num(y, p):
    losses = -(y * p.log() + (1 - y) * (1 - p).log())
    return losses.nan_to_num().mean()


def binary_loss_how_far(y, p):
    return torch.where(y == 1, 1 - p, p).mean()


def binary_loss_clamp(y, p):
    p = p.clamp(1e-7, 1 - 1e-7)
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


# --- SNEAKY: 05 --------------------------------------------------------------------------------------------


def breed_of_any_point(name):
    import re

    match = re.fullmatch(r"(?:cat|dog)-(.+)-\d+.(?i:jpe?g)", name)
    return match[1] if match else ""


def breed_of_anywhere(name):
    import re

    match = re.search(r"(?:cat|dog)-(.+)-\d+\.(?i:jpe?g)", name)
    return match[1] if match else ""


def split_by_animal_unsorted(animals, share):
    names = list(dict.fromkeys(animals))
    held = names[-max(1, round(share * len(names))) :]
    train = [i for i, animal in enumerate(animals) if animal not in held]
    valid = [i for i, animal in enumerate(animals) if animal in held]
    return train, valid


def split_by_animal_none(animals, share):
    names = sorted(set(animals))
    held = names[-round(share * len(names)) :]
    train = [i for i, animal in enumerate(animals) if animal not in held]
    valid = [i for i, animal in enumerate(animals) if animal in held]
    return train, valid


def split_by_animal_share_of_pictures(animals, share):
    names = sorted(set(animals))
    held = names[-max(1, round(share * len(animals))) :]
    train = [i for i, animal in enumerate(animals) if animal not in held]
    valid = [i for i, animal in enumerate(animals) if animal in held]
    return train, valid


def split_by_animal_names_repeated(animals, share):
    names = sorted(animals)
    held = names[-max(1, round(share * len(names))) :]
    train = [i for i, animal in enumerate(animals) if animal not in held]
    valid = [i for i, animal in enumerate(animals) if animal in held]
    return train, valid


# --- SNEAKY: 06 --------------------------------------------------------------------------------------------


def stratified_split_grouped(labels, share):
    valid = []
    for label in sorted(set(labels)):
        places = [i for i, other in enumerate(labels) if other == label]
        valid += places[-max(1, round(share * len(places))) :]
    return valid


def stratified_split_cut(labels, share):
    valid = []
    for label in set(labels):
        places = [i for i, other in enumerate(labels) if other == label]
        valid += places[-max(1, int(share * len(places))) :]
    return sorted(valid)


def log_loss_of_added(probs, targets, eps):
    picked = np.asarray(probs)[range(len(targets)), targets]
    return float(-np.log(picked + eps).mean())


def log_loss_of_one_side(probs, targets, eps):
    picked = np.asarray(probs)[range(len(targets)), targets]
    return float(-np.log(np.maximum(picked, eps)).mean())


def submission_rows_ids_sorted(probs, files, vocab):
    ids = sorted(file.split("/")[-1].rsplit(".", 1)[0] for file in files)
    rows = []
    for name, row in zip(ids, probs):
        total = float(sum(row))
        rows.append({"id": name} | {label: float(p) / total for label, p in zip(vocab, row)})
    return rows


def submission_rows_strip(probs, files, vocab):
    rows = []
    for file, row in zip(files, probs):
        total = float(sum(row))
        shares = {label: float(p) / total for label, p in zip(vocab, row)}
        rows.append({"id": file.strip("test/").strip(".jpg")} | shares)
    return sorted(rows, key=lambda row: row["id"])


def csv_faults_startswith(rows, files):
    ids = [name for name, _ in rows]
    return {
        "missing": sorted({name for name in ids if not any(file.startswith(name) for file in files)}),
        "twice": sorted({name for name in ids if ids.count(name) > 1}),
        "untidy": sorted({label for _, label in rows if label != label.strip()}),
    }


def csv_faults_exactly_two(rows, files):
    ids = [name for name, _ in rows]
    stems = {file.rsplit(".", 1)[0] for file in files}
    return {
        "missing": sorted(set(ids) - stems),
        "twice": sorted({name for name in ids if ids.count(name) == 2}),
        "untidy": sorted({label for _, label in rows if label != label.strip()}),
    }


# --- SNEAKY: 07 --------------------------------------------------------------------------------------------


def receptive_field_strides_added(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump += stride - 1
    return field


def receptive_field_kernel_3(layers):
    field, jump = 1, 1
    for _, stride in layers:
        field += 2 * jump
        jump *= stride
    return field


def receptive_field_own_stride(layers):
    return 1 + sum((kernel - 1) * stride for kernel, stride in layers)


def receptive_field_whole_strides_added(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump += stride
    return field


def receptive_field_measured(layers):
    x = torch.rand(1, 1, 65, 65, requires_grad=True)
    out = torch.nn.Sequential(*(torch.nn.Conv2d(1, 1, kernel, stride) for kernel, stride in layers))(x)
    out[0, 0, out.shape[2] // 2, out.shape[3] // 2].backward()
    return int((x.grad[0, 0] != 0).any(dim=0).sum())


def conv_list(picture, kernel):
    return torch.nn.functional.conv2d(picture[None, None], kernel[None, None])[0, 0].tolist()


def conv_array(picture, kernel):
    return torch.nn.functional.conv2d(picture[None, None], kernel[None, None])[0, 0].numpy()


def output_size_one_inside(n, kernel, padding, stride):
    return (n + 2 * padding - kernel + 1) // stride


def output_size_rounded(n, kernel, padding, stride):
    return round((n + 2 * padding - kernel) / stride + 1)


def n_weights_bias_always(channels_in, channels_out, kernel, bias):
    return channels_out * (channels_in * kernel**2 + 1)


def n_weights_bias_per_input(channels_in, channels_out, kernel, bias):
    return channels_in * (channels_out * kernel**2 + bias)


def cam_zero_by_zero(maps, weights):
    total = (weights[:, None, None] * maps).sum(dim=0).clamp(min=0)
    return total / total.max()


def cam_clipped_early(maps, weights):
    total = (weights[:, None, None] * maps).clamp(min=0).sum(dim=0)
    return total / total.max() if total.max() > 0 else total


def near_zero_no_abs(acts, limit):
    return (acts < limit).float().mean().item()


def near_zero_rows(acts, limit):
    return (acts.abs() < limit).sum().item() / len(acts)


def nearest_dot(rows, one, k):
    return (rows @ one).argsort(descending=True)[:k].tolist()


def nearest_distance(rows, one, k):
    return (rows - one).norm(dim=1).argsort()[:k].tolist()


def search_quality_first_k(losses, wrong, k):
    hits = sum(wrong[:k])
    return hits / k, hits / sum(wrong)


def search_quality_swapped(losses, wrong, k):
    order = sorted(range(len(losses)), key=lambda i: losses[i], reverse=True)
    hits = sum(wrong[i] for i in order[:k])
    return hits / sum(wrong), hits / k


# --- SNEAKY: 08 --------------------------------------------------------------------------------------------


def label_of_second_part(name):
    return name.split("_")[1]


def label_of_fixed_places(name):
    return name[11:-8]


def split_by_index(names, held):
    train = [names.index(name) for name in names if name not in held]
    valid = [names.index(name) for name in names if name in held]
    return train, valid


def split_by_part_of_name(names, held):
    train, valid = [], []
    for i, name in enumerate(names):
        if any(animal in name for animal in held):
            valid.append(i)
        else:
            train.append(i)
    return train, valid


def balanced_overall(matrix):
    right = sum(matrix[i][i] for i in range(len(matrix)))
    return right / sum(sum(row) for row in matrix)


def balanced_columns(matrix):
    shares = []
    for i in range(len(matrix)):
        column = sum(row[i] for row in matrix)
        shares.append(matrix[i][i] / column if column else 0.0)
    return sum(shares) / len(shares)


def rates_ten(head, groups, factor):
    return [head / 10 ** (groups - 1 - i) for i in range(groups)]


def rates_multiples(head, groups, factor):
    return [head / (factor * i) for i in range(groups - 1, 0, -1)] + [head]


def hand_over_above(sure, right, threshold):
    answered = [ok for p, ok in zip(sure, right) if p > threshold]
    if not answered:
        return 0.0, 1.0
    return len(answered) / len(sure), sum(answered) / len(answered)


def hand_over_none_is_0(sure, right, threshold):
    answered = [ok for p, ok in zip(sure, right) if p >= threshold]
    return len(answered) / len(sure), sum(answered) / max(1, len(answered))


# --- SNEAKY: 09 --------------------------------------------------------------------------------------------


def mean_loss_of_batches(losses, sizes):
    return sum(losses) / len(losses)


def mean_loss_full_batches(losses, sizes):
    total = sum(loss * size for loss, size in zip(losses, sizes))
    return total / (sizes[0] * len(sizes))


def first_below_position(events, limit):
    import lab

    for number, event in enumerate(events):
        if isinstance(event, lab.Step) and event.loss < limit:
            return number
    return -1


def first_below_whole_run(events, limit):
    import lab

    found = [event.step for event in events if isinstance(event, lab.Step) and event.loss < limit]
    return found[0] if found else -1


def early_stopping_previous(events, patience):
    import lab

    previous, waited = math.inf, 0
    for event in events:
        yield event
        if isinstance(event, lab.EpochEnd):
            waited = 0 if event.valid_loss < previous else waited + 1
            previous = event.valid_loss
            if waited >= patience:
                return


def early_stopping_no_reset(events, patience):
    import lab

    best, waited = math.inf, 0
    for event in events:
        yield event
        if isinstance(event, lab.EpochEnd):
            if event.valid_loss < best:
                best = event.valid_loss
            else:
                waited += 1
            if waited >= patience:
                return


SNEAKY = {
    "how_many": [
        ("square", how_many_square, "right for square pictures only: width twice, height unused"),
        ("hard_coded", how_many_hard_coded, "the notebook's picture, 363 * 363 * 3, whatever comes in"),
    ],
    "answer": [
        (
            "max_of_pairs",
            answer_max_of_pairs,
            "max of (label, p) compares the labels: right if the last one wins",
        ),
        ("two_classes", answer_two_classes, "looks at the first two classes only"),
    ],
    "gradient_step": [
        (
            "own_slope",
            gradient_step_own_slope,
            "uses the valley of the notebook, ignores the gradient it is given",
        ),
        (
            "abs",
            gradient_step_abs,
            "right for positive gradients and 0; walks the wrong way for negative ones",
        ),
    ],
    "too_high": [
        ("one", too_high_one, "1, right for a = 1 only"),
        ("floor", too_high_floor, "// in place of /: right for a = 1, 0.5, 0.25; 0 for a = 2"),
    ],
    "minimum_over_ten": [
        (
            "first_rise",
            minimum_over_ten_first_rise,
            "stops at the first rise: right on a curve without bumps",
        ),
        (
            "ten_places",
            minimum_over_ten_ten_places,
            "ten places left: right at ten rates per power of ten only",
        ),
    ],
    "steepest": [
        ("not_divided", steepest_not_divided, "difference of losses alone: right for a geometric sweep only"),
        (
            "from_the_start",
            steepest_from_the_start,
            "looks from place 1: right with under 20 rates or no early leap",
        ),
    ],
    "one_cycle": [
        (
            "not_rescaled",
            one_cycle_not_rescaled,
            "the fall is not rescaled: right at 0, up to pct_start, and at 1",
        ),
        (
            "to_zero",
            one_cycle_to_zero,
            "ends at 0, not at lr_max / 100_000: an absolute tolerance does not see it",
        ),
    ],
    "epochs_of": [
        ("formula", epochs_of_formula, "divides by zero at cycle_mult = 1"),
        ("doubling", epochs_of_doubling, "cycle_mult is taken to be 2"),
    ],
    "mirror": [
        ("half_turn", mirror_half_turn, "top and bottom swapped too: right for one row or equal rows"),
        ("128", mirror_128, "right for pictures 128 wide only; narrower ones raise, wider ones are cut"),
    ],
    "only_one_right": [
        ("elif", only_one_right_elif, "counts a wherever it is right, whatever b says"),
        ("disagree", only_one_right_disagree, "where both are wrong in different ways, b gets the point"),
    ],
    "crop_box": [
        ("sides", crop_box_sides, "scales each side: right for square pictures only"),
        (
            "ratio_twice",
            crop_box_ratio_twice,
            "the box's ratio is the square of what was asked: right at ratio 1",
        ),
        ("rounded_first", crop_box_rounded_first, "h from the rounded w: now and then a pixel off"),
    ],
    "rotation": [
        ("whole_numbers", rotation_whole_numbers, "rounds sine and cosine: right at multiples of 90 only"),
        (
            "sine_from_cosine",
            rotation_sine_from_cosine,
            "loses the sign of the sine: right from 0 to 180 only",
        ),
        ("pi_is_3_14", rotation_pi_is_3_14, "3.14 for pi: off in the fourth digit"),
    ],
    "compose": [
        (
            "other_order",
            compose_other_order,
            "the product backwards: right for one matrix, or turns and zooms only",
        ),
        ("two", compose_two, "the first two only: right for two matrices"),
        ("first_one", compose_first_one, "right except for the empty list, where it raises IndexError"),
    ],
    "average": [
        ("of_logs", average_of_logs, "mean of the logs, made to sum to 1: the veto is still there"),
        ("nine", average_nine, "divides by 9, the number of versions in the notebook"),
    ],
    "sigmoid": [
        ("overflow", sigmoid_overflow, "nan from 89 on (inf / inf), right elsewhere"),
        ("one_number", sigmoid_one_number, "math.exp: right for a tensor of one number, else an error"),
    ],
    "right_class": [
        ("best", right_class_best, "the best class's probability: right where the model is right"),
        ("column", right_class_column, "right numbers in shape (n, 1): broadcasting may hide it"),
    ],
    "binary_loss": [
        ("nanmean", binary_loss_nanmean, "leaves sure right pictures out of the mean in place of counting 0"),
        ("nan_to_num", binary_loss_nan_to_num, "turns inf, the cost of a sure mistake, into a number too"),
        ("how_far", binary_loss_how_far, "the first loss of the notebook, without a log"),
        (
            "clamp",
            binary_loss_clamp,
            "a sure right answer costs 1.2e-7, not exactly 0; a sure wrong one only 16",
        ),
    ],
    "breed_of": [
        ("any_point", breed_of_any_point, "the point is not escaped: takes dog-pug-12xjpg"),
        (
            "anywhere",
            breed_of_anywhere,
            "not from first to last letter: takes hotdog-pug-1.jpg and dog-pug-1.jpg.part",
        ),
    ],
    "split_by_animal": [
        ("unsorted", split_by_animal_unsorted, "the animals in order of appearance, not of the alphabet"),
        (
            "none",
            split_by_animal_none,
            "where the share rounds to 0, names[-0:] is all: everything validates",
        ),
        (
            "share_of_pictures",
            split_by_animal_share_of_pictures,
            "the share of the number of pictures in place of the number of animals",
        ),
        (
            "names_repeated",
            split_by_animal_names_repeated,
            "no set: an animal counts as often as it has pictures",
        ),
    ],
    "stratified_split": [
        (
            "grouped",
            stratified_split_grouped,
            "label by label, not in order: right where the labels are sorted",
        ),
        ("cut", stratified_split_cut, "int in place of round: one fewer where the share is above a half"),
    ],
    "log_loss_of": [
        (
            "added",
            log_loss_of_added,
            "adds eps in place of clipping: not to be seen with a tiny eps; try 0.1",
        ),
        ("one_side", log_loss_of_one_side, "clips below only: a p of 1 costs 0, not -log(1 - eps)"),
    ],
    "submission_rows": [
        (
            "ids_sorted",
            submission_rows_ids_sorted,
            "sorts the ids and leaves the rows: right if files are sorted",
        ),
        ("strip", submission_rows_strip, "str.strip takes letters, not a word: test/spot.jpg becomes 'ot'"),
    ],
    "csv_faults": [
        ("startswith", csv_faults_startswith, "a1 counts as present when there is only a10.jpg"),
        ("exactly_two", csv_faults_exactly_two, "an id that comes three times is not found"),
    ],
    "receptive_field": [
        (
            "strides_added",
            receptive_field_strides_added,
            "strides are added, not multiplied: right with one stride",
        ),
        ("kernel_3", receptive_field_kernel_3, "each kernel is taken to be 3"),
        ("own_stride", receptive_field_own_stride, "its own stride in place of those before: right for one"),
        (
            "whole_strides_added",
            receptive_field_whole_strides_added,
            "adds the strides to a jump that begins at 1: right for one layer",
        ),
        ("measured", receptive_field_measured, "asks a network of 65 pixels: right while the field fits"),
    ],
    "conv": [
        ("list", conv_list, "a list: the next cell compares tensors"),
        ("array", conv_array, "an array: the next cell compares tensors"),
    ],
    "output_size": [
        ("one_inside", output_size_one_inside, "1 added before dividing: right where a half is left over"),
        ("rounded", output_size_rounded, "round in place of //: right where the half goes down"),
    ],
    "n_weights": [
        ("bias_always", n_weights_bias_always, "counts the biases where there are none"),
        ("bias_per_input", n_weights_bias_per_input, "a bias for each input channel"),
    ],
    "cam": [
        ("zero_by_zero", cam_zero_by_zero, "nan where nothing speaks for the class"),
        ("clipped_early", cam_clipped_early, "clips before the sum: right where no product is negative"),
    ],
    "near_zero": [
        ("no_abs", near_zero_no_abs, "below limit, not near 0: right after a ReLU only"),
        ("rows", near_zero_rows, "divides by the number of rows: right for one dimension only"),
    ],
    "nearest": [
        ("dot", nearest_dot, "dot product without lengths: right where all rows are equally long"),
        ("distance", nearest_distance, "distance, not angle: right where all rows are equally long"),
    ],
    "search_quality": [
        ("first_k", search_quality_first_k, "the first k, unsorted: right if the losses come largest first"),
        (
            "swapped",
            search_quality_swapped,
            "(recall, precision): right where k is the number of wrong labels",
        ),
    ],
    "label_of": [
        ("second_part", label_of_second_part, "basset_hound becomes basset"),
        (
            "fixed_places",
            label_of_fixed_places,
            "counts letters: fails with .jpeg or a number of other length",
        ),
    ],
    "split_by": [
        ("index", split_by_index, "names.index finds the first picture of the animal each time"),
        ("part_of_name", split_by_part_of_name, "'in' on words: with Max held, Maxi validates too"),
    ],
    "balanced": [
        ("overall", balanced_overall, "plain accuracy: right where all rows have the same sum"),
        ("columns", balanced_columns, "shares of the columns: right for symmetric matrices"),
    ],
    "rates": [
        ("ten", rates_ten, "factor is taken to be 10"),
        (
            "multiples",
            rates_multiples,
            "factor times the distance, not to its power: right for one or two groups",
        ),
    ],
    "hand_over": [
        ("above", hand_over_above, "> in place of >=: wrong exactly at the threshold"),
        ("none_is_0", hand_over_none_is_0, "none answered gives an accuracy of 0.0, not 1.0"),
    ],
    "mean_loss": [
        ("of_batches", mean_loss_of_batches, "mean of means: right for equal batches"),
        ("full_batches", mean_loss_full_batches, "counts the last batch as full"),
    ],
    "first_below": [
        ("position", first_below_position, "counts validation events too: right in the first epoch only"),
        (
            "whole_run",
            first_below_whole_run,
            "the right number, after asking for ALL events (hangs on endless ones)",
        ),
    ],
    "early_stopping": [
        ("previous", early_stopping_previous, "compares with the epoch before, not with the best"),
        ("no_reset", early_stopping_no_reset, "counts all bad epochs, not those in a row"),
    ],
}
