"""Why a run stops."""

REACHED, SPENT, UNREACHABLE = "reached n", "budget spent", "unreachable"
