"""The tree of choices in a dataclass: made from flat names and values, and told by them again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, final

from inr.choices import Choice, Named, options, options_in, parameters_of, written
from inr.origins import Used, origins
from inr.parameters import Parameter

T = TypeVar("T")
Pairs = Iterator[tuple[str, Any]]


@final
@dataclass(frozen=True)
class Several:
    """Options of a kind, one a place: what a field has where several were named."""

    members: tuple[Choice, ...]
    own: tuple[tuple[str, ...], ...]
    """The names of the parameters that each member has for itself."""

    def __str__(self) -> str:
        pairs = zip(self.members, self.own, strict=True)
        return written([Named(type(m), {name: getattr(m, name) for name in own}) for m, own in pairs])

    def told(self) -> Pairs:
        """Tell the options, then the parameters that some take by their flat names: one value for all of these."""
        yield self.members[0].kind, str(self)
        for place, (member, own) in enumerate(zip(self.members, self.own, strict=True)):
            yield from ((name, value) for name, value in _counting(member, place).items() if name not in own)

    def effect(self) -> Pairs:
        """Tell what has effect, however it was written: each option with its values; one where all are alike."""
        first, *others = [(member.name(), _counting(member, i)) for i, member in enumerate(self.members)]
        alike = first[0], {name: value for name, value in first[1].items() if name not in self.members[0].first_only}
        if all(other == alike for other in others):
            yield self.members[0].kind, first[0]
            yield from first[1].items()
        else:
            yield self.members[0].kind, [first, *others]


def _counting(member: Choice, place: int) -> dict[str, Any]:
    """The parameters of a member that count in its place."""
    return {name: value for name, value in _flat(member) if not (place and name in member.first_only)}


def members(choice: Any) -> tuple[Any, ...]:
    """Give the options that a field has, one a place; what is not several stands alone."""
    return choice.members if isinstance(choice, Several) else (choice,)


def simplest(choice: Any) -> Any:
    """Give one option for several that are alike and say nothing of their own."""
    if isinstance(choice, Several) and not any(choice.own) and len(set(choice.members)) == 1:
        return choice.members[0]
    return choice


def build(cls: type[T], given: Mapping[str, Any], resolved: dict[str, Any]) -> T:
    """Make an instance of ``cls``, and of the choices in it, from flat names and values.

    ``resolved`` grows by each parameter that applies, a choice as its instance: conditions see what stands before them.
    A parameter that does not apply is None. Raises :class:`UsageError` for a value of a wrong type or out of range.
    """
    values: dict[str, Any] = {}
    for parameter in parameters_of(cls):
        if not parameter.applies(resolved):
            values[parameter.name] = None
            continue
        value = parameter.resolve(given.get(parameter.name, parameter.default), resolved)
        if value is None:  # follows another parameter: the class fills it in
            continue
        if named := options_in(parameter.name, value):
            value = _chosen(named, given, resolved)
        values[parameter.name] = resolved[parameter.name] = value
    return cls(**values)


def _chosen(named: Sequence[Named], given: Mapping[str, Any], resolved: dict[str, Any]) -> Choice | Several:
    option = named[0].option
    resolved[option.kind] = option  # its own parameters' conditions may ask the class
    return build(option, given, resolved) if len(named) == 1 else _several(named, given, resolved)


def _several(named: Sequence[Named], given: Mapping[str, Any], resolved: Mapping[str, Any]) -> Several:
    """Build options one a place, each with a default of its own where the defaults differ and nothing is said."""
    shared: dict[str, Any] = {}
    made, own = [], []
    for option, said in named:
        mine = {**_other_defaults(option, {**given, **said}, shared), **said}
        made.append(build(option, {**given, **mine}, {**resolved, option.kind: option}))
        own.append(tuple(parameter.name for parameter in parameters_of(option) if parameter.name in mine))
    return Several(tuple(made), tuple(own))


def _other_defaults(option: type[Choice], said: Mapping[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """The defaults of an option that differ from those of the options before it, which ``shared`` has and keeps."""
    unsaid = {p.name: p.default for p in parameters_of(option) if p.name not in (*said, *option.first_only)}
    return {name: default for name, default in unsaid.items() if shared.setdefault(name, default) != default}


def flat(instance: Any) -> dict[str, Any]:
    """Tell the flat names and values of an instance and of the choices in it, without what does not apply."""
    return dict(_flat(instance))


def effect(instance: Any) -> dict[str, Any]:
    """Tell names and values as :func:`flat` does, with one form for several options however they were written."""
    return dict(_flat(instance, Several.effect))


def _flat(instance: Any, of_several: Callable[[Several], Pairs] = Several.told) -> Pairs:
    for parameter in parameters_of(type(instance)):
        value = getattr(instance, parameter.name)
        if isinstance(value, Several):
            yield from of_several(value)
        elif isinstance(value, Choice):
            yield parameter.name, str(value)
            yield from _flat(value, of_several)
        elif value is not None:
            yield parameter.name, value


def plugins_of(instance: Any) -> list[Used]:
    """The plugins that define the choices in an instance, each beside the ``kind.name`` of its choice."""
    chosen = (getattr(instance, parameter.name) for parameter in parameters_of(type(instance)))
    found: list[Used] = []
    for choice in (member for each in chosen for member in dict.fromkeys(members(each))):
        if isinstance(choice, Choice):
            found += [(f"{choice.kind}.{choice}", plugin) for plugin in origins(type(choice))] + plugins_of(choice)
    return [*dict.fromkeys(found)]


def walk(cls: type) -> Iterator[tuple[Parameter, type]]:
    """Every parameter of ``cls`` and of all options of its choices, depth first, each with the class that has it."""
    for parameter in parameters_of(cls):
        yield parameter, cls
        for option in options(parameter.name).values():
            yield from walk(option)
