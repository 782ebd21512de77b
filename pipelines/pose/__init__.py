"""From a frame to landmarks that can be believed, and from them to a skeleton."""
