"""The lab's end of the recording: workers say hello here, and their rings are read."""
