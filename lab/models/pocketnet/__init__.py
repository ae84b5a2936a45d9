"""The embedded backbone: MobileNetV3-Small features trained on drawn pictures only.

`pocketnet.safetensors` holds the weights, RECIPE.md says how they were made and what they reach, and
`recipe.py` is the code that made them.
"""

from pathlib import Path

WEIGHTS = Path(__file__).with_name("pocketnet.safetensors")
