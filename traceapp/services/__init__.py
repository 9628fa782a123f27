"""One public function per use case. Services never commit: the outermost caller does, once, and answers only after."""
