"""From run folders to tables: pandas frames in, pandas frames out."""
