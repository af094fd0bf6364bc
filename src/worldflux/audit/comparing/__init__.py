"""Two evidence packages side by side: may they be compared, did anything change, and what would have shown?"""
