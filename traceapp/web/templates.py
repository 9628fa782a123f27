"""Templates, compiled once for each language with its words in them, and without their indentation.

Looking each word up again on each page took longer than all else that a page says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

Say = Callable[[str], str]
_INDENT = re.compile(r"\n\s+")


class _Template(Template):
    """Every template of ours has the same globals: what one imports needs not be made anew for another's."""

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        return super()._get_default_module()


class Spoken(Environment):
    """Flask's environment, of which each language has its own, made from it when it is first asked for."""

    template_class = _Template
    say: Say | None = None
    """A text in the language at hand; set before the first template is asked for."""
    which: Callable[[], object] | None = None
    """The language at hand, by something that can be a key."""

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options)
        self._of: dict[object, Spoken] = {}
        self._made: dict[str, Template] = {}

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Template:
        """The template, compiled for the language at hand; a template that another names is of its language."""
        if self.overlayed:
            return self._known(name, parent, globals)
        if self.which is None:
            return super().get_template(name, parent, globals)
        lang = self.which()
        found = self._of.get(lang)
        if found is None:
            found = self._of[lang] = self.overlay()
            found._made = {}
        return found.get_template(name, parent, globals)

    def _known(self, name: Any, parent: str | None, given: Any) -> Template:
        """What never changes while the process lives is found at once."""
        found = self._made.get(name) if isinstance(name, str) else None
        if found is None:
            found = super().get_template(name, parent, given)
            if isinstance(name, str) and not self.auto_reload and given is None:
                self._made[name] = found
        return found

    def _generate(self, source: nodes.Template, name: str | None, *more: Any, **named: Any) -> str:
        escapes = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        if self.overlayed and self.say is not None:
            source = _PutIn(self.say, Markup if escapes else str).visit(source)
        return super()._generate(source, name, *more, **named)


class _PutIn(NodeTransformer):
    """Puts words in the place of `_('…')`, as Jinja's own newstyle gettext would when the page is made."""

    def __init__(self, say: Say, kind: type[str]) -> None:
        self._say = say
        self._kind = kind

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:
        """A word, or one with values in it."""
        self.generic_visit(node)
        said = node.args[0] if len(node.args) == 1 else None
        is_word = isinstance(node.node, nodes.Name) and node.node.name in ("_", "gettext")
        if not (is_word and isinstance(said, nodes.Const)) or node.dyn_args or node.dyn_kwargs:
            return node
        text = self._kind(self._say(said.value))
        if not node.kwargs:
            return nodes.Const(text % {}, lineno=node.lineno)
        values = [nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs]
        return nodes.Mod(nodes.Const(text), nodes.Dict(values), lineno=node.lineno)

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.TemplateData:
        """What nobody on a phone should pay for is left out."""
        return nodes.TemplateData(_INDENT.sub("\n", node.data), lineno=node.lineno)
