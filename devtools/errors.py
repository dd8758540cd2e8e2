"""The one exception that ends a command."""


class Stop(Exception):
    """End the command with one sentence that says what to do.

    :param sentence: shown as it is, without a traceback
    :param code: exit status of the command
    """

    def __init__(self, sentence, code=1):
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
