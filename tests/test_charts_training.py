"""Charts of a run: what the curves hold, where the marks stand, and what the sentence says."""

from types import SimpleNamespace

import pytest

from lab.charts import draw, epochs


def history(valid, errors=None, batches=4, unfinished=0, **more):
    """A run with these validation losses and error rates, `batches` steps an epoch, some steps after it."""
    rows = []
    for i, loss in enumerate(valid):
        row = {"epoch": i, "train_loss": 1.0, "valid_loss": loss, "time": 6.0}
        rows.append(row | ({} if errors is None else {"error_rate": errors[i]}))
    steps = [
        {
            "step": k,
            "epoch": k // batches,
            "batch": k % batches,
            "loss": 3.0 - 0.1 * k,
            "smooth_loss": 3.0 - 0.05 * k,
            "lr": 1e-3 * (k + 1),
            "lrs": (1e-5 * (k + 1), 1e-3 * (k + 1)),
            "momentum": 0.9,
        }
        for k in range(len(valid) * batches + unfinished)
    ]
    return SimpleNamespace(steps=steps, epochs=rows, **more)


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def texts(figure):
    return [annotation.text for annotation in figure.layout.annotations]


# questions to the record


def test_metric_names_are_the_other_columns_with_numbers():
    rows = [{"epoch": 0, "train_loss": 1.0, "valid_loss": 1.0, "accuracy": 0.5, "note": None, "time": 1.0}]
    assert epochs.metric_names(rows) == ["accuracy"]
    assert epochs.metric_names([]) == []


@pytest.mark.parametrize(
    ("name", "lower"),
    [
        ("error_rate", True),
        ("log_loss", True),
        ("accuracy", False),
        ("top_5_accuracy", False),
        ("auc", False),
    ],
)
def test_errors_and_losses_are_better_when_lower(name, lower):
    assert epochs.lower_is_better(name) is lower
    assert epochs.lower_is_better(name, also=["auc"]) is (lower or name == "auc")


def test_the_best_epoch_is_the_earliest_of_equals_and_ignores_nan():
    rows = [{"accuracy": v} for v in (0.5, 0.9, float("nan"), 0.9)]
    assert epochs.best_epoch(rows, "accuracy") == 1
    assert epochs.best_epoch(rows, "accuracy", lower=True) == 0
    assert epochs.best_epoch(rows, "missing") is None


@pytest.mark.parametrize(
    ("valid", "errors", "turn"),
    [
        ([1.0, 0.8, 0.9, 1.0], [0.4, 0.3, 0.25, 0.2], 1),  # the loss rises, the metric goes on
        ([1.0, 0.8, 0.9, 1.0], [0.4, 0.3, 0.35, 0.4], None),  # both get worse
        ([1.0, 0.9, 0.8], [0.4, 0.3, 0.2], None),  # both get better to the end
        ([1.0], [0.4], None),
        ([None, None], [0.4, 0.3], None),  # no validation set
        ([], [], None),
    ],
)
def test_the_turning_point_is_where_the_loss_rises_while_the_metric_improves(valid, errors, turn):
    assert epochs.turning_point(history(valid, errors).epochs) == turn


def test_the_turning_point_knows_that_accuracy_rises():
    rows = [{"valid_loss": v, "accuracy": a} for v, a in [(0.8, 0.7), (0.9, 0.8), (1.0, 0.75)]]
    assert epochs.turning_point(rows) == 0
    assert epochs.turning_point(rows, lower=True) is None


# losses


def test_losses_are_the_rows_of_the_record():
    run = history([1.2, 0.8], [0.3, 0.2])
    chart = traces(draw("losses", run))
    assert list(chart) == ["each batch", "train", "valid", "best"]
    assert chart["each batch"].y == tuple(row["loss"] for row in run.steps)
    assert chart["train"].y == tuple(row["smooth_loss"] for row in run.steps)
    assert chart["train"].x == (0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75)
    assert (chart["valid"].x, chart["valid"].y) == ((1, 2), (1.2, 0.8))
    assert chart["each batch"].line.width < chart["train"].line.width


def test_losses_mark_the_best_epoch_by_the_metric_and_the_turning_point():
    figure = draw("losses", history([1.0, 0.8, 0.9], [0.3, 0.25, 0.2]))
    assert (traces(figure)["best"].x, traces(figure)["best"].y) == ((3,), (0.9,))
    assert [line.x0 for line in figure.layout.shapes] == [2, 3]
    assert "best error rate 0.200" in texts(figure)
    assert any("still improves" in text for text in texts(figure))
    assert figure.layout.meta["description"] == (
        "The error rate is best after 3 epochs: 0.200. "
        "The validation loss rises after 2 epochs while the error rate still improves."
    )


@pytest.mark.parametrize(("errors", "rows"), [([0.3, 0.25, 0.2], [0, 14]), ([0.3, 0.2, 0.25], [0])])
def test_what_is_said_of_the_losses_stands_above_the_curves_in_rows_of_its_own(errors, rows):
    layout = draw("losses", history([1.0, 0.8, 0.9], errors)).layout
    said = [note for note in layout.annotations if note.text.startswith(("best", "valid loss rises"))]
    assert [note.yshift for note in said] == rows
    for note in said:
        assert (note.yref, note.y, note.yanchor) == ("paper", layout.yaxis.domain[1], "bottom")


def test_losses_without_a_metric_mark_the_lowest_validation_loss():
    figure = draw("losses", history([1.0, 0.7, 0.9]))
    assert traces(figure)["best"].x == (2,)
    assert [line.x0 for line in figure.layout.shapes] == [2]
    assert figure.layout.meta["description"] == "The valid loss is best after 2 epochs: 0.700."


def test_losses_follow_a_metric_that_is_asked_for_and_refuse_one_that_is_not_there():
    run = history([1.0, 0.8, 0.9], [0.3, 0.25, 0.2])
    figure = draw("losses", run, metric="valid_loss")
    assert traces(figure)["best"].x == (2,)
    assert [line.x0 for line in figure.layout.shapes] == [2]
    with pytest.raises(ValueError, match=r"no metric 'acuracy'.*error_rate"):
        draw("losses", run, metric="acuracy")


def test_losses_of_a_run_that_goes_on_reach_to_the_planned_end():
    run = history([1.2], [0.3], unfinished=2, total_epochs=6)
    figure = draw("losses", run)
    assert figure.layout.xaxis.range == (0, 6 * 1.02)
    assert traces(figure)["train"].x[-1] == 1.25
    assert figure.layout.meta["description"].startswith("The training loss is 2.75")


@pytest.mark.parametrize(("epochs", "every"), [(1, 1), (8, 1), (9, 2), (30, 5), (500, 100)])
def test_epochs_are_marked_in_round_numbers(epochs, every):
    figure = draw("losses", history([1.2, 1.1], [0.3, 0.2]), epochs=epochs)
    assert figure.layout.xaxis.dtick == every


def test_the_first_epoch_is_as_wide_as_its_planned_batches():
    figure = draw("losses", history([], unfinished=3), n_batches=12)
    assert traces(figure)["train"].x == (0, 1 / 12, 2 / 12)
    assert traces(figure)["valid"].x == ()


def test_losses_survive_nan_and_a_run_without_validation():
    run = history([None, None])
    run.steps[3]["loss"] = run.steps[3]["smooth_loss"] = float("nan")
    figure = draw("losses", run)
    assert traces(figure)["each batch"].y[3] is None
    assert traces(figure)["valid"].y == (None, None)
    run.steps = [row | {"loss": float("nan"), "smooth_loss": float("nan")} for row in run.steps]
    assert draw("losses", run).layout.meta["description"] == "No loss was a number."


def test_losses_of_a_record_without_steps_draw_the_epochs():
    run = history([1.2, 0.8])
    run.steps = []
    assert traces(draw("losses", run))["train"].x == (1, 2)


def test_losses_before_the_first_step_say_so_and_have_their_traces():
    figure = draw("losses", history([]))
    assert [trace.name for trace in figure.data] == ["each batch", "train", "valid", "best"]
    assert texts(figure) == ["No step has been trained yet."]


def test_long_runs_are_thinned_and_keep_the_spike():
    run = history([1.0] * 50, batches=200)
    run.steps[4321]["loss"] = 99.0
    for trace in draw("losses", run).data:
        assert len(trace.x) == len(trace.y) <= 1000
    assert 99.0 in draw("losses", run).data[0].y


# rates


def test_rates_are_those_of_the_last_group_and_the_momentum_has_its_own_axis():
    run = history([1.0])
    chart = traces(draw("rates", run))
    assert list(chart) == ["rate", "momentum"]
    assert chart["rate"].y == tuple(row["lr"] for row in run.steps)
    assert chart["momentum"].yaxis == "y2"
    assert chart["rate"].hovertemplate == "rate %{y:.1e} at epoch %{x:.2f}<extra></extra>"


def test_rates_of_groups_are_one_curve_each_on_a_logarithmic_axis():
    run = history([1.0])
    figure = draw("rates", run, groups=True)
    assert [trace.name for trace in figure.data] == ["group 1", "group 2", "momentum"]
    assert figure.data[0].y == tuple(row["lrs"][0] for row in run.steps)
    assert figure.layout.yaxis.type == "log"


def test_rates_without_momentum_have_no_right_axis():
    run = history([1.0])
    run.steps = [{k: v for k, v in row.items() if k != "momentum"} for row in run.steps]
    figure = draw("rates", run)
    assert [trace.name for trace in figure.data] == ["rate"]
    assert "1.0e-03 over at most 4.0e-03 to 4.0e-03 in 4 steps" in figure.layout.meta["description"]


# metrics


def test_every_metric_has_a_plot_with_its_best_value_ringed():
    run = history([1.0, 0.8, 0.9], [0.3, 0.2, 0.25])
    for row in run.epochs:
        row["accuracy"] = 1 - row["error_rate"]
    figure = draw("metrics", run)
    assert [trace.name for trace in figure.data] == ["error rate", "accuracy"]
    assert figure.data[0].y == (0.3, 0.2, 0.25)
    assert figure.data[1].marker.size == (7, 12, 7)
    assert texts(figure) == ["<i>error rate, best 0.200</i>", "<i>accuracy, best 0.800</i>"]


def test_metric_names_are_escaped():
    run = history([1.0, 0.8])
    for row in run.epochs:
        row["<b>mine</b>"] = 0.5
    figure = draw("metrics", run)
    assert figure.data[0].name == "&lt;b&gt;mine&lt;/b&gt;"
    assert "<b>" not in texts(figure)[0]
