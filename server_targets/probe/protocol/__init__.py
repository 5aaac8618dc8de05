"""What crosses from a worker to the lab: records, their ring, the channel."""
