"""The linter that finds functions which hide each other."""

import textwrap

import pytest

from devtools.check_doubles import find_doubles

MODEL = """
class One(models.Model):
    _inherit = "mail.mail"

    def first(self):
        return 1

    def second(self):
        return super().second()
"""
OTHER = """
class Other(models.Model):
    {name}

    def {method}(self):
        return {value}
"""


def other(method="first", value="2", name='_inherit = "mail.mail"'):
    return OTHER.format(method=method, value=value, name=name)


@pytest.mark.parametrize(
    "text",
    [
        other(),
        other(name='_name = "mail.mail"'),
        other(name='_name = "mail.mail"\n    _inherit = ["mail.thread", "mail.bounced.mixin"]'),
        other(name='_inherit = ["mail.mail", "res.partner"]'),
        other(value="self.super"),
        other("second"),
    ],
)
def test_a_method_that_hides_another_one_of_the_model_is_found(text):
    [complaint] = find_doubles({"a.py": MODEL, "b.py": text})
    assert complaint.startswith("b.py:")
    assert "mail.mail." in complaint
    assert "hides that of a.py:" in complaint


@pytest.mark.parametrize(
    "text",
    [
        other(value="super().first()"),
        other(value="super(One, self.sudo()).first()"),
        other("third"),
        other(name='_inherit = "mail.message"'),
        other(name='_name = "mail.message"\n    _inherit = "mail.mail"'),
        other(name="_order = 'id'"),
    ],
)
def test_others_are_left_alone(text):
    assert find_doubles({"a.py": MODEL, "b.py": text}) == []


def test_what_one_file_defines_twice_is_found():
    twice = textwrap.dedent(
        """
        def helper():
            return 1

        def helper():
            return 2

        class One(models.Model):
            _inherit = "mail.mail"

            def first(self):
                return super().first()

            def first(self):
                return super().first()
        """
    )
    complaints = find_doubles({"a.py": twice})
    assert len(complaints) == 2
    assert "a.py:2: helper() is defined again in line 5" in complaints
    assert "a.py:11: first() is defined again in line 14" in complaints


def test_accessors_of_one_property_belong_together():
    text = textwrap.dedent(
        """
        class One:
            @property
            def name(self):
                return 1

            @name.setter
            def name(self, value):
                pass
        """
    )
    assert find_doubles({"a.py": text}) == []
