"""The augmentation panel: the same pictures under every transform."""
