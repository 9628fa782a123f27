"""Macros put in the place where they are called, before Jinja compiles a template.

A call of a macro costs more than most of what macros write here, and inside it nothing is known of what it was given.
Put in its place, a field of a form is text with two or three values in it: what is given as a constant is part of the
text, and what is asked of it is answered once. A call that would mean something else there stays a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jinja2 import Environment, meta, nodes
from jinja2.optimizer import Optimizer

Read = Callable[[str], nodes.Template]
"""The parsed template of that name, which nobody changes."""
Macros = dict[str, "_Known"]
_NOT_MOVED = (nodes.Block, nodes.CallBlock, nodes.FromImport, nodes.Import, nodes.Include, nodes.Macro)


class Inlining:
    """Of one environment; remembers the macros of each template that another takes some from."""

    def __init__(self, environment: Environment, read: Read) -> None:
        self._environment = environment
        self._read = read
        self._macros: dict[str, Macros] = {}
        self._wanted: dict[str, set[str]] = {}

    def put_macros_in(self, source: nodes.Template, name: str | None) -> None:
        """Replace the calls in the template, which is called `name`."""
        context = nodes.EvalContext(self._environment, name)
        source.body = _PutIn(self._macros_of(source), _Folded(self._environment, context)).all(source.body)
        self._drop_imports(source)

    def _macros_in(self, name: str) -> Macros:
        if name not in self._macros:
            self._macros[name] = self._macros_of(self._read(name))
        return self._macros[name]

    def _macros_of(self, source: nodes.Template) -> Macros:
        """By the template's names for them; a name that it also gives to something else is not among them."""
        found: Macros = {}
        for node in source.body:
            if isinstance(node, nodes.Macro):
                found[node.name] = _Known(_copied(node, {}), found, frozenset(self._environment.globals))
            elif isinstance(node, nodes.FromImport) and isinstance(node.template, nodes.Const):
                theirs = self._macros_in(node.template.value)
                found.update({ours: theirs[name] for name, ours in _names(node) if name in theirs})
        for name in _stored(one for one in source.body if not isinstance(one, nodes.Macro)):
            found.pop(name, None)
        return found

    def _drop_imports(self, source: nodes.Template) -> None:
        """Of what nothing calls any more."""
        used = _loaded([source]) | self._wanted_around(source)
        for node in source.body:
            if isinstance(node, nodes.FromImport):
                node.names = [one for one, (_, ours) in zip(node.names, _names(node), strict=True) if ours in used]
        source.body = [one for one in source.body if not isinstance(one, nodes.FromImport) or one.names]

    def _wanted_around(self, source: nodes.Template) -> set[str]:
        """Names that the templates it extends or includes do not have from themselves."""
        wanted: set[str] = set()
        for node in _all_of([source]):
            if isinstance(node, nodes.Extends | nodes.Include):
                if not isinstance(node.template, nodes.Const):
                    # Nobody knows which: it may want any.
                    imports = (one for one in source.body if isinstance(one, nodes.FromImport))
                    return {ours for one in imports for _, ours in _names(one)}
                wanted |= self._wanted_by(node.template.value)
        return wanted

    def _wanted_by(self, name: str) -> set[str]:
        if name not in self._wanted:
            other = _copied(self._read(name), {})
            self.put_macros_in(other, name)
            self._wanted[name] = meta.find_undeclared_variables(other) | self._wanted_around(other)
        return self._wanted[name]


@dataclass
class _Known:
    """A macro, the macros that its own template knows, and the names that mean the same everywhere."""

    macro: nodes.Macro
    around: Macros
    everywhere: frozenset[str]

    @cached_property
    def stored(self) -> frozenset[str]:
        """What it gives names to, besides what it is given."""
        return _stored(self.macro.body)

    @cached_property
    def is_whole(self) -> bool:
        """Whether all that it needs is given to it, and no name means two things in it."""
        free = meta.find_undeclared_variables(
            nodes.Template([self.macro], lineno=1, environment=self.macro.environment)
        )
        own = {one.name for one in self.macro.args} | self.stored
        moves = all(self.macro is one or not isinstance(one, _NOT_MOVED) for one in _all_of([self.macro]))
        return moves and free <= self.everywhere | self.around.keys() and not own & self.around.keys()

    def given(self, call: nodes.Call) -> dict[str, nodes.Expr] | None:
        """What the call says for each of its arguments; None where it says too much or too little."""
        names = [one.name for one in self.macro.args]
        defaults = dict(zip(reversed(names), reversed(self.macro.defaults), strict=False))
        said = dict(zip(names, call.args, strict=False)) | {one.key: one.value for one in call.kwargs}
        is_plain = not call.dyn_args and not call.dyn_kwargs and len(call.args) + len(call.kwargs) == len(said)
        given = defaults | said
        return given if is_plain and given.keys() == set(names) else None


class _PutIn:
    """Replaces calls of these macros where their answer is written; `is_inside`: another macro."""

    def __init__(self, macros: Macros, folded: _Folded, *, is_inside: bool = False) -> None:
        self._macros = macros
        self._folded = folded
        self._is_inside = is_inside

    def all(self, body: Sequence[nodes.Node]) -> list[Any]:
        """These statements, with what they write in a row in one."""
        found: list[nodes.Node] = []
        for node in body:
            for one in self._output(node) if isinstance(node, nodes.Output) else [self._inside(node)]:
                before = found[-1] if found else None
                if isinstance(one, nodes.Output) and isinstance(before, nodes.Output):
                    before.nodes = [*before.nodes, *one.nodes]
                else:
                    found.append(one)
        return found

    def _output(self, node: nodes.Output) -> list[nodes.Node]:
        """What is written, in as many statements as it takes."""
        found: list[nodes.Node] = []
        written: list[nodes.Expr] = []
        for child in node.nodes:
            body = self._body_of(child, child.node) if isinstance(child, nodes.Call) else None
            if body is None:
                written.append(child)
            else:
                found += [nodes.Output(written, lineno=node.lineno), *body] if written else body
                written = []
        return [*found, nodes.Output(written, lineno=node.lineno)] if written else found

    def _inside(self, node: nodes.Node) -> nodes.Node:
        """A statement with others in it; what a macro that stays names itself is none of the macros around it."""
        inner = self
        if isinstance(node, nodes.Macro):
            own = _stored([node])
            macros = {name: known for name, known in self._macros.items() if name not in own}
            inner = _PutIn(macros, self._folded, is_inside=self._is_inside)
        for name in ("body", "elif_", "else_"):
            if name in node.fields and (body := getattr(node, name)):
                setattr(node, name, inner.all(body))
        return node

    def _body_of(self, call: nodes.Call, called: nodes.Expr) -> list[nodes.Node] | None:
        """What the call writes; None where it stays a call."""
        known = self._macros.get(called.name) if isinstance(called, nodes.Name) else None
        given = known.given(call) if known and known.is_whole else None
        if known is None or given is None:
            return None
        if self._is_inside and _loaded(given.values()) & self._macros.keys():
            # The macro that is called for a value has no name where this one is put.
            return None
        told = _may_be_told(given, known.stored.union(known.around))
        body = self._folded.all([_copied(one, told) for one in known.macro.body])
        body = _PutIn(known.around, self._folded, is_inside=True).all(body)
        if known.around and _loaded(body) & known.around.keys():
            return None
        bound = given.keys() - told.keys()
        if not bound and not known.stored:
            return body
        targets = [nodes.Name(name, "param", lineno=call.lineno) for name in bound]
        return [nodes.With(targets, [given[name] for name in bound], body, lineno=call.lineno)]


def _may_be_told(given: Mapping[str, nodes.Expr], own: frozenset[str]) -> dict[str, nodes.Expr]:
    """Constants, and names that mean the same inside: what may stand for an argument wherever that is read.

    `own` are names to which the macro, or its template, gives a meaning.
    """

    def means_the_same(name: str, value: nodes.Expr) -> bool:
        if isinstance(value, nodes.Name):
            return value.name == name or value.name not in {*own, *given, "loop"}
        return isinstance(value, nodes.Const)

    return {name: value for name, value in given.items() if name not in own and means_the_same(name, value)}


class _Folded(Optimizer):
    """Answers what is asked of constants, and leaves out what never happens."""

    def __init__(self, environment: Environment, context: nodes.EvalContext) -> None:
        super().__init__(environment)
        self._context = context

    def generic_visit(self, node: nodes.Node, *_: Any, **__: Any) -> nodes.Node:
        """Text that stands in a template is what it is."""
        return node if isinstance(node, nodes.TemplateData) else super().generic_visit(node, self._context)

    def visit_If(self, node: nodes.If, *_: Any) -> nodes.Node | list[nodes.Node]:
        """What is left of it, with the conditions that nobody knows yet."""
        unknown: list[nodes.If] = []
        last = node.else_
        for one in (node, *node.elif_):
            test = self.visit(one.test)
            if not isinstance(test, nodes.Const):
                unknown.append(nodes.If(test, self.all(one.body), [], [], lineno=one.lineno))
            elif test.value:
                last = one.body
                break
        if not unknown:
            return self.all(last)
        unknown[0].elif_, unknown[0].else_ = unknown[1:], self.all(last)
        return unknown[0]

    def visit_CondExpr(self, node: nodes.CondExpr, *_: Any) -> nodes.Node:
        """One of both where it is known which."""
        test = self.visit(node.test)
        if not isinstance(test, nodes.Const) or node.expr2 is None:
            return self.generic_visit(node)
        return self._one(node.expr1 if test.value else node.expr2)

    def visit_And(self, node: nodes.And, *_: Any) -> nodes.Node:
        """The second where the first is known to hold."""
        left = self._one(node.left)
        if not isinstance(left, nodes.Const):
            return self.generic_visit(node)
        return self._one(node.right) if left.value else left

    def visit_Or(self, node: nodes.Or, *_: Any) -> nodes.Node:
        """The second where the first is known not to hold."""
        left = self._one(node.left)
        if not isinstance(left, nodes.Const):
            return self.generic_visit(node)
        return left if left.value else self._one(node.right)

    def _one(self, node: nodes.Node) -> nodes.Node:
        found: nodes.Node = self.visit(node)
        return found

    def all(self, body: Iterable[nodes.Node]) -> list[Any]:
        """Each of these visited."""
        return [found for one in body for found in self.visit_list(one)]


def _copied(node: Any, told: Mapping[str, nodes.Expr]) -> Any:
    """A node of its own, with what is told in the place of names."""
    if isinstance(node, list):
        return [_copied(one, told) for one in node]
    if not isinstance(node, nodes.Node):
        return node
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name in told:
        return _copied(told[node.name], {})
    return type(node)(
        *[_copied(getattr(node, name), told) for name in node.fields], lineno=node.lineno, environment=node.environment
    )


def _all_of(found: Iterable[nodes.Node]) -> Iterable[nodes.Node]:
    waiting = list(found)
    while waiting:
        node = waiting.pop()
        yield node
        for name in node.fields:
            inside = getattr(node, name)
            if isinstance(inside, list):
                waiting += [one for one in inside if isinstance(one, nodes.Node)]
            elif isinstance(inside, nodes.Node):
                waiting.append(inside)


def _loaded(found: Iterable[nodes.Node]) -> set[str]:
    return {one.name for one in _all_of(found) if isinstance(one, nodes.Name) and one.ctx == "load"}


def _stored(found: Iterable[nodes.Node]) -> frozenset[str]:
    return frozenset(one.name for one in _all_of(found) if isinstance(one, nodes.Name) and one.ctx != "load")


def _names(node: nodes.FromImport) -> list[tuple[str, str]]:
    """(its name there, its name here) of each."""
    return [one if isinstance(one, tuple) else (one, one) for one in node.names]
