#!/usr/bin/env python3
"""Converts retrieval collections to the BEIR layout that `cairn eval beir` reads.

    python3 tests/eval/to_beir.py cran  SRC OUT     SRC holds cran.all.1400, cran.qry, cran.qrels
    python3 tests/eval/to_beir.py cisi  SRC OUT     SRC holds CISI.ALL, CISI.QRY, CISI.REL
    python3 tests/eval/to_beir.py xquad SRC OUT     SRC is one xquad.LANG.*.json file
    python3 tests/eval/to_beir.py xquad SRC OUT --questions OTHER
                                                    questions of OTHER, paragraphs of SRC (cross-language)
    python3 tests/eval/to_beir.py kb    SRC OUT     SRC is the folder of Tauri's documentation (Markdown, MDX);
                                                    the queries are kb-queries.jsonl beside this script
    python3 tests/eval/to_beir.py kb    SRC OUT --set tune|held-out|all
                                                    only that part of the queries

OUT receives corpus.jsonl ({_id, title, text}), queries.jsonl ({_id, text}) and
qrels/test.tsv (query-id, corpus-id, score; with a header). Queries without a
judgement are left out. The collections themselves are not part of the project.

In kb a page that says the same in another language (`also`) counts as much as the page
a query asks for (`files`); pages keep their path in SRC as their id.
"""

import argparse
import json
import re
from pathlib import Path

Collection = tuple[list[dict], list[dict], list[tuple[str, str]]]


def read_smart(path: Path) -> list[dict[str, str]]:
    """Records of a SMART file: `.I` opens a record, `.T`, `.W` and so on a field of it."""
    records: list[dict[str, str]] = []
    field = None
    for line in path.read_text(encoding="latin-1").splitlines():
        mark = re.match(r"\.([A-Z])(?:\s+(\d+))?\s*$", line)
        if mark and mark[1] == "I":
            records.append({"I": str(int(mark[2]))})
            field = None
        elif mark:
            field = mark[1]
        elif field:
            records[-1][field] = f"{records[-1].get(field, '')} {line.strip()}"
    return [{name: text.strip() for name, text in record.items()} for record in records]


def smart_corpus(path: Path) -> list[dict]:
    return [
        {"_id": r["I"], "title": r.get("T", ""), "text": r.get("W", "")} for r in read_smart(path)
    ]


def pairs(path: Path) -> list[tuple[str, str]]:
    """The first two columns of a judgement file: query, document. Whatever the grade, a listed pair is relevant."""
    rows = [line.split() for line in path.read_text(encoding="latin-1").splitlines()]
    return [(row[0], row[1]) for row in rows if len(row) >= 3]


def cran(source: Path) -> Collection:
    corpus = smart_corpus(source / "cran.all.1400")
    # The judgements count queries 1..225 in file order; the `.I` numbers have gaps.
    queries = [
        {"_id": str(ordinal), "text": r["W"]}
        for ordinal, r in enumerate(read_smart(source / "cran.qry"), start=1)
    ]
    return corpus, queries, pairs(source / "cran.qrels")


def cisi(source: Path) -> Collection:
    queries = [{"_id": r["I"], "text": r["W"]} for r in read_smart(source / "CISI.QRY")]
    return smart_corpus(source / "CISI.ALL"), queries, pairs(source / "CISI.REL")


def xquad(source: Path, questions: Path | None = None) -> Collection:
    """Paragraphs are documents. Languages are parallel, so position identifies a paragraph in all of them."""
    corpus = [
        {"_id": f"p{n}", "title": title, "text": paragraph["context"]}
        for n, (title, paragraph) in enumerate(xquad_paragraphs(source))
    ]
    ids: dict[str, str] = {}
    judgements = []
    for n, (_, paragraph) in enumerate(xquad_paragraphs(questions or source)):
        for question in paragraph["qas"]:
            # A question asked of several paragraphs is one query with several answers.
            query = ids.setdefault(question["question"].strip(), question["id"])
            judgements.append((query, f"p{n}"))
    return corpus, [{"_id": i, "text": text} for text, i in ids.items()], judgements


def xquad_paragraphs(path: Path) -> list[tuple[str, dict]]:
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [(a["title"].replace("_", " "), p) for a in articles for p in a["paragraphs"]]


FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.M | re.S)
IMPORT = re.compile(r"""^import\s[^'";]*['"][^'"]+['"];?[ \t]*\n?""", re.M)
COMMENT = re.compile(r"\{\s*/\*.*?\*/\s*\}|<!--.*?-->", re.S)
SPACE = re.compile(r"\{\s*(?:'\s*'|\"\s*\")\s*\}")
# Text in backticks goes first: what looks like a tag there is text.
TAG = re.compile(
    r"(`+)[^`]+\1|(?<!\\)<(?:/?>|/?[A-Za-z][\w.-]*(?=[\s/>])"
    r"""(?:"[^"]*"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\}|[^"'{}<>])*>)"""
)
SHOWN = re.compile(r"""\b(?:title|label|description)=(?:"([^"]*)"|'([^']*)')""")


def kb(source: Path, part: str) -> Collection:
    """Pages of a documentation folder and the queries about them in kb-queries.jsonl."""
    corpus = [
        {"_id": path.relative_to(source).as_posix(), **page(path.read_text(encoding="utf-8"))}
        for path in sorted(source.rglob("*"))
        if path.suffix in (".md", ".mdx")
    ]
    lines = Path(__file__).with_name("kb-queries.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if part in ("all", row["set"])]
    judgements = [(r["id"], file) for r in rows for file in r["files"] + r.get("also", [])]
    return corpus, [{"_id": r["id"], "text": r["query"]} for r in rows], judgements


def page(text: str) -> dict[str, str]:
    """Title and text of a Markdown or MDX page, without its front matter, imports and tags."""
    title = ""
    if front := re.match(r"---\n(.*?)\n---[ \t]*(?:\n|\Z)", text, re.S):
        if line := re.search(r"^title:\s*(.*?)\s*$", front[1], re.M):
            title = re.sub(r"""^(['"])(.*)\1$""", r"\2", line[1])
        text = text[front.end() :]
    parts = []
    end = 0
    for fence in FENCE.finditer(text):
        parts += [prose(text[end : fence.start()]), fence[0]]
        end = fence.end()
    parts.append(prose(text[end:]))
    return {"title": title, "text": re.sub(r"\n\s*\n", "\n\n", "".join(parts)).strip()}


def prose(text: str) -> str:
    """The part of a page outside code blocks. Of a tag remain the words of it that a reader sees."""
    text = SPACE.sub("", COMMENT.sub("", IMPORT.sub("", text)))
    return TAG.sub(lambda tag: tag[0] if tag[1] else "\n".join(a or b for a, b in SHOWN.findall(tag[0])), text)


def write(out: Path, collection: Collection) -> None:
    corpus, queries, judgements = collection
    documents = {d["_id"] for d in corpus}
    judgements = list(dict.fromkeys(judgements))
    unknown = [pair for pair in judgements if pair[1] not in documents]
    if unknown:
        raise SystemExit(f"judgements name documents that are not there: {unknown[:5]}")
    judged = {query for query, _ in judgements}
    queries = [q for q in queries if q["_id"] in judged]
    if len(queries) != len(judged):
        raise SystemExit("judgements name queries that are not there")

    (out / "qrels").mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (out / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    lines = (f"{query}\t{document}\t1\n" for query, document in judgements)
    header = "query-id\tcorpus-id\tscore\n"
    (out / "qrels" / "test.tsv").write_text(header + "".join(lines), encoding="utf-8")
    print(f"{out}: {len(corpus)} documents, {len(queries)} queries, {len(judgements)} judgements")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", choices=["cran", "cisi", "xquad", "kb"])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--questions", type=Path, help="xquad: take the questions from this language")
    parser.add_argument("--set", choices=["tune", "held-out", "all"], default="all", help="kb: take these queries")
    args = parser.parse_args()
    if args.collection == "xquad":
        write(args.out, xquad(args.source, args.questions))
    elif args.collection == "kb":
        write(args.out, kb(args.source, args.set))
    else:
        write(args.out, {"cran": cran, "cisi": cisi}[args.collection](args.source))


if __name__ == "__main__":
    main()
