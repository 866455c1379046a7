"""Backgrounds and sprites of KAGE, and the scripts that draw them."""
