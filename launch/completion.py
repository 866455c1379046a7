"""kage completion: lines for bash, zsh and fish that make them complete verbs, flags, keys and options.

The lines ask `kage completion words WORD...` for what the last word may become, so option files and packages of one's
own are completed too. Without an answer the shell completes names of files.
"""

import contextlib
import io
import re
from collections.abc import Iterator, Sequence

from kage.launch.cli import VERBS, function
from kage.params import ConfigError, fault, nearest

BASH = r"""_kage() {
    local line="${COMP_LINE:0:COMP_POINT}" IFS=$' \t\n' words word
    read -ra words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=("")
    word="${words[-1]}"
    IFS=$'\n'
    COMPREPLY=($(kage completion words "${words[@]:1}" 2> /dev/null))
    # Bash replaces only what follows the last equals sign.
    [[ "$word" == *=* && "$COMP_WORDBREAKS" == *=* ]] && COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*=}"}"}")
    [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *[=.] ]] && compopt -o nospace
    return 0
}
complete -o default -F _kage kage"""

ZSH = r"""(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_kage() {
    local -a found begun
    found=(${(f)"$(kage completion words "${(@)words[2,CURRENT]}" 2> /dev/null)"})
    (( $#found )) || { _files; return }
    begun=(${(M)found:#*[=.]})
    (( $#begun )) && compadd -Q -S '' -- $begun
    found=(${found:#*[=.]})
    (( $#found )) && compadd -Q -- $found
}
compdef _kage kage"""

FISH = r"""function __kage
    set -l word (commandline -ct)
    set -l before (commandline -opc)
    set -l found (kage completion words $before[2..-1] "$word" 2> /dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$word"
    end
end
complete -c kage -f -a '(__kage)'"""

SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
COMPOSE = ("run", "search", "plan", "certify", "export", "gallery", "play")  # verbs that take overrides
BENCHES = ("env", "train", "compile", "memory", "commands")


def main(arguments: list[str]) -> int:
    """kage completion SHELL, or for the shells themselves: kage completion words WORD..."""
    if arguments[:1] == ["words"]:
        print("".join(f"{word}\n" for word in candidates(arguments[1:])), end="")
        return 0
    shell = arguments[0] if len(arguments) == 1 else " ".join(arguments)
    if shell in ("-h", "--help"):
        print('usage: kage completion {bash,zsh,fish}\n\nin ~/.bashrc or ~/.zshrc: eval "$(kage completion bash)", '
              "with the shell's name;\nin ~/.config/fish/config.fish: kage completion fish | source")  # fmt: skip
        return 0
    if shell not in SHELLS:
        raise fault("SHELL", shell, f"one of {', '.join(SHELLS)}", nearest(shell, SHELLS))
    print(SHELLS[shell])
    return 0


def candidates(words: Sequence[str]) -> list[str]:
    """What the last word, which may be empty, can become. words: those after `kage`."""
    *before, word = words or [""]
    if not before:
        found = [*VERBS, "--help", "--version"]
    elif word.startswith("-"):
        found = flags(before[0])
    else:
        found = {"params": parameters, "bench": lambda word: BENCHES, "completion": lambda word: SHELLS}.get(
            before[0], overrides if before[0] in COMPOSE else lambda word: ())(word)  # fmt: skip
    return sorted({one for one in found if one.startswith(word)})


def flags(verb: str) -> list[str]:
    """The flags in a verb's help."""
    if verb == "run":
        from kage.launch.start import FLAGS, HYDRA_FLAGS

        return [*FLAGS, *HYDRA_FLAGS]
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit, ConfigError, KeyError):
        function(VERBS[verb])(["--help"])
    return re.findall(r"(?<!\w)--[a-z]+(?:-[a-z]+)*", told.getvalue())


def parameters(word: str) -> Iterator[str]:
    """Groups, and with a point in the word their parameters."""
    from kage.launch.parameters import every_group

    for title, _, rows in every_group():
        yield from (row[0] for row in rows) if "." in word else ([title] if title else [])


def overrides(word: str) -> Iterator[str]:
    """Overrides that begin like the word: keys, and after the equals sign the options of a group or the values that a
    parameter may have."""
    from kage.launch.compose import composition, search_path

    key, equals, value = word.partition("=")
    begun = f"{key}={value[: value.rfind(',') + 1]}"  # in a list, the last one is completed
    with composition(search_path([])[0]) as tree:
        groups = [group for group in tree.groups if group != "hydra"]
        if key in groups:
            yield from (f"{begun}{option}" for option in tree.options(key)) if equals else [f"{key}="]
            return
    yield from (f"{group}=" for group in groups)
    yield from ("eval.", "seed=", "experiment=", "outputs=", "hydra.searchpath=")
    from kage.launch.parameters import every_group

    shift = "eval." if key.startswith("eval.") else ""
    for title, _, rows in every_group():
        if title:
            yield f"{shift}{title}."
        for name, _, allowed, _, _ in rows if equals or "." in key.removeprefix("eval.") or not title else ():
            if shift + name == key and equals:
                values = "true, false" if "true or false" in allowed else allowed.partition("one of ")[2]
                yield from (f"{begun}{one}" for one in values.removesuffix(", or null").split(", ") if one)
            elif not equals and name != "sweep":  # of files alone
                yield f"{shift}{name}="
