"""From files to batches: items, labels, splits, transforms, caches, loaders."""
