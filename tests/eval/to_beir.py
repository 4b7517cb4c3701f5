#!/usr/bin/env python3
"""Converts retrieval collections to the BEIR layout that `cairn eval beir` reads.

    python3 tests/eval/to_beir.py cran  SRC OUT     SRC holds cran.all.1400, cran.qry, cran.qrels
    python3 tests/eval/to_beir.py cisi  SRC OUT     SRC holds CISI.ALL, CISI.QRY, CISI.REL
    python3 tests/eval/to_beir.py xquad SRC OUT     SRC is one xquad.LANG.*.json file
    python3 tests/eval/to_beir.py xquad SRC OUT --questions OTHER
                                                    questions of OTHER, paragraphs of SRC (cross-language)

OUT receives corpus.jsonl ({_id, title, text}), queries.jsonl ({_id, text}) and
qrels/test.tsv (query-id, corpus-id, score; with a header). Queries without a
judgement are left out. The collections themselves are not part of the project.
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
    parser.add_argument("collection", choices=["cran", "cisi", "xquad"])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--questions", type=Path, help="xquad: take the questions from this language")
    args = parser.parse_args()
    if args.collection == "xquad":
        write(args.out, xquad(args.source, args.questions))
    else:
        write(args.out, {"cran": cran, "cisi": cisi}[args.collection](args.source))


if __name__ == "__main__":
    main()
