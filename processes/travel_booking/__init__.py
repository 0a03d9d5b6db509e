"""Travel booking: the model, its forms and its handlers."""
