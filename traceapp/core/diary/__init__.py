"""The diary: its forms, what is typed into them, what earlier entries say, the plan of control points."""
