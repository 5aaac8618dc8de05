"""What a run leaves behind: event records, request timelines, saving and loading."""
