"""One visitor or one worker in words."""
