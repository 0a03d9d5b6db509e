"""Claims processing: the model, its forms and its handlers."""
