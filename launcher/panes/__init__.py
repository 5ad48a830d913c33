"""The parts of the window. A pane knows its model and not its siblings; GUI thread only."""
