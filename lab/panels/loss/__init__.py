"""The loss panel: activations followed to the loss, step by step."""
