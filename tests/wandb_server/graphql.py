"""Run a GraphQL document against plain Python values, by field name and without a schema.

A value is a dictionary whose entries are the fields: a constant, or a function that takes the field's
arguments by their GraphQL names. Queries that nobody foresaw then mostly answer themselves, and whatever is
not there raises `NotUnderstood`.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSyntaxError, parse
from graphql.language import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

Fields = Mapping[str, Any]


class NotUnderstood(Exception):
    """The fixture does not know the operation, field, argument or value that it was asked for."""


def operation_name(query: str) -> str:
    """Return the name of the document's one operation, or its first field where it has no name."""
    operation = _operation(_parse(query))
    if operation.name:
        return operation.name.value
    first = operation.selection_set.selections[0]
    return first.name.value if isinstance(first, FieldNode) else "?"


def execute(query: str, variables: Mapping[str, Any], roots: Mapping[str, Fields]) -> dict[str, Any]:
    """Return the `data` that answers `query`; `roots` holds the fields of "query" and of "mutation"."""
    document = _parse(query)
    operation = _operation(document)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    walk = _Walk(fragments, _with_defaults(operation, variables))
    return walk.select(operation.operation.value, roots[operation.operation.value], operation.selection_set)


def _parse(query: str) -> DocumentNode:
    try:
        return parse(query, no_location=True)
    except GraphQLSyntaxError as error:
        raise NotUnderstood(f"{error.message} in {query!r}") from error


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1:
        raise NotUnderstood(f"a document with {len(operations)} operations")
    return operations[0]


def _with_defaults(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {
        definition.variable.name.value: _literal(definition.default_value, {})
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return defaults | dict(variables)


@dataclass(frozen=True)
class _Walk:
    """One execution: the fragments of the document and the values of its variables."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def select(self, where: str, fields: Fields, selection: SelectionSetNode) -> dict[str, Any]:
        """Return the selected fields of one object."""
        answer: dict[str, Any] = {}
        for node in self._flatten(fields, selection):
            key = (node.alias or node.name).value
            value = self._field(where, fields, node)
            known = answer.get(key)
            answer[key] = known | value if isinstance(known, dict) and isinstance(value, dict) else value
        return answer

    def _flatten(self, fields: Fields, selection: SelectionSetNode) -> Iterator[FieldNode]:
        """Yield the fields of a selection set, with its fragments spread out."""
        for node in selection.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or _is_a(fields, node.type_condition.name.value):
                    yield from self._flatten(fields, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragment(node.name.value)
                if _is_a(fields, fragment.type_condition.name.value):
                    yield from self._flatten(fields, fragment.selection_set)

    def _fragment(self, name: str) -> FragmentDefinitionNode:
        if name not in self.fragments:
            raise NotUnderstood(f"fragment {name!r} is not defined")
        return self.fragments[name]

    def _included(self, node: SelectionNode) -> bool:
        return all(self._admits(directive) for directive in node.directives or ())

    def _admits(self, directive: DirectiveNode) -> bool:
        condition = self._arguments(directive).get("if")
        match directive.name.value:
            case "include":
                return bool(condition)
            case "skip":
                return not condition
        raise NotUnderstood(f"directive @{directive.name.value}")

    def _field(self, where: str, fields: Fields, node: FieldNode) -> Any:
        name = node.name.value
        here = f"{where}.{name}"
        if name not in fields:
            raise NotUnderstood(f"no field {here}; known are {', '.join(sorted(fields))}")
        value = _resolve(here, fields[name], self._arguments(node))
        return self._complete(here, value, node.selection_set)

    def _arguments(self, node: FieldNode | DirectiveNode) -> dict[str, Any]:
        """Return the arguments; one whose variable was not given is left out, as the specification has it."""
        return {
            argument.name.value: _literal(argument.value, self.variables)
            for argument in node.arguments or ()
            if not self._missing(argument.value)
        }

    def _missing(self, value: ValueNode) -> bool:
        return isinstance(value, VariableNode) and value.name.value not in self.variables

    def _complete(self, here: str, value: Any, selection: SelectionSetNode | None) -> Any:
        if value is None or selection is None:
            return value
        if isinstance(value, list):
            return [self._complete(here, item, selection) for item in value]
        if not isinstance(value, Mapping):
            raise NotUnderstood(f"{here} has no fields of its own: it is {value!r}")
        return self.select(here, value, selection)


def _is_a(fields: Fields, type_name: str) -> bool:
    return bool(fields.get("__typename", type_name) == type_name)


def _resolve(here: str, value: Any | Callable[..., Any], arguments: dict[str, Any]) -> Any:
    if not callable(value):
        if arguments:
            raise NotUnderstood(f"{here} takes no arguments, got {sorted(arguments)}")
        return value
    try:
        inspect.signature(value).bind(**arguments)
    except TypeError as error:
        raise NotUnderstood(f"{here}: {error}, got {sorted(arguments)}") from error
    return value(**arguments)


def _literal(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    """Return the Python value of a GraphQL literal or variable."""
    match node:
        case VariableNode():
            return variables.get(node.name.value)
        case NullValueNode():
            return None
        case IntValueNode():
            return int(node.value)
        case FloatValueNode():
            return float(node.value)
        case StringValueNode() | BooleanValueNode() | EnumValueNode():
            return node.value
        case ListValueNode():
            return [_literal(item, variables) for item in node.values]
        case ObjectValueNode():
            return {field.name.value: _literal(field.value, variables) for field in node.fields}
    raise NotUnderstood(f"a literal {node!r}")
