"""Panels: what a learner or its data can do, under buttons and sliders in a notebook.

A panel's state is a plain object; its view is made of core ipywidgets, figures that plotly draws, and one
small style sheet. This package is the only importer of ipywidgets.
"""
