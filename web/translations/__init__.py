"""What the console says in other languages than English: gettext catalogues."""
