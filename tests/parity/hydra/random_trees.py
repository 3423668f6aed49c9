"""Random config trees with overrides: nested groups, packages, interpolations, experiments."""

WORDS = ["alpha", "beta", "gamma", "delta", "eps"]
GROUPS = ["db", "srv", "model", "model/opt"]
OPTIONS = ["one", "two", "three"]
SCALARS = ["1", "2.5", "true", "null", "text", "'1'", "1e-3", "???", "[1, 2]", "[a, {b: c}]", "{}", "[]", "-7", "'a b'", "1_000", "017"]


def value(rng, depth=0):
    if depth < 2 and rng.random() < 0.3:
        keys = rng.sample(WORDS, rng.randint(1, 3))
        return "{" + ", ".join(f"{k}: {value(rng, depth + 1)}" for k in keys) + "}"
    if rng.random() < 0.2:
        path = ".".join(rng.choices(WORDS, k=rng.randint(1, 2)))
        form = rng.choice(["${%s}", "pre ${%s}", "${.%s}", "${oc.select:%s,dflt}", "${db.%s}"])
        return "'" + form % path + "'"
    return rng.choice(SCALARS).replace("???", "'???'")


def body(rng):
    return "".join(f"{k}: {value(rng)}\n" for k in rng.sample(WORDS, rng.randint(1, 4)))


def item(rng, folder):
    group = rng.choice([g for g in GROUPS if g != folder])
    option = rng.choice(OPTIONS)
    prefix = "/" if folder else rng.choice(["", "", "/"])
    package = rng.choice(["", "", "", "@pkg", "@_global_", "@_here_", "@_global_.a.b", "@x._group_"])
    kind = rng.random()
    if kind < 0.08:
        return f"  - {prefix}{group}/{option}{package}\n"
    if kind < 0.18:
        return f"  - {prefix}{group}{package}: [{', '.join(rng.sample(OPTIONS, 2))}]\n"
    if kind < 0.24:
        return f"  - {prefix}{group}{package}: null\n"
    if kind < 0.30:
        return f"  - optional {prefix}{group}{package}: {rng.choice(OPTIONS + ['absent'])}\n"
    return f"  - {prefix}{group}{package}: {option}\n"


def defaults(rng, folder, most):
    items = [item(rng, folder) for _ in range(rng.randint(1, most))]
    if rng.random() < 0.7:
        items.insert(rng.randint(0, len(items)), "  - _self_\n")
    return "defaults:\n" + "".join(items)


def override_line(rng):
    group, option, word = rng.choice(GROUPS), rng.choice(OPTIONS), rng.choice(WORDS)
    path = ".".join([rng.choice(["db", "srv", "model", "pkg", "alpha"])] + [word] * rng.randint(0, 1))
    return rng.choice([
        f"{group}={option}", f"{group}={option}", f"+{group}={option}", f"+{group}@extra={option}", f"~{group}", f"{group}@pkg={option}",
        f"{path}={rng.choice(['1', 'a', '[1,2]', '{alpha: 9}', 'null', '???', '${alpha}'])}",
        f"+{path}={rng.choice(['1', '[3]', '{new: 1}'])}", f"++{path}.{word}=5", f"~{path}", f"++{word}={rng.choice(['x', '{k: [1, 2]}'])}",
    ])


def random_case(rng):
    files = {}
    for group in GROUPS:
        for option in OPTIONS:
            text = rng.choice(["", "", "", "# @package _global_\n", "# @package pk.g\n"])
            if group.startswith("model") and group == "model" and rng.random() < 0.4:
                nested = rng.choice(["  - opt: %s\n" % rng.choice(OPTIONS), item(rng, "model")])
                text += "defaults:\n" + nested + rng.choice(["", "  - _self_\n"])
            files[f"{group}/{option}.yaml"] = text + body(rng)
    text = defaults(rng, "", 3)
    if rng.random() < 0.4:
        text += "  - experiment: %s\n" % rng.choice(["null", "e"])
        over = "".join(f"  - override /{g}: {rng.choice(OPTIONS)}\n" for g in rng.sample(GROUPS[:3], rng.randint(0, 2)))
        extra = item(rng, "experiment") if rng.random() < 0.3 else ""
        files["experiment/e.yaml"] = "# @package _global_\ndefaults:\n" + extra + rng.choice(["", "  - _self_\n"]) + over + body(rng)
        if not extra and not over and "_self_" not in files["experiment/e.yaml"]:
            files["experiment/e.yaml"] = "# @package _global_\n" + body(rng)
    files["config.yaml"] = text + body(rng)
    overrides = [override_line(rng) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    if "experiment/e.yaml" in files and rng.random() < 0.3:
        overrides.append("experiment=e")
    case = {"files": files, "overrides": overrides}
    if rng.random() < 0.3:
        case["resolve"] = True
    # Keep what the case needs: a smaller file is easier to read when it fails.
    used = "".join(files.values()) + " ".join(overrides)
    for name in list(files):
        option = name.split("/")[-1][:-5]
        if name != "config.yaml" and option in OPTIONS and option not in used:
            del files[name]
    return case
