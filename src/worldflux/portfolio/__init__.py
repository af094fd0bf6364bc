"""Plans that are frozen before any score, and packets that account for every cell of them."""
