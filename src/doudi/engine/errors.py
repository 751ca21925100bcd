"""Errors that a user can act on. Everything else is our fault."""


class InputError(Exception):
    """The call or the input is wrong.

    ``where`` names file, row or field; ``what`` says what is wrong; ``hint`` says what to do.
    The command prints it on one line and exits with status 2; pages show it beside the field.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(self.line())

    def line(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.hint:
            parts.append(self.hint)
        return "; ".join(parts).replace("\n", " ")
