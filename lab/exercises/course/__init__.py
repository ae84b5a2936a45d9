"""The exercises of the course: a module a notebook, named like it without its number."""
