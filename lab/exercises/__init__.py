"""Exercises that check themselves: for the course's notebooks, and for those of instructors.

    from lab import exercises
    course = exercises.open_sheet("04_loss_from_scratch")
    course.check("softmax", my_softmax)  # on hidden cases: what went in, came out, was expected
    course.hint("softmax")  # one hint more each time

A set of one's own is a list of `Exercise(name, task, answer, cases)`; see `notebooks/EXERCISES.md`.
"""

from lab.exercises.exercise import Exercise
from lab.exercises.exercise_set import ExerciseSet, open_sheet

Sheet = ExerciseSet  # the name in earlier notebooks

__all__ = ["Exercise", "ExerciseSet", "Sheet", "open_sheet"]
