"""The reasons why a run stops."""

REACHED, SPENT, UNREACHABLE = "reached n", "budget spent", "unreachable"
