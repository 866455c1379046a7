"""The walking figures, drawn pixel by pixel."""
