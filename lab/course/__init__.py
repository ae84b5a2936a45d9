"""The course as files: notebooks that are run, compared, refreshed, checked for cleanliness and copied.

    python -m lab notebooks                  the course in a folder of one's own
    python -m lab check my_lesson.ipynb      run a notebook as CI does, and compare
    python -m lab.course.refresh             run the course's notebooks and save what comes out

The notebooks lie in `notebooks/`, their exercises in `lab/exercises/`. What runs notebooks (pytest, nbclient,
psutil) comes with `pip install "pawlab[notebooks]"` and is imported only where it is used.
"""
