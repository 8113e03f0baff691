"""`python -m tests.schemas.release 0.2.0`: keeps the published language as it is released, for ever.

Keeps every schema in `schemas/released/` and, from a demo played for it, a few whole cases in `schemas/streams/`. What
is kept is never written again: from then on a test replays it and holds every later change against it.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from deploy.demo.person import Person
from deploy.demo.play import run_demo
from deploy.demo.stage import Stage
from tests.schemas.kept import SCHEMAS, SUMS, kept_names, schema, sums
from tests.schemas.replay import kept_row, replayed, summary

CASES, DAYS, SEED = 60, 200, 3
KEPT_MAX = 6  # Cases, each of another ending or with other things in it.
WITH_CASE = """
    select e.* from casestore.events e where e.stream_id = $1 or e.stream_id in (
        select distinct s.stream_id from casestore.events s, casestore.events c
        where c.stream_id = $1 and s.kind <> 'case' and s.kind <> 'agency'
          and (position(s.stream_id::text in convert_from(c.data, 'UTF8')) > 0
               or position($1::text in convert_from(s.data, 'UTF8')) > 0))
    order by position"""


def release(name: str) -> None:
    """Keep schemas and streams of this release. Raises FileExistsError where it was released before."""
    schemas = {each: schema(each) for each in kept_names()}
    folder = SCHEMAS / "streams" / name
    folder.mkdir(parents=True)
    SUMS.parent.mkdir(exist_ok=True)
    with (SCHEMAS / "released" / f"{name}.json").open("x", encoding="utf-8") as file:
        file.write(json.dumps(schemas, indent=1, ensure_ascii=False) + "\n")

    async def keep(stage: Stage, _people: list[Person]) -> None:
        for ending, rows in (await _cases(stage.database_url)).items():
            case = [one for one in await replayed(rows) if one.kind == "case"]
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            (folder / f"{ending}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
            told = json.dumps(summary(case), indent=2, ensure_ascii=False)
            (folder / f"{ending}.summary.json").write_text(told + "\n", encoding="utf-8")

    run_demo(CASES, DAYS, SEED, look=keep)
    SUMS.write_text(sums(), encoding="utf-8")


async def _cases(database_url: str) -> Mapping[str, Sequence[dict[str, Any]]]:
    """The stored rows of a few cases, by how they ended: those with the most kinds of events first."""
    store = await asyncpg.connect(database_url)
    try:
        sql = """select stream_id from casestore.events where kind = 'case'
                 group by 1 order by count(distinct type) desc, stream_id"""
        found: dict[str, Sequence[dict[str, Any]]] = {}
        for row in await store.fetch(sql):
            rows = [kept_row(dict(each)) for each in await store.fetch(WITH_CASE, row["stream_id"])]
            told = summary([one for one in await replayed(rows) if one.kind == "case"])
            ending = (
                told["closed_because"] or told["intake"]["rejected"] or "_".join((told["stage"], *told["conditions"]))
            )
            if len(found) < KEPT_MAX:
                found.setdefault(ending, rows)
        return found
    finally:
        await store.close()


if __name__ == "__main__":
    release(sys.argv[1])
