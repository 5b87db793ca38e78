"""From a shape to inputs: the least that is valid, and each way of crossing one of its limits."""

from __future__ import annotations

import copy
import re
from datetime import datetime, timezone
from typing import Callable, Iterator, NamedTuple

Path = tuple[str | int, ...]
# Gives an example for a member, or MODEL where the model alone says enough.
Example = Callable[[Path, object], object]
MODEL = object()

# Longer ones would be refused for the size of the request, and say nothing about the limit.
LENGTH_MAX = 1_000_000
ODD_LETTERS = ("\u0007", "\u2603", "!", " ", "^", "x")
TEXTS = (
    *("example", "1" * 12, "123456", "v1", "/", "arn:aws:iam::123456789012:role/example", "https://example.com"),
    # Ids in Organizations.
    *("o-exampleorg", "r-exam", "ou-exam-12345678", "p-12345678", "h-12345678", "rt-12345678"),
)


class Node(NamedTuple):
    """A member somewhere in an input."""

    path: Path
    shape: object
    is_required: bool


class Case(NamedTuple):
    """An input that is to be refused, and what is wrong with it."""

    kind: str
    path: Path
    limit: str
    params: dict

    def __str__(self) -> str:
        return f"{self.kind} {dotted(self.path)} {self.limit}".strip()


def dotted(path: Path) -> str:
    return ".".join(str(step) for step in path)


def nodes(shape, path: Path = (), above: tuple[str, ...] = ()) -> Iterator[Node]:
    """Every member of a shape, outermost first; a shape within itself is not entered again."""
    if shape is None or shape.name in above:
        return
    inner = above + (shape.name,)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield Node(path + (name,), member, name in shape.required_members)
            yield from nodes(member, path + (name,), inner)
    elif shape.type_name == "list":
        yield Node(path + (0,), shape.member, False)
        yield from nodes(shape.member, path + (0,), inner)


# Unicode's families of letters, as far as these tests write any.
FAMILIES = {
    r"\p{L}": "A-Za-z",
    r"\p{N}": "0-9",
    r"\p{Z}": " ",
    r"\p{M}": "",
    r"\p{S}": r"$+<=>^`|~",
    r"\p{P}": r"!-#%-*,-/:;?@\[-\]_{}",
}


def fits(text: str, shape) -> bool:
    """Whether a text keeps to the limits of its shape."""
    facts = shape.metadata
    return facts.get("min", 0) <= len(text) <= facts.get("max", LENGTH_MAX) and matches(text, shape)


def matches(text: str, shape) -> bool:
    pattern = shape.metadata.get("pattern")
    if pattern is None:
        return True
    # Python has no classes of Unicode's properties: letters, digits and blanks are near enough for examples.
    plain = pattern
    for family, letters in FAMILIES.items():
        # Within brackets or alone.
        plain = re.sub(rf"(?<!\[)(?<!\}}){re.escape(family)}(?=[+*.:({{]|$)", f"[{letters}]", plain).replace(family, letters)
    return re.fullmatch(plain, text, re.ASCII) is not None


def text_for(shape) -> str:
    if getattr(shape, "enum", None):
        return shape.enum[0]
    least = shape.metadata.get("min", 1)
    return next((text for text in (*TEXTS, "a" * least, "A" * least, "1" * least) if fits(text, shape)), "example")


def valid(shape, example: Example, path: Path = ()) -> object:
    """The least valid value of a shape."""
    given = example(path, shape)
    if given is not MODEL:
        return given
    kind = shape.type_name
    if kind == "structure":
        required = shape.required_members
        return {name: valid(shape.members[name], example, path + (name,)) for name in required}
    if kind == "list":
        return [item_of(shape.member, example, path + (0,))] * max(1, shape.metadata.get("min", 1))
    if kind == "map":
        return {}
    if kind in ("integer", "long", "float", "double"):
        return shape.metadata.get("min", 1)
    if kind == "boolean":
        return False
    if kind == "timestamp":
        return datetime(2026, 1, 1, tzinfo=timezone.utc)
    return b"example" if kind == "blob" else text_for(shape)


def full(shape, example: Example, path: Path = (), above: tuple[str, ...] = ()) -> object:
    """A valid value with every member there is."""
    given = example(path, shape)
    if given is not MODEL or shape.name in above:
        return given if given is not MODEL else valid(shape, example, path)
    inner = above + (shape.name,)
    if shape.type_name == "structure":
        return {name: full(member, example, path + (name,), inner) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [full(shape.member, example, path + (0,), inner)] * max(1, shape.metadata.get("min", 1))
    return valid(shape, example, path)


def item_of(shape, example: Example, path: Path) -> object:
    """An item of a list; one that needs no member gets its first, since the query protocol has no empty item."""
    made = valid(shape, example, path)
    if made == {} and shape.type_name == "structure" and shape.members:
        name, member = next(iter(shape.members.items()))
        made = {name: valid(member, example, path + (name,))}
    return made


def put(root, params: dict, path: Path, value: object, example: Example) -> dict:
    """A copy of an input with this value at the path; what it stands in is made if it is not there."""
    made = copy.deepcopy(params)
    held, shape = made, root
    for depth, step in enumerate(path[:-1], 1):
        shape = shape.member if isinstance(step, int) else shape.members[step]
        if isinstance(step, str) and step not in held:
            held[step] = copy.deepcopy(valid(shape, example, path[:depth]))
        held = held[step]
    held[path[-1]] = value
    return made


def without(params: dict, path: Path) -> dict:
    made = copy.deepcopy(params)
    held = made
    for step in path[:-1]:
        held = held[step]
    del held[path[-1]]
    return made


def missing(root, params: dict, example: Example) -> Iterator[Case]:
    """The input without each of the members that are required."""
    for path, shape, is_required in nodes(root):
        if is_required:
            whole = put(root, params, path, valid(shape, example, path), example)
            yield Case("missing", path, "", without(whole, path))


def beyond(root, params: dict, example: Example) -> Iterator[Case]:
    """The input with each of its limits crossed by one."""
    for path, shape, _ in nodes(root):
        sample = valid(shape, example, path)
        for limit, value in broken(shape, sample):
            yield Case("beyond", path, limit, put(root, params, path, value, example))


def within(root, params: dict, example: Example) -> Iterator[Case]:
    """The input with each of its limits just kept."""
    for path, shape, _ in nodes(root):
        sample = valid(shape, example, path)
        for limit, value in kept(shape, sample):
            yield Case("within", path, limit, put(root, params, path, value, example))


def kept(shape, sample: object) -> Iterator[tuple[str, object]]:
    facts, kind = shape.metadata, shape.type_name
    most, least = facts.get("max"), facts.get("min")
    if kind == "string" and getattr(shape, "enum", None):
        yield from ((f"enum {value}", value) for value in shape.enum)
    elif kind == "string":
        texts = []
        if most is not None and most < LENGTH_MAX:
            texts.append((f"max {most}", longer(str(sample), most)))
        if least:
            texts.append((f"min {least}", str(sample)[:least]))
        yield from (held for held in texts if fits(held[1], shape))
    elif kind in ("integer", "long"):
        yield from ((f"{name} {facts[name]}", facts[name]) for name in ("max", "min") if name in facts)
    elif kind == "list" and most is not None and most < LENGTH_MAX:
        yield f"items max {most}", list(sample[:1]) * most


def broken(shape, sample: object) -> Iterator[tuple[str, object]]:
    facts, kind = shape.metadata, shape.type_name
    most, least = facts.get("max"), facts.get("min")
    if kind == "string" and getattr(shape, "enum", None):
        yield "enum", "NoSuchValue"
    elif kind == "string":
        if most is not None and most < LENGTH_MAX:
            yield f"max {most}", longer(str(sample), most + 1)
        if least:
            yield f"min {least}", str(sample)[: least - 1]
        odd = odd_text(shape, str(sample))
        if odd is not None:
            yield "pattern", odd
    elif kind in ("integer", "long"):
        if most is not None:
            yield f"max {most}", most + 1
        if least is not None:
            yield f"min {least}", least - 1
    elif kind == "list":
        if most is not None and most < LENGTH_MAX:
            yield f"items max {most}", list(sample[:1]) * (most + 1)
        if least:
            yield f"items min {least}", list(sample[: least - 1])


def longer(text: str, length: int) -> str:
    """A text of this length that begins as the sample does and, for a path, ends as it does."""
    return text[:-1] + "a" * (length - len(text)) + text[-1:] if len(text) < length else text[:length]


def odd_text(shape, sample: str) -> str | None:
    """A text of a valid length that is not of the shape's pattern."""
    if "pattern" not in shape.metadata:
        return None
    for letter in ODD_LETTERS:
        for text in (sample[:-1] + letter, letter * max(1, shape.metadata.get("min", 1))):
            in_length = shape.metadata.get("min", 0) <= len(text) <= shape.metadata.get("max", LENGTH_MAX)
            if in_length and not matches(text, shape):
                return text
    return None
