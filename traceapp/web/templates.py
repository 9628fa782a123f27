"""Templates, compiled once for each language with its words in them, and without their indentation.

Looking each word up again on each page took longer than all else that a page says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, current_app
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from traceapp.web.inlining import Inlining

Say = Callable[[str], str]
_INDENT = re.compile(r"\n\s+")
_SPECIAL = re.compile("[&<>'\"]").search
_VALUE = re.compile(r"%\((\w+)\)s")


def render_template(template: str, /, **values: Any) -> str:
    """What it says of these values. Flask's own also tells it the request and more, which none of ours reads."""
    return current_app.jinja_env.get_template(template).render(values)


class _Template(Template):
    """Every template of ours has the same globals: what one imports needs not be made anew for another's."""

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        return super()._get_default_module()


class _Writer(CodeGenerator):
    """Writes text as text: Jinja's own makes Markup of each before it joins them."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


def _escaped(value: object) -> str:
    """As markupsafe's, but as a `str` where nothing is to be replaced."""
    if isinstance(value, str) and (type(value) is Markup or (type(value) is str and not _SPECIAL(value))):
        return value
    return escape(value)


def _options(options: Iterable[tuple[object, object]], chosen: object = "") -> Markup:
    """Options of a select, of which each is a value and its word."""
    told = [
        f'<option value="{_escaped(value)}"{" selected" if value == chosen else ""}>{_escaped(word)}</option>'
        for value, word in options
    ]
    return Markup("".join(told))


class Spoken(Environment):
    """Flask's environment, of which each language has its own, made from it when it is first asked for."""

    template_class = _Template
    code_generator_class = _Writer
    escaped = staticmethod(_escaped)
    say: Say | None = None
    """A text in the language at hand; set before the first template is asked for."""
    which: Callable[[], object] | None = None
    """The language at hand, by something that can be a key."""

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options)
        self.filters["options"] = _options
        self._of: dict[object, Spoken] = {}
        self.begin()

    def begin(self) -> None:
        """Nothing is compiled yet: an overlay shares nothing of that with what it was made from."""
        self._made: dict[str, Template] = {}
        self._read: dict[str, nodes.Template] = {}
        self._inlining = Inlining(self, self._parsed)

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
            found.begin()
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
        if self.overlayed and self.say is not None:
            source = self._spoken(source, name)
            if not self.auto_reload:
                self._inlining.put_macros_in(source, name)
                _write_blocks_whole(source)
        return super()._generate(source, name, *more, **named)

    def _spoken(self, source: nodes.Template, name: str | None) -> nodes.Template:
        escapes = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        assert self.say is not None
        spoken: nodes.Template = _PutIn(self.say, Markup if escapes else str).visit(source)
        return spoken

    def _parsed(self, name: str) -> nodes.Template:
        """A template that another takes something from, with its words in it."""
        if name not in self._read:
            assert self.loader is not None
            text, file, _ = self.loader.get_source(self, name)
            self._read[name] = self._spoken(self._parse(text, name, file), name)
        return self._read[name]


def _write_blocks_whole(source: nodes.Template) -> None:
    """Each piece that a block writes would pass through every block around it: they pass as one."""
    for block in list(source.find_all(nodes.Block)):
        if len(block.body) > 1 or not all(isinstance(one, nodes.Output) for one in block.body):
            whole = nodes.Filter(None, "safe", [], [], None, None, lineno=block.lineno)
            block.body = [nodes.FilterBlock(block.body, whole, lineno=block.lineno)]


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

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        """Words with values in them that are only shown are text and values."""
        self.generic_visit(node)
        node.nodes = [part for one in node.nodes for part in _parts(one)]
        return node

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.TemplateData:
        """What nobody on a phone should pay for is left out."""
        return nodes.TemplateData(_INDENT.sub("\n", node.data), lineno=node.lineno)


def _parts(node: nodes.Expr) -> list[nodes.Expr]:
    """What `Markup % values` joins: its text, and its values, which are escaped where they are written."""
    if not (isinstance(node, nodes.Mod) and isinstance(node.left, nodes.Const) and isinstance(node.right, nodes.Dict)):
        return [node]
    values = {pair.key.value: pair.value for pair in node.right.items if isinstance(pair.key, nodes.Const)}
    pieces = _VALUE.split(node.left.value)
    texts, names = pieces[::2], pieces[1::2]
    if not isinstance(node.left.value, Markup) or any("%" in one for one in texts) or not values.keys() >= {*names}:
        return [node]
    parts: list[nodes.Expr] = [nodes.TemplateData(texts[0])]
    for name, text in zip(names, texts[1:], strict=True):
        parts += [values[name], nodes.TemplateData(text)]
    return parts
