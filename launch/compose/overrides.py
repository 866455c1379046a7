"""One override as it was typed: numbers where text is wanted stay text, and what is wrong is said in words of ours."""

import re
import shlex
from collections.abc import Callable, Iterator

from hydra.core.override_parser.overrides_visitor import HydraErrorListener
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException
from hydra.grammar.gen.OverrideLexer import CommonTokenStream, InputStream, OverrideLexer
from hydra.grammar.gen.OverrideParser import OverrideParser

from kage.launch.compose.schema import holds_text
from kage.launch.compose.tree import Tree
from kage.params import ConfigError, fault

NUMBER = re.compile(r"\d|inf|nan", re.I)  # in what the grammar may read as a number
COUNTED = ("range", "interval")  # functions whose arguments are numbers, whatever the key
ODD = re.compile(r"[^\w/\-\\+.$%*@?|:, ]", re.ASCII)  # characters that text without quotes cannot have


def spelled(text: str) -> str:
    """The override with quotes around what would be read as a number where text is wanted: 1.10 is not 1.1 there.

    An override that the grammar refuses is returned as it is.
    """
    key, _, value = text.partition("=")
    key = key.lstrip("+")
    if NUMBER.search(value) and (holds_text(key) or "{" in value):
        try:
            found = list(numbers(grammar(text), key))
        except HydraException:
            return text
        for start, stop in reversed(found):
            text = f"{text[:start]}'{text[start:stop]}'{text[stop:]}"
    return text


def grammar(text: str) -> OverrideParser.OverrideContext:
    """What Hydra's grammar makes of an override. HydraException if it is none."""
    lexer = OverrideLexer(InputStream(text))
    parser = OverrideParser(CommonTokenStream(lexer))
    for reader in (lexer, parser):
        reader.removeErrorListeners()
        reader.addErrorListener(HydraErrorListener())
    return parser.override()


def numbers(node, key: str) -> Iterator[tuple[int, int]]:
    """Where numbers stand that `key`, or a key in a mapping below it, wants as text: start and end in the override."""
    if isinstance(node, OverrideParser.PrimitiveContext):
        tokens = [part.symbol for part in node.getChildren() if part.symbol.type != OverrideLexer.WS]
        if len(tokens) == 1 and tokens[0].type in (OverrideLexer.INT, OverrideLexer.FLOAT) and holds_text(key):
            yield tokens[0].start, tokens[0].stop + 1
    elif isinstance(node, OverrideParser.DictKeyValuePairContext):
        yield from numbers(node.element(), f"{key}.{node.dictKey().getText()}")
    elif not isinstance(node, OverrideParser.FunctionContext) or node.getChild(0).getText() not in COUNTED:
        for part in getattr(node, "children", None) or ():
            yield from numbers(part, key)


def refusal(text: str, error: HydraException, tree: Tree) -> ConfigError:
    """The error for a text that is not an override, with the value in quotes where that helps. error: Hydra's own."""
    key, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[+~]*[\w.$/@-]+", key):
        meant = next((f"; nearest valid: {group}={text}" for group in tree.groups if text in tree.options(group)), "")
        return ConfigError(f"{text!r} is not an override: key=value is expected{meant}")
    better = f"{key}={quoted(value, lambda part: tree.reads(f'{key}={part}'))}"
    if holds_text(key.lstrip("+")) and better != text and tree.reads(better):
        odd = " ".join(dict.fromkeys(ODD.findall(value.strip("[]")) or ODD.findall(value)))
        return fault(key, value, f"text with {odd} stands in quotes, inside those of the shell", shlex.quote(better))
    try:
        grammar(text)
    except HydraException:
        return fault(key, value, "a value, choices a,b, a [list] or a {mapping: of values}; other characters in quotes")
    return ConfigError(f"{text!r} is not an override: {reason(error)}")


def quoted(value: str, reads: Callable[[str], bool]) -> str:
    """A value with quotes around the parts that need them: the whole, the choices or the items of a list."""
    if value.startswith("[") and value.endswith("]"):
        return f"[{quoted(value[1:-1], reads)}]"
    parts = value.split(",")
    return ",".join(part if reads(part) else QuotedString(part.strip(), Quote.double).with_quotes() for part in parts)


def reason(error: HydraException) -> str:
    """What an error of Hydra says is wrong, without the lines around it."""
    lines = [line for line in str(error).splitlines() if not line.startswith(("Error parsing override", "See http"))]
    return lines[0] if lines else str(error)
