"""The prediction panel: a picture of one's own."""
