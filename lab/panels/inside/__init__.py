"""The inside panel: activations, class-activation maps, statistics while it trains."""
