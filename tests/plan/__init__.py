"""Plans: what belongs to which stage, what nobody wrote down, the file."""
