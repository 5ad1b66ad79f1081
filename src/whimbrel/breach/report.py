"""A report as a page that stands for itself: no script, nothing loaded, fit for paper."""

from collections.abc import Sequence
from html import escape

from .rules import BY_ID, Report, Result, Verdict

WORDS: dict[Verdict, tuple[str, str]] = {  # a sign that needs no colour, and words
    "held": ("\N{CHECK MARK}", "held"),
    "broken": ("\N{MULTIPLICATION X}", "something was found"),
    "unfinished": ("?", "did not come to its end"),
    "untried": ("\N{EN DASH}", "not tried"),
}
_STYLE = """
:root { color-scheme: light dark; --ink: #16242b; --soft: #4d5e67; --line: #cdd7dc; --paper: #fff;
  --held: #14683b; --broken: #a81c1c; --unfinished: #7a4b00; --untried: #4d5e67 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eff2; --soft: #a9b9c1; --line: #37474f;
  --paper: #0f1b20; --held: #6fd19c; --broken: #ff9d94; --unfinished: #f0be6a;
  --untried: #a9b9c1 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 4rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.1rem; margin: 0 }
p { margin: .35rem 0 }
.about, .then, .id { color: var(--soft) }
.sum { font-size: 1.2rem; font-weight: 600; margin: 1rem 0 }
article { border-block-start: 1px solid var(--line); padding: 1rem 0; break-inside: avoid }
.verdict { font-weight: 600 }
.held { color: var(--held) } .broken { color: var(--broken) }
.unfinished { color: var(--unfinished) } .untried { color: var(--untried) }
ul { margin: .35rem 0; padding-inline-start: 1.25rem }
@media print { body { max-width: none; padding: 0; font-size: 10pt } }
"""


def page(report: Report) -> str:
    """The report in HTML."""
    where = "a throw-away copy of this version" if report.copy else report.server
    began = report.began[:16].replace("T", " ")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Breach drill, {escape(report.began[:10])}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Breach drill</h1>
<p>In January 2021 nearly everything on the network Parler was copied within two days: private and \
deleted things, and where pictures had been taken. No break-in was needed; a number of small \
choices sufficed. This drill does the same to a server of one's own, and tells what it found.</p>
<p class="about">Tried on {escape(where)}, Whimbrel {escape(report.version)}, {escape(began)} UTC, \
in {report.seconds:.0f} seconds.</p>
<p class="sum">{escape(_sum(report))}</p>
{"".join(_article(result) for result in report.results)}
</main>
</body>
</html>
"""


def _sum(report: Report) -> str:
    """What came of it all, in a sentence."""
    counts, many = report.counts, len(report.results)
    if counts["broken"]:
        said = f"{counts['broken']} of {many} steps found something that has to be mended."
    elif counts["held"] == many:
        said = f"All {many} steps held: nothing was found."
    else:
        said = f"{counts['held']} of {many} steps held: in them nothing was found."
    if counts["unfinished"]:
        said += f" {counts['unfinished']} did not come to the end."
    if counts["untried"]:
        said += f" {counts['untried']} could not be tried."
    return said


def _article(result: Result) -> str:
    lesson, (sign, words) = BY_ID[result.id], WORDS[result.verdict]
    return f"""<article>
<h2><span class="id">{result.id}</span> {escape(lesson.title)}</h2>
<p class="verdict {result.verdict}">{sign} {words}</p>
<p class="then">Then: {escape(lesson.happened)}</p>
<p>Promised here: {escape(lesson.promise)}</p>
{_list("Found:", result.found)}{_list("Tried:", result.tried)}{_list("Not tried:", result.untried)}\
<p class="about">{result.requests:,} requests in {result.seconds:.1f} seconds.</p>
</article>
"""


def _list(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    told = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<p>{title}</p>\n<ul>{told}</ul>\n"
