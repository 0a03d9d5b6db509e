"""Forms: one neutral schema for form-js and for fields that a model describes, checked here too.

fields = fields_of(form, variables)       what a person may enter, and within what limits
wrong = check_values(fields, values)      what is the matter, field by field
"""

from engine.forms.checking import FieldError, check_values, renamed
from engine.forms.schema import FormField, fields_of

__all__ = ["FieldError", "FormField", "check_values", "fields_of", "renamed"]
