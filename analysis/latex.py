"""Tables in LaTeX: no wider than the text of a document, no longer than its page, whatever letters names have."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from kage.analysis.formats import Cell, View

WIDTH = 345 / 72.27  # in, \linewidth of an article in one column
EM = 8.0  # pt, the size of the letters, \footnotesize
GAP = 5.0  # pt between columns
LINES = 44  # that fit onto a page, with the caption and the notes
PLAIN = "0123456789abcdefghknopqrsuvxyz-+="
NAMES = 0.45  # of the width: the room for names where there are numbers beside them
NEEDS = r"% needs \usepackage{booktabs} and \usepackage[table]{xcolor}"

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\`{}", "±": r"$\pm$", "Δ": r"$\Delta$", "→": r"$\rightarrow$", "×": r"$\times$",
    "µ": r"$\mu$", "°": r"$^\circ$", "…": r"\ldots{}", "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}",
    "Ø": r"\O{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}",
}  # fmt: skip
ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
           "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c"}  # fmt: skip
MATCH = re.compile(r"->|(?P<minus>(?<![\w.-])-(?=[\d.]))|(?P<ligature>-(?=-)|'(?='))"
                   r"|[^\w\s]|_|[^\x00-\x7f]|[\x00-\x1f]")  # fmt: skip
PIECE = re.compile(r"\s+|[^\s_/=,:;]{1,12}[_/=,:;]*|[_/=,:;]+")


def latex(view: View, width: float = WIDTH) -> str:
    """Booktabs tables whose gaps are coloured from green (small) to red (large). What is wider than `width` (in), or
    longer than a page, is continued in further tables, each with the names of its lines."""
    parts = list(parted(view, width * 72.27))
    lines = (line for place, part in enumerate(parts, 1) for line in table(view, place, len(parts), *part))
    return "\n".join([NEEDS, *lines, ""])


def parted(view: View, room: float) -> Iterator[tuple[list[float], list[int], tuple[tuple[Cell, ...], ...]]]:
    """The tables that a view becomes: the widths of the columns of names [pt], which other columns, which lines."""
    widths = [column_width(view, i) for i in range(len(view.headers))]
    names = fitted(widths[: view.left], room if view.left == len(view.headers) else NAMES * room)
    most = LINES - sum(-(-natural(note) // room) for note in view.notes)
    groups: list[list[int]] = [[]]
    for i in range(view.left, len(view.headers)):
        if groups[-1] and sum(names) + sum(widths[j] for j in groups[-1]) + widths[i] > room:
            groups.append([])
        groups[-1].append(i)
    for columns in groups:
        rows, height = [], 0
        for row in view.rows:
            lines = max((-(-natural(cell.text) // (name - GAP)) for cell, name in zip(row, names)), default=1)
            if rows and height + lines > most:
                yield names, columns, tuple(rows)
                rows, height = [], 0
            rows.append(row)
            height += lines
        yield names, columns, tuple(rows)


def column_width(view: View, column: int) -> float:
    """About how wide a column is [pt], with the gap beside it."""
    texts = (*view.headers[column].split("\n"), *(row[column].text for row in view.rows))
    return max(map(natural, texts)) + GAP


def fitted(widths: Sequence[float], room: float) -> list[float]:
    """Widths that fit into a room: narrow ones as they are, the others share what is left."""
    found, order = list(widths), sorted(range(len(widths)), key=widths.__getitem__)
    for place, i in enumerate(order):
        found[i] = min(widths[i], room / (len(widths) - place))
        room -= found[i]
    return found


def natural(text: str) -> float:
    """About how wide a text is on one line [pt], rather more than less."""
    return EM * sum(
        0.35 if letter in " .,:;'|!ijltI()[]" else 0.55 if letter in PLAIN else 0.95 if letter in "mwMW%@&±Δ→×"
        else 0.8 if letter.isascii() or letter in SPECIAL or accented(letter) else 3.5 for letter in text
    )  # fmt: skip


def table(
    view: View, place: int, count: int, names: Sequence[float], columns: Sequence[int], rows: Sequence[Sequence[Cell]],
) -> Iterator[str]:  # fmt: skip
    """One table, the `place`-th of `count`; notes stand below the last."""
    shown = [*range(view.left), *columns]
    folded = [column_width(view, i) > name for i, name in enumerate(names)]
    kinds = [rf">{{\raggedright\arraybackslash}}p{{{name - GAP:.1f}pt}}" if fold else "l"
             for name, fold in zip(names, folded)]  # fmt: skip
    title = view.title + (f" ({place} of {count})" if count > 1 else "")
    label = view.name.replace("_", "-") + (f"-{place}" if place > 1 else "")
    yield from (r"\begin{table}", r"\centering\footnotesize\sloppy", rf"\setlength{{\tabcolsep}}{{{GAP / 2:.1f}pt}}")
    yield rf"\caption{{{breakable(title)}}}"
    yield rf"\label{{tab:{re.sub('[^A-Za-z0-9.:-]+', '-', label)}}}"
    yield from (rf"\begin{{tabular}}{{@{{}}{''.join(kinds)}{'r' * len(columns)}@{{}}}}", r"\toprule")
    headers = [view.headers[i].split("\n") for i in shown]
    most = max(map(len, headers))
    for line in zip(*([""] * (most - len(header)) + header for header in headers)):
        yield written([latex_text(text) for text in line])
    yield r"\midrule"
    for row in rows:
        yield written([(breakable if i < view.left and folded[i] else latex_text)(row[i].text) for i in shown],
                      [row[i].shade for i in shown])  # fmt: skip
    yield from (r"\bottomrule", r"\end{tabular}")
    if view.notes and place == count:
        notes = r"\par ".join(map(breakable, view.notes))
        yield rf"\par\smallskip\begin{{minipage}}{{\linewidth}}\footnotesize\raggedright {notes}\end{{minipage}}"
    yield r"\end{table}"


def written(texts: Sequence[str], shades: Sequence[float | None] = ()) -> str:
    r"""A line of a table. A first cell that begins with [ or * would be read as an argument of the \\ or \midrule
    before it, so {} stands in front."""
    colours = ["" if shade is None else rf"\cellcolor{{red!{round(100 * shade)}!green!30}}" for shade in shades]
    first, *others = (colour + text for colour, text in zip(colours or [""] * len(texts), texts))
    return "  " + " & ".join(["{}" * first.startswith(("[", "*")) + first, *others]) + r" \\"


def breakable(text: str) -> str:
    """`latex_text` that may be broken inside long names."""
    pieces = PIECE.findall(text)
    inside = [not one.isspace() and not after.isspace() for one, after in zip(pieces, [*pieces[1:], " "])]
    return "".join(latex_text(one) + r"\allowbreak{}" * within for one, within in zip(pieces, inside))


def latex_text(text: str) -> str:
    """Text with what LaTeX would read as commands escaped, and its signs in mathematics. Letters that the usual fonts
    do not have are written as their numbers, U+65E5: pdflatex would stop at them."""
    return MATCH.sub(escaped, unicodedata.normalize("NFC", text))


def escaped(found: re.Match) -> str:
    """How LaTeX writes one letter or sign."""
    sign = found.group()
    if found["minus"]:
        return "$-$"
    if found["ligature"]:
        return sign + "{}"
    if sign == "->":
        return r"$\rightarrow$"
    if sign in SPECIAL:
        return SPECIAL[sign]
    if sign.isascii():
        return " " if sign < " " else sign
    return accented(sign) or f"U+{ord(sign):04X}"


def accented(sign: str) -> str:
    """How LaTeX writes a letter with an accent; "" for anything else."""
    letter, *accents = unicodedata.normalize("NFD", sign)
    known = letter.isascii() and len(accents) == 1 and accents[0] in ACCENTS
    return rf"\{ACCENTS[accents[0]]}{{{letter}}}" if known else ""
