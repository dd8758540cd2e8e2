from . import live, main
