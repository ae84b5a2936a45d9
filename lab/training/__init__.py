"""Training: the loop, the learner, its record, the rate finder, and what is saved of it."""
