"""Pure rules and formats: values in, values out. No I/O, no clock, no framework."""
