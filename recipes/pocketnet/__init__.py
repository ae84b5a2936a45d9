"""The embedded backbone: MobileNetV3-Small features trained on drawn pictures only.

`recipe.py` is the code that made `lab/models/pocketnet.safetensors`; README.md says how and what it reaches.
"""
