"""Late data: a daily batch merged into ever longer histories, by tidegate and by what people write instead."""
