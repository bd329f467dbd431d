"""Upper limits on the lists of a request, whatever the settings allow."""

MOST_NEURONS = 64  # of a job
MOST_VALUES = 1000  # that a sweep goes through
MOST_OPTIONS = 64  # of a method
