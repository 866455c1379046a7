"""Methods: how policies are learnt. No method knows a world."""
