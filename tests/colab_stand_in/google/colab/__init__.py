"""Stands in for Colab's own module, which a kernel on Colab has loaded before the first cell."""
