"""KAGE: a platformer whose look is set along known axes, and what agents trained on it see, do and lose."""

from kage.config import Config, load_config_from_yaml, save_config_to_yaml
from kage.env import KAGE_Env
from kage.params import ConfigError

__all__ = ["Config", "ConfigError", "KAGE_Env", "load_config_from_yaml", "save_config_to_yaml"]
