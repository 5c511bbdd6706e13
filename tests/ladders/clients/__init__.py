"""The clients that scenarios are played to, one file each."""
