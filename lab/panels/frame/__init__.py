"""What all panels are built on: the frame, its parts, charts, and work in the background."""
