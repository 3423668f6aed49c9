"""Cases of SemEval-2016 Task 12: Anafora XML made up here, and what anaforatools printed.

--script is a folder with two checkouts of bethard/anaforatools: `current` (d52c23d) and `2016` (a4b48fc).
"""
import random
import subprocess

PROPERTIES = {
    "EVENT": {"DocTimeRel": ["BEFORE", "OVERLAP", "AFTER", "BEFORE/OVERLAP"], "Type": ["N/A", "ASPECTUAL"],
              "Degree": ["N/A", "MOST"], "Polarity": ["POS", "NEG"], "ContextualModality": ["ACTUAL", "HEDGED"],
              "ContextualAspect": ["N/A"], "Permanence": ["UNDETERMINED"]},
    "TIMEX3": {"Class": ["DATE", "TIME", "SET"]}, "SECTIONTIME": {}}
LINKS = ["CONTAINS", "CONTAINS", "CONTAINS", "OVERLAP", "BEFORE", "IS_INCLUDED", "BEGINS-ON", "NOVALUE"]
CALLS = [
    {"include": "TIMEX3 EVENT", "exclude": "EVENT:ContextualAspect EVENT:Permanence"},
    {"include": "TLINK:Type:CONTAINS", "temporal-closure": "true"},
    {},
    {"include": "TLINK:Type", "temporal-closure": "true"},
    {"include": "TIMEX3 EVENT", "exclude": "TIMEX3:*:* EVENT:*:* EVENT:Permanence"},
    {"include": "*:<span> EVENT:Polarity:NEG"},
]


def document(rng):
    entities = []
    for _ in range(rng.randint(6, 12)):
        begin = rng.randrange(0, 90, 3)
        span = f"{begin},{begin + 2}" + (f";{begin + 4},{begin + 5}" if rng.random() < 0.1 else "")
        kind = rng.choice(["EVENT", "EVENT", "TIMEX3", "SECTIONTIME"])
        entities.append([kind, span, {k: rng.choice(v) for k, v in PROPERTIES[kind].items()}])
    links = [[rng.randrange(len(entities)), rng.choice(LINKS), rng.randrange(len(entities))] for _ in range(8)]
    return entities, links


def changed(rng, document):
    entities, links = document
    entities = [[k, s if rng.random() < 0.8 else "1,2", {n: rng.choice(PROPERTIES[k][n]) if rng.random() < 0.3 else v
                                                        for n, v in p.items() if rng.random() < 0.95}]
                for k, s, p in entities]
    links = [x for x in links if rng.random() < 0.8] + [[rng.randrange(len(entities)), "CONTAINS",
                                                         rng.randrange(len(entities))] for _ in range(3)]
    return entities, links


def xml(name, document, annotator):
    entities, links = document
    out = ["<data>\n<info><savetime>now</savetime></info>\n<annotations>"]
    for i, (kind, span, properties) in enumerate(entities):
        inner = "".join(f"<{k}>{v}</{k}>" for k, v in properties.items())
        out.append(f"<entity><id>{i}@e@{name}@{annotator}</id><span>{span}</span><type>{kind}</type>"
                   f"<parentsType>TemporalEntities</parentsType><properties>{inner}</properties></entity>")
    for i, (source, kind, target) in enumerate(links):
        out.append(f"<relation><id>{i}@r@{name}@{annotator}</id><type>TLINK</type><parentsType>TemporalRelations"
                   f"</parentsType><properties><Source>{source}@e@{name}@{annotator}</Source><Type>{kind}</Type>"
                   f"<Target>{target}@e@{name}@{annotator}</Target></properties></relation>")
    return "\n".join(out) + "\n</annotations>\n<adjudication><entity><id>x</id></entity></adjudication>\n</data>\n"


def make(folder, number):
    rng = random.Random(number)
    for i in range(3):
        name = f"ID{i}_clinic_{i}" if i < 2 else f"ID{i}_path_{i}"
        gold = document(rng)
        for side, annotator, content in (("gold", "gold", gold), ("pred", "system", changed(rng, gold))):
            if (side, i, number % 3) == ("pred", 1, 2):
                continue
            (folder / side / name).mkdir(parents=True)
            path = folder / side / name / f"{name}.Temporal-Relation.{annotator}.completed.xml"
            path.write_text(xml(name, content, annotator))
    return {"table": "evaluate", "version": ["current", "2016"][number // len(CALLS) % 2]} | CALLS[number % len(CALLS)]


def run_official(folder, options, script, python):
    command = [python, "-m", "anafora.evaluate", "-r", str(folder / "gold"), "-p", str(folder / "pred")]
    for name, flag in (("include", "-i"), ("exclude", "-e")):
        if name in options:
            command += [flag, *options[name].split()]
    if "temporal-closure" in options:
        command += ["--temporal-closure"]
    return subprocess.run(command, cwd=f"{script}/{options['version']}", check=True, capture_output=True).stdout
