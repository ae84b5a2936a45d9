"""Models: backbones, heads, layer groups, precomputed activations and the embedded `pocketnet`."""
