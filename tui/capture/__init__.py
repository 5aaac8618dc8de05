"""The screen as files: a Frame is what a terminal shows, and SVG, PNG and terminal recordings are made from it.

    the app's screen ──► Frame ──► svg ──► png       (one frame)
                           └─────► cast              (many, one after the other)

Pure but for `png`, which looks at the machine for signs that our font lacks; `screen_frame` alone knows Textual.
"""
