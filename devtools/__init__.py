"""The developers' tools of this addon; ``README.md`` beside this file explains them."""
