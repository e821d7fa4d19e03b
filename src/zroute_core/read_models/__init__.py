"""One question a file: a frozen answer and a pure fold. Any of them may be thrown away and folded again."""
