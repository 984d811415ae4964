"""The documentation as a book: puts the chapters of docs/SUMMARY.md where mdBook can read them, or checks the pages that it made.

Usage: book.py prepare FOLDER     copies chapters and what they link to, in the layout of the repository, so that their links hold
       book.py check FOLDER       every link and anchor of every page leads somewhere, and nothing is loaded from elsewhere

mdBook wants all chapters below one folder that holds nothing else; ours lie where people look for them in the repository.
"""

import re
import shutil
import sys
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUMMARY = ROOT / "docs/SUMMARY.md"
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def is_outside(link):
    return re.match(r"[a-z]+:", link) is not None


def own(path):
    """The path from the root of the repository."""
    return path.resolve().relative_to(ROOT)


def as_chapter(path):
    """Where a chapter lies in the book's source: mdBook takes the page of a folder for its README under another name."""
    return path.with_name("index.md") if path.name == "README.md" else path


def prepare(folder):
    """Copies all chapters, with links that lead to the copies, and the files that they link to."""
    shutil.rmtree(folder, ignore_errors=True)
    text = SUMMARY.read_text()
    chapters = {own(SUMMARY.parent / link) for _, link, _ in LINK.findall(text)}

    def rewritten(source, text, base):
        def lead(found):
            words, link, anchor = found[1], found[2], found[3] or ""
            if is_outside(link):
                return found[0]
            target = own(source.parent / link)
            if (ROOT / target).is_dir():
                # A folder's README stands for it, if it is a chapter.
                target = target / "README.md"
            if target in chapters:
                return f"[{words}]({relative(as_chapter(target), base)}{anchor})"
            copy = folder / target
            if (ROOT / target).is_file() and target.suffix != ".md":
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / target, copy)
                return f"[{words}]({relative(target, base)})"
            # A folder is no page: its name stays.
            return words

        return LINK.sub(lead, text)

    for chapter in sorted(chapters):
        place = as_chapter(chapter)
        copy = folder / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(rewritten(ROOT / chapter, (ROOT / chapter).read_text(), place.parent))
    (folder / "SUMMARY.md").write_text(rewritten(SUMMARY, text, Path()))
    print(f"{len(chapters)} chapters in {folder}")


def relative(target, base):
    """The way from a folder of the book to a file of it."""
    up = len(base.parts)
    return "../" * up + target.as_posix()


class Page(HTMLParser):
    """The links, the anchors and what is loaded of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors, self.loaded = [], set(), []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if attributes.get("id"):
            self.anchors.add(attributes["id"])
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        for source in [attributes.get("src"), attributes.get("href") if tag == "link" else None]:
            if source:
                self.loaded.append(source)


def check(folder):
    """The faults of all pages."""
    pages = {path.resolve(): Page(path) for path in folder.rglob("*.html")}
    faults, count = [], 0
    for path, page in pages.items():
        # Links of the page for what is not found begin at the root of a host.
        if path.name in ("404.html", "toc.html"):
            continue
        faults += [f"{path.name}: loads {source}" for source in page.loaded if is_outside(source) or source.startswith("//")]
        for link in page.links:
            count += 1
            place, _, anchor = link.partition("#")
            if is_outside(place):
                continue
            target = (path.parent / urllib.parse.unquote(place)).resolve() if place else path
            if not target.is_file():
                faults.append(f"{path.relative_to(folder)}: {link}: no such page")
            elif anchor and target in pages and urllib.parse.unquote(anchor) not in pages[target].anchors:
                faults.append(f"{path.relative_to(folder)}: {link}: no such heading")
    print("\n".join(faults + [f"{len(pages)} pages, {count} links, {len(faults)} faults"]))
    return 1 if faults or count < 100 else 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("prepare", "check"):
        sys.exit(__doc__)
    sys.exit({"prepare": prepare, "check": check}[sys.argv[1]](Path(sys.argv[2]).resolve()))
