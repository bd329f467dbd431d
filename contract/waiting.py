"""The reasons why a job's start is not known."""

REASONS = {  # a word for programs -> a clause for people
    "paused": "the service is paused",
    "no worker": "no worker is running",
    "not measured": "the speed of this model, or of a job ahead, is not known yet",
    "far behind": "the queue is long",
}
