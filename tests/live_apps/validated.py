"""The callable of bare.py, with both sides of the interface checked by wsgiref.validate."""

from wsgiref.validate import validator

from bare import application as bare

application = validator(bare)
