#!/usr/bin/env python3
"""Writes the PDF and DOCX documents of the sample library from `sample-src/`.

    pip install reportlab python-docx && python3 assets/make_sample.py

The sources use four marks: `#` and `##` for headings, `| a | b |` for table
rows, `===` for a new page. Everything else is a paragraph. Dates are fixed, so
the same sources give the same bytes.
"""

import io
import os
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from xml.sax.saxutils import escape

ASSETS = Path(__file__).resolve().parent
SOURCES = ASSETS / "sample-src"
DOCUMENTS = ASSETS / "sample" / "Documents"


@dataclass(frozen=True)
class Document:
    source: str
    target: str
    title: str
    author: str
    written: datetime


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 18, 30, tzinfo=timezone.utc)


LIBRARY = [
    Document("roof.md", "House/roof-quotation.pdf", "Roof at 14 Quarry Lane: findings, quotation, account", "Harker & Daughters", at(2020, 4, 6)),
    Document("tenancy.md", "House/tenancy-agreement.pdf", "Tenancy agreement, Flat 3, 22 Canal Street", "Desmond Okafor", at(2016, 2, 18)),
    Document("burst-pipe.md", "House/insurance-claim.docx", "Claim under household policy FH-20781-B", "Marta Ellery", at(2023, 3, 3)),
    Document("baltic.md", "Travel/baltic-diary-2021.docx", "The Baltic, July 2021", "Marta Ellery", at(2021, 7, 20)),
]


def blocks(text: str) -> list[tuple[str, object]]:
    """The source as (kind, content) pairs; consecutive table rows make one table."""
    found: list[tuple[str, object]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line == "===":
            found.append(("page", None))
        elif mark := re.match(r"(#+) (.*)", line):
            found.append((f"h{len(mark[1])}", mark[2]))
        elif line.startswith("|"):
            row = [cell.strip() for cell in line.strip("|").split("|")]
            if found[-1][0] != "table":
                found.append(("table", []))
            found[-1][1].append(row)
        else:
            found.append(("p", line))
    return found


def write_pdf(document: Document, text: str) -> bytes:
    # Read by reportlab whenever it stamps a file.
    os.environ["SOURCE_DATE_EPOCH"] = str(int(document.written.timestamp()))

    from reportlab.lib import colors
    from reportlab.lib.enums import TA_LEFT
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=11.5, leading=16, spaceAfter=7, alignment=TA_LEFT)
    styles = {
        "p": body,
        "h1": ParagraphStyle("h1", parent=body, fontName="Times-Bold", fontSize=18, leading=23, spaceAfter=10),
        "h2": ParagraphStyle("h2", parent=body, fontName="Times-Bold", fontSize=13, leading=18, spaceBefore=8, spaceAfter=5),
    }
    lines = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#999999")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("ALIGN", (-1, 0), (-1, -1), "RIGHT"),
            ("FONT", (0, 0), (-1, -1), "Times-Roman", 11),
            ("FONT", (0, 0), (-1, 0), "Times-Bold", 11),
            ("FONT", (0, -1), (-1, -1), "Times-Bold", 11),
        ]
    )
    story = []
    for kind, content in blocks(text):
        if kind == "page":
            story.append(PageBreak())
        elif kind == "table":
            story += [Table(content, colWidths=[125 * mm, 35 * mm], style=lines, hAlign="LEFT"), Spacer(0, 10)]
        else:
            story.append(Paragraph(escape(content), styles[kind]))

    def footer(canvas, _):
        canvas.setFont("Times-Italic", 9)
        canvas.drawCentredString(A4[0] / 2, 14 * mm, f"{document.title} · {canvas.getPageNumber()}")

    out = io.BytesIO()
    template = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=25 * mm,
        rightMargin=25 * mm,
        topMargin=24 * mm,
        bottomMargin=24 * mm,
        title=document.title,
        author=document.author,
        subject="",
        creator="Cairn sample library",
    )
    template.build(story, onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


def write_docx(document: Document, text: str) -> bytes:
    import docx

    word = docx.Document()
    for kind, content in blocks(text):
        if kind == "page":
            word.add_page_break()
        elif kind == "table":
            table = word.add_table(rows=0, cols=len(content[0]), style="Table Grid")
            for row in content:
                for cell, words in zip(table.add_row().cells, row, strict=True):
                    cell.text = words
            word.add_paragraph()
        elif kind == "p":
            word.add_paragraph(content)
        else:
            word.add_heading(content, level=int(kind[1]) - 1)
    properties = word.core_properties
    properties.title, properties.author = document.title, document.author
    properties.last_modified_by = document.author
    properties.comments, properties.revision = "", 1
    properties.created = properties.modified = document.written.replace(tzinfo=None)
    out = io.BytesIO()
    word.save(out)
    return restamp(out.getvalue(), document.written)


def restamp(archive: bytes, when: datetime) -> bytes:
    """The same zip archive with every member dated `when`, less the preview picture of python-docx's template."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            if member.filename == "docProps/thumbnail.jpeg":
                continue
            content = old.read(member)
            if member.filename == "_rels/.rels":
                content = re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", content)
            info = zipfile.ZipInfo(member.filename, when.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return out.getvalue()


def main() -> None:
    writers = {".pdf": write_pdf, ".docx": write_docx}
    for document in LIBRARY:
        target = DOCUMENTS / document.target
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (SOURCES / document.source).read_text(encoding="utf-8")
        target.write_bytes(writers[target.suffix](document, text))
        print(f"{target.relative_to(ASSETS)}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
