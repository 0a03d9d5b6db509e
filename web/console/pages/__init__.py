"""One module a group of pages; being in the folder is being served."""
