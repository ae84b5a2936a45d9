"""The schedule panel: rates drawn before training with them."""
