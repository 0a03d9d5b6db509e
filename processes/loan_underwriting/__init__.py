"""Loan underwriting: the model, its forms and its handlers."""
