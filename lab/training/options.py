"""The options of learners and fits, and what other libraries call things that are done otherwise here."""

from lab.core.learner import RunOptions

RUN_OPTIONS = (*RunOptions.__annotations__, "patience", "keep_best", "monitor", "checkpoint", "resume")

_CALLBACKS = (
    "stop early with fit(..., patience=2), keep the best weights with fit(..., keep_best=True), or write the "
    "loop: for event in learn.steps(...)"
)
METHODS_ELSEWHERE = {
    "summary": "print(learn.model) shows its layers, learn.groups() its layer groups.",
    "no_bar": "Set the environment variable PAWLAB_QUIET=1 to see no progress.",
    "add_cb": f"{_CALLBACKS[0].upper()}{_CALLBACKS[1:]}.",
    "remove_cb": f"{_CALLBACKS[0].upper()}{_CALLBACKS[1:]}.",
    "fit_flat_cos": "Use fit_one_cycle, or steps() with a schedule of combine, flat and cosine.",
    "get_X_preds": "Use predict for one picture, get_preds(dl=dls.test_dl(items)) for several.",
    "opt": "It is called learn.optimiser.",
    "optimizer": "It is called learn.optimiser.",
    "sched": "Its records are in learn.recorder: plot_lr(), plot_loss().",
    "data": "It is called learn.dls.",
    "TTA": "It is called tta().",
    "interpret": "Use lab.ClassificationInterpretation.from_learner(learn).",
    "to_native_fp16": "It is called to_fp16().",
}
ELSEWHERE = {
    "cbs": _CALLBACKS,
    "callbacks": _CALLBACKS,
    "callback_fns": _CALLBACKS,
    "max_lr": "the peak of the cycle is called lr_max",
    "lr_max": "fit takes one constant rate, called lr",
    "n_epoch": "it is called epochs",
    "cyc_len": "it is called epochs",
    "final_div": "it is called div_final",
    "div_factor": "it is called div",
    "reset_opt": "make the optimiser anew with learn.reset_optimiser()",
    "suggest_funcs": "lr_find always gives four suggestions: lr_min, lr_steep, valley and slide",
    "lr": "the rate is an argument of fit(), fit_one_cycle() and the other ways of fitting",
    "n_in": "pictures are RGB here; for others give lab.Learner your own network and a batch transform",
    "n_out": "the head has one output for each class of the data",
    "ps": "the head's dropout is called dropout",
    "lin_ftrs": "the sizes of the head's hidden layers are called hidden",
    "custom_head": "set learn.model.head after making the learner; its new layers train",
    "normalize": "the model normalises its pictures by itself",
    "model_dir": "path is the folder; weights are kept in path/models",
    "start_epoch": "fine_tune is two runs; go on with the second by fit_one_cycle(..., start_epoch=...)",
    "checkpoint": "fine_tune is two runs; call freeze(), fit_one_cycle(...), unfreeze(), fit_one_cycle(...) "
    "and give each its own checkpoint=",
    "resume": "fine_tune is two runs; go on with one of them by fit_one_cycle(..., checkpoint=, resume=True)",
    "splitter": "layer groups come from the model's own groups()",
    "train_bn": "cnn_learner(train_bn=True) has it; a learner of your own model trains what requires grad",
}
