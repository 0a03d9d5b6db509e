"""Patient intake: the model, its forms and its handlers."""
