"""Indexes lines and times queries with Xapian; a question and an answer a line, as JSON."""

import json
import sys
import time

import xapian


def index(corpus, folder):
    begin = time.process_time()
    database = xapian.WritableDatabase(folder, xapian.DB_CREATE_OR_OVERWRITE)
    with open(corpus, encoding="utf8") as lines:
        for line in lines:
            document = xapian.Document()
            for position, word in enumerate(line.split()):
                document.add_posting(word, position + 1)
            database.add_document(document)
    database.commit()
    database.close()
    return time.process_time() - begin


def query_of(query):
    words = query["words"]
    kind = query["kind"]
    if kind == "phrase":
        return xapian.Query(xapian.Query.OP_PHRASE, words)
    return xapian.Query(xapian.Query.OP_OR if kind == "or" else xapian.Query.OP_AND, words)


def hits(query):
    enquire = xapian.Enquire(database)
    enquire.set_query(query_of(query))
    return enquire.get_mset(0, 1, database.get_doccount()).get_matches_estimated()


def run(query, mode):
    enquire = xapian.Enquire(database)
    enquire.set_query(query_of(query))
    if mode == "count":
        enquire.set_weighting_scheme(xapian.BoolWeight())
        enquire.get_mset(0, 0, database.get_doccount())
    else:
        for match in enquire.get_mset(0, 10):
            match.docid


def time_of(queries, mode, least_ms):
    begin = time.thread_time()
    runs = 0
    while time.thread_time() - begin < least_ms / 1000:
        for query in queries:
            run(query, mode)
            runs += 1
    return (time.thread_time() - begin) * 1e6 / runs


database = None
for line in sys.stdin:
    question = json.loads(line)
    if question["ask"] == "index":
        answer = index(question["corpus"], question["folder"])
        database = xapian.Database(question["folder"])
    elif question["ask"] == "hits":
        answer = hits(question["query"])
    else:
        answer = time_of(question["queries"], question["mode"], question["least_ms"])
    print(json.dumps(answer), flush=True)
