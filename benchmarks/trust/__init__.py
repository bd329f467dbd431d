"""Trust: galleries whose worth a person has said beforehand, and whether the verdict says the same."""
