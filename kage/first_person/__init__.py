"""A room or a maze seen from inside: the agent walks to a goal, which then stands elsewhere, until the time is up."""
