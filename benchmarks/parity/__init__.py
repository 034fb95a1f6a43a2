"""Do all backends compute the same, and does each serve what another one trained?"""
