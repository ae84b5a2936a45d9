"""The convolution panel: a 3x3 kernel slides over a patch of a picture, number by number."""
