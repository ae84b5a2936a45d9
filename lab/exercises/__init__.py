"""Exercises that check themselves: for the course's notebooks, and for those of instructors.

    from lab import exercises
    course = exercises.open_sheet("04_loss_from_scratch")
    course.check("softmax", my_softmax)  # on hidden cases: what went in, came out, was expected
    course.hint("softmax")  # one hint more each time

A sheet of one's own is a list of `Exercise(name, task, answer, cases)`; see `notebooks/EXERCISES.md`.
"""

from lab.exercises.exercise import Exercise
from lab.exercises.sheet import Sheet, open_sheet

__all__ = ["Exercise", "Sheet", "open_sheet"]
