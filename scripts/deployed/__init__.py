"""What scripts/deployment.py checks, a file for each part."""
