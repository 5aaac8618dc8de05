"""One run: servers up, warm up, drive, collect, analyse."""
