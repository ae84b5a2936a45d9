"""Exercises that check themselves: for the course's notebooks, and for those of instructors.

    from lab import exercises
    course = exercises.load("04_loss_from_scratch")
    course.check("softmax", my_softmax)  # on hidden cases: what went in, came out, was expected
    course.hint("softmax")  # one hint more each time
    course.quiz()  # questions to click

A set of one's own is a list of `Exercise(name, task, answer, cases)`; see `notebooks/EXERCISES.md`.
"""

from lab.exercises.exercise import Exercise
from lab.exercises.exercise_set import ExerciseSet, load
from lab.panels.quiz import Question

Sheet, open_sheet = ExerciseSet, load  # the names in earlier notebooks

__all__ = ["Exercise", "ExerciseSet", "Question", "Sheet", "load", "open_sheet"]
