"""A chart as a picture without a browser: drawn with Pillow, close to what plotly would show."""

from .render import to_png

__all__ = ["to_png"]
