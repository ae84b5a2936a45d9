"""How things that come with the lab were made. Run by hand; not part of the installed package."""
