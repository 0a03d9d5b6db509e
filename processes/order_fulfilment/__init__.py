"""Order fulfilment: the model, its forms and its handlers."""
