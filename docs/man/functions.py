# SPDX-License-Identifier: Apache-2.0
"""Writes the manual pages of section 3 from the comments of the public headers: functions.py HEADERS FOLDER DATE.

A comment is for the function below it, and for those that follow without an empty line: they share a page, to which
links with the other names lead. A comment with an empty line below it introduces the functions up to the next such comment or type.
Paragraphs of a comment are text, "@name  what a parameter is", or begin with "Returns"; a later sentence that begins so
goes to the same section of the page.
"""
import glob
import os
import re
import sys
import textwrap

WIDTH = 78
SHORT = 72  # of the line of NAME, if it has a comma before
NAMES = ("Proxmox", "NetBox")  # keep their capital letter in that line
UNSTABLE = "guest.h"  # may change in any minor version
FUNCTION = re.compile(r"SB_API\s+(?P<type>[^;(]*?)(?P<name>sb_\w+)\((?P<params>.*)\)\s*(?:SB_\w+\([^)]*\)\s*)?;$", re.S)
TYPE = re.compile(r"(?:typedef\b.*?\b(sb_\w+)\s*\(|(struct|enum)\s+(sb_\w+)\s*\{)", re.S)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"(]?[A-Z0-9*])")
WORD = re.compile(r"`[^`]+`|\b[a-z]\w*\(\)|\b(?:SB_[A-Z0-9_]+|NULL)\b|(?<![\w/*])(?:ret_\w+|\w+_take)\b")


class Group:
    """Functions of one comment."""

    def __init__(self, header, comment, section):
        self.header, self.comment, self.section = header, comment, section
        self.functions = []  # (name, type, [parameter], comment at the end of its line)

    @property
    def names(self):
        return [function[0] for function in self.functions]


def plain(comment):
    """The lines of a comment without what makes it one."""
    lines = comment[2:-2].lstrip("*").split("\n")
    return [re.sub(r"^\s*\* ?", "", line).rstrip() if i else line.strip() for i, line in enumerate(lines)]


def one_line(text):
    return re.sub(r"\s+", " ", text).strip()


def split_parameters(text):
    parts, depth, begin = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if char == "," and not depth:
            parts.append(text[begin:i])
            begin = i + 1
    return [one_line(part) for part in parts + [text[begin:]]]


def end_of_declaration(text, at):
    depth = 0
    for match in re.compile(r"/\*.*?\*/|[(){};]", re.S).finditer(text, at):
        token = match.group(0)
        if token in "({":
            depth += 1
        elif token in ")}":
            depth -= 1
            if token == "}" and not depth and "(" in text[at:text.index("{", at)] and text[at:at + 7] != "typedef":
                return match.end()  # the body of an inline function
        elif token == ";" and not depth:
            return match.end()
    return len(text)


def read_header(path):
    """The groups of functions of a header, and its types: ([Group], {"struct sb_act": text})."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"#ifdef __cplusplus\n.*?#endif\n", "", file.read(), flags=re.S)
    groups, types = [], {}
    at, pending, section, group = 0, None, None, None
    while True:
        space = re.compile(r"\s*").match(text, at).group(0)
        at += len(space)
        if at == len(text):
            return groups, types
        if space.count("\n") > 1:
            group = None
        if text.startswith("/*", at):
            end = text.index("*/", at) + 2
            after = re.compile(r"\s*").match(text, end).group(0)
            if group and "\n" not in space:
                group.functions[-1][3].extend(plain(text[at:end]))
            elif after.count("\n") > 1:
                section, pending, group = text[at:end], None, None
            else:
                pending, group = text[at:end], None
        elif text[at] == "#":
            end = re.compile(r"(?:[^\n]*\\\n)*[^\n]*").match(text, at).end()
            pending = group = None
        else:
            end = end_of_declaration(text, at)
            function, kind = FUNCTION.match(text[at:end]), TYPE.match(text[at:end])
            if function:
                if pending or not group:
                    group = Group(os.path.basename(path), pending, section)
                    groups.append(group)
                group.functions.append((function["name"], one_line(function["type"]),
                                        split_parameters(function["params"]), []))
            else:
                if kind:
                    name = kind.group(1) or f"{kind.group(2)} {kind.group(3)}"
                    types[name] = (pending + "\n" if pending else "") + text[at:end]
                section = group = None
            pending = None
        at = end


def paragraphs(comment):
    """[(parameter or None, text)]"""
    found = []
    for line in plain(comment) if comment else []:
        match = re.match(r"@(\w+)\s+(.*)", line)
        if match:
            found.append([match.group(1), match.group(2)])
        elif not line:
            found.append([None, ""])
        elif found and found[-1][1]:
            found[-1][1] += " " + line.strip()
        else:
            found.append([None, line.strip()])
    return [(name, text) for name, text in found if text]


def divide(comment):
    """A comment as (paragraphs of text, parameters, sentences about results)."""
    text, parameters, results = [], [], []
    for name, body in paragraphs(comment):
        if name:
            parameters.append((name, body))
            continue
        sentences = SENTENCE.split(body)
        first = next((i for i, sentence in enumerate(sentences) if sentence.startswith("Returns ")), len(sentences))
        if sentences[:first]:
            text.append(sentences[:first])
        if sentences[first:]:
            results.append(sentences[first:])
    return text, parameters, results


def escape(line):
    line = line.replace("\\", "\\e")
    return "\\&" + line if line[:1] in (".", "'") else line


def mark_up(sentence, width=WIDTH):
    """A sentence as lines of mdoc, with macros for functions, constants, parameters and commands."""
    lines, at, tail = [], 0, ""
    for match in WORD.finditer(sentence):
        before = tail + sentence[at:match.start()]
        glued = before[-1:] in ("(", '"', "{", "/", "-", "|", "=")  # a macro would put a space after it
        after = re.match(r"[.,;:)?!]*(?=\s|$)", sentence[match.end():])
        word = match.group(0)
        if glued or not after or (before and before[-1:] not in (" ", "")):
            tail = before + word.strip("`")
            at = match.end()
            continue
        lines += textwrap.wrap(before.strip(), width, break_long_words=False, break_on_hyphens=False)
        macro = "Ql" if word[0] == "`" else "Fn" if word.endswith("()") else "Dv" if word.isupper() else "Fa"
        marks = " ".join(after.group(0))
        if macro == "Ql":
            word = word[1:-1]
        lines.append("." + " ".join(filter(None, (macro, word.replace("()", ""), marks))))
        at, tail = match.end() + after.end(), ""
    lines += textwrap.wrap((tail + sentence[at:]).strip(), width, break_long_words=False, break_on_hyphens=False)
    return [line if line.startswith(".") and line[1:2].isupper() else escape(line) for line in lines]


def marked(sentences):
    return [line for sentence in sentences for line in mark_up(sentence)]


def what_for(group):
    """The line of NAME: the begin of the first sentence."""
    text, _, results = divide(group.comment)
    line = re.split(r"[;:.?]\s| \(|[;:.?]$", (text or results)[0][0].replace("`", ""))[0].rstrip(",")
    if len(line) > SHORT and ", " in line[:SHORT]:
        line = line[:line.rindex(", ", 0, SHORT)]
    is_name = line.startswith(NAMES) or line.split(" ")[0][1:].lower() != line.split(" ")[0][1:]
    return line if is_name else line[:1].lower() + line[1:]


def synopsis(group):
    out = [".Sh SYNOPSIS", f".In stagebox/{group.header}"]
    for name, kind, parameters, _ in group.functions:
        out += [f'.Ft "{kind}"' if " " in kind else f".Ft {kind}", f".Fo {name}"]
        out += [f'.Fa "{parameter}"' for parameter in parameters]
        out.append(".Fc")
    return out


def types_of(group, types):
    """The types that the parameters name, and those that these name, in that order; that of an error is well known."""
    waiting = [" ".join(part for _, kind, parameters, _ in group.functions for part in [kind] + parameters)]
    found = ["struct sb_error"]
    while waiting:
        for name in re.findall(r"\b(?:(?:struct|enum) sb_\w+|sb_\w+_fn\b|sb_op_step\b)", waiting.pop(0)):
            if name in types and name not in found:
                found.append(name)
                waiting.append(types[name])
    return found[1:]


def page_of(group, types, known, date):
    text, parameters, results = divide(group.comment)
    intro = divide(group.section)[0] if group.section else []
    name = group.names[0]
    out = ['.\\" SPDX-License-Identifier: Apache-2.0', f'.\\" Made from the comments of stagebox/{group.header}.',
           f".Dd {date}", f".Dt {name.upper()} 3", ".Os", ".Sh NAME"]
    out += [f".Nm {each} ," for each in group.names[:-1]] + [f".Nm {group.names[-1]}", f".Nd {what_for(group)}"]
    out += synopsis(group) + [".Sh DESCRIPTION"]
    for i, sentences in enumerate((text or results) + intro):
        out += [".Pp"] * bool(i) + marked(sentences)
    notes = [(function[0], " ".join(function[3])) for function in group.functions if function[3]]
    rows = [(f".It Fa {what}", body) for what, body in parameters] + [(f".It Fn {what}", body) for what, body in notes]
    if rows:
        out.append(".Bl -tag -width Ds")
        for head, body in rows:
            out += [head] + marked(SENTENCE.split(body[:1].upper() + body[1:] + ("" if body[-1:] in ".?!" else ".")))
        out.append(".El")
    if results:
        out.append(".Sh RETURN VALUES")
        for i, sentences in enumerate(results):
            out += [".Pp"] * bool(i) + marked(sentences)
    used = types_of(group, types)
    if used:
        out += [".Sh TYPES", ".Bd -literal"]
        for i, each in enumerate(used):
            out += [""] * bool(i) + [escape(line) for line in types[each].split("\n")]
        out.append(".Ed")
    others = sorted((set(re.findall(r"\b(sb_\w+)\(\)", group.comment + (group.section or ""))) & known) - set(group.names))
    out.append(".Sh SEE ALSO")
    out += [f".Xr {each} 3 ," for each in others] + [".Xr stagebox-module 7"]
    if group.header == UNSTABLE:
        out += [".Sh CAVEATS", "Functions of", f".In stagebox/{UNSTABLE}", "may change with each minor version of the ABI."]
    return "\n".join(out) + "\n"


def read_headers(folder):
    groups, types = [], {}
    for path in sorted(glob.glob(os.path.join(folder, "*.h"))):
        more, these = read_header(path)
        groups += more
        types.update(these)
    return groups, types


def pages(folder, date):
    """All pages, and the links to them: {"sb_act.3": text}, {"sb_op_verb.3": "sb_op_key.3"}. Raises ValueError for a
    function without a comment."""
    groups, types = read_headers(folder)
    known = {name for group in groups for name in group.names}
    made, links = {}, {}
    for group in groups:
        if not group.comment:
            raise ValueError(f"{group.header}: {', '.join(group.names)}: no comment above the declaration")
        made[group.names[0] + ".3"] = page_of(group, types, known, date)
        for name in group.names[1:]:
            links[name + ".3"] = group.names[0] + ".3"
    return made, links


def write_pages(headers, folder, date):
    made, links = pages(headers, date)
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name.endswith(".3"):
            os.remove(os.path.join(folder, name))
    for name, text in made.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)
    for name, target in links.items():
        os.symlink(target, os.path.join(folder, name))


if __name__ == "__main__":
    try:
        write_pages(*sys.argv[1:])
    except ValueError as why:
        sys.exit(f"functions.py: {why}")
