"""Pay out: the model, its forms and its handlers."""
