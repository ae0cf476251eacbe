"""Quality: what a post says and how goes in; how likely it is an advert, abuse, low effort or off topic comes
out, with its reasons."""
