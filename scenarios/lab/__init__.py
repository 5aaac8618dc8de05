"""The lab as a process of its own, so that drawing a frame never delays a request."""
