"""The training panel: start, watch, pause, one step, stop."""
