"""Purchase between two parties: the model, its forms and its handlers."""
