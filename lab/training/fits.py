"""The ways of fitting: each chooses a schedule, drains the learner's `steps()` and shows the epoch table."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from lab.progress import tell
from lab.training.events import Event
from lab.training.lr_finder import LRFind, find_lr
from lab.training.optimisers import set_weight_decay
from lab.training.plans import Plan, flat_plan, one_cycle_plan, sgdr_plan
from lab.training.table import epoch_table, in_notebook

Rate = float | slice | Sequence[float]
Decay = float | Sequence[float] | None


class Fits:
    """The training half of a `Learner`. A rate is a number, a slice(first, last) or one per layer group;
    a weight decay wd is a number or one per layer group, None for the learner's own.
    """

    table = staticmethod(epoch_table)  # (history, batches) -> what shows the epochs: `feed(event)`, `close()`

    def fit(self, epochs: int, lr: Rate = 1e-3, wd: Decay = None) -> None:
        """Train at a constant rate."""
        self._drain(flat_plan(epochs, self.rates(lr), self.moms), wd)

    def fit_one_cycle(
        self,
        epochs: int,
        lr_max: Rate = 1e-3,
        div: float = 25.0,
        div_final: float = 1e5,
        pct_start: float = 0.25,
        moms: tuple[float, float, float] | None = None,
        wd: Decay = None,
    ) -> None:
        """Train with one cycle: the rate rises to lr_max and falls again, the momentum does the opposite.

        lr_max: a number, a slice or an array, as in `fit`. The rate starts at lr_max / div and ends at
        lr_max / div_final; pct_start: the share of the run that it rises. Source: Smith, 2018; 2020 lesson.
        """
        moms = moms if moms is not None else self.moms
        self._drain(one_cycle_plan(epochs, self.rates(lr_max), moms, pct_start, div, div_final), wd)

    def fit_sgdr(
        self,
        n_cycles: int,
        lr_max: Rate = 1e-3,
        cycle_len: int = 1,
        cycle_mult: int = 1,
        wd: Decay = None,
    ) -> None:
        """Train with warm restarts: within a cycle the rate falls from lr_max to nothing as a cosine.

        The first cycle is cycle_len epochs long, each further one cycle_mult times the one before.
        Source: Loshchilov and Hutter, 2016; 2018 lessons.
        """
        self._drain(sgdr_plan(n_cycles, self.rates(lr_max), self.moms, cycle_len, cycle_mult), wd)

    def fine_tune(
        self,
        epochs: int,
        base_lr: float = 2e-3,
        freeze_epochs: int = 1,
        lr_mult: float = 100,
        pct_start: float = 0.3,
        div: float = 5.0,
        **kwargs,
    ) -> None:
        """Train the head with the body frozen, then everything at discriminative rates (2020 lesson).

        freeze_epochs at base_lr; then `epochs` with the last group at base_lr / 2 and the first at
        lr_mult times less. Further arguments go to `fit_one_cycle`.
        """
        self.turns.check("fine_tune")
        self.freeze()
        self.fit_one_cycle(freeze_epochs, slice(base_lr), pct_start=0.99, **kwargs)
        if len(self.history) < freeze_epochs:
            return  # stopped with Ctrl-C: that means the whole, not its first half
        base_lr /= 2
        self.unfreeze()
        self.fit_one_cycle(epochs, slice(base_lr / lr_mult, base_lr), pct_start=pct_start, div=div, **kwargs)

    def lr_find(
        self,
        start_lr: float = 1e-7,
        end_lr: float = 10.0,
        num_it: int = 100,
        stop_div: bool = True,
        show: bool = True,
    ) -> LRFind:
        """Find a learning rate: a mock training whose rate rises from start_lr to end_lr in num_it steps.

        The learner is left bit-identical, also after an exception. stop_div: end when the loss runs away.
        show: in a notebook, display the curve. Returns an `LRFind`, which unpacks into (lr_min, lr_steep).
        """
        found = find_lr(self, start_lr, end_lr, num_it, stop_div)
        if show and in_notebook():
            from IPython.display import display

            display(found.plot())
        return found

    def carry_out(self, plan: Plan, wd: Decay = None) -> Iterator[Event]:
        """`steps()` of a plan: the same iterator of events, with the weight decay set."""
        set_weight_decay(self.optimiser, self.wd if wd is None else wd)
        return self.steps(plan.epochs, plan.schedule, plan.multiples, plan.momentum)

    def _drain(self, plan: Plan, wd: Decay) -> None:
        with self.turns.run("fit"), closing(self.carry_out(plan, wd)) as events:
            table = self.table(self.history, self.history.total_batches)
            try:
                for event in events:
                    table.feed(event)
            except KeyboardInterrupt:
                tell(
                    f"Stopped in epoch {len(self.history) + 1} of {plan.epochs}, "
                    f"after {len(self.history.steps)} steps. "
                    "The model and the history keep what was learnt so far."
                )
            finally:
                table.close()
