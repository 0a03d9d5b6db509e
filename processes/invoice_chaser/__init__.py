"""Invoice chaser: the model, its forms and its handlers."""
