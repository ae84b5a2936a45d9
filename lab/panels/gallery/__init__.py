"""The gallery panel: confusions that open their pictures, and marks on them."""
