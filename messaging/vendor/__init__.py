"""The vendor's protocol in plain Python: no Django, nothing of ours, publishable alone."""
