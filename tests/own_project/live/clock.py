import time


class Measured:
    def __enter__(self):
        self.begun = time.monotonic()

    def __exit__(self, *error):
        time.sleep(0.05)  # planted: context-manager
