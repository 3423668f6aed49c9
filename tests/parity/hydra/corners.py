"""Hand-written cases: one for each observed corner of Hydra 1.3 (composition, overrides, interpolation, YAML)."""

DB = {
    "config.yaml": "defaults:\n  - db: mysql\n  - _self_\nx: 1\nname: app\n",
    "db/mysql.yaml": "host: localhost\nport: 3306\nuser: {name: root, id: 7}\n",
    "db/pg.yaml": "host: remote\nport: 5432\nextra: [1, 2]\n",
}
EXPERIMENT = {
    "config.yaml": "defaults:\n  - _self_\n  - model: small\n  - task: ner\n  - experiment: null\nlr: 1\n",
    "model/small.yaml": "# @package _global_\nmodel: {name: small, size: 1, lora: {rank: 8, alpha: 16}}\n",
    "model/large.yaml": "# @package _global_\nmodel: {name: large, size: 10, quantization: {bits: 4}}\n",
    "task/ner.yaml": "# @package _global_\ntask: {name: ner, level: 1}\n",
    "task/re.yaml": "# @package _global_\ntask: {name: re, level: 2}\n",
    "experiment/e1.yaml": "# @package _global_\ndefaults:\n  - override /model: large\n  - _self_\nlr: 5\nmodel: {lr: 9}\n",
    "experiment/e2.yaml": "# @package _global_\ndefaults:\n  - override /model: null\n  - override /task: re\nnew: {a: 1}\n",
    "experiment/multi.yaml": "# @package _global_\ndefaults:\n  - override /task: null\n  - /task@tasks.ner: ner\n  - /task@tasks.re: re\n  - _self_\nmulti: true\n",
    "experiment/two.yaml": "# @package _global_\ndefaults:\n  - override /task: [ner, re]\n",
    "experiment/nohead.yaml": "defaults:\n  - override /model: large\nlr: 7\n",
    "experiment/relative.yaml": "# @package _global_\ndefaults:\n  - override model: large\n",
}


def tree(config, **groups):
    files = {"config.yaml": config}
    for name, text in groups.items():
        files[name.replace("__", "/") + ".yaml"] = text
    return files


def case(files, *overrides, name=None, resolve=False):
    out = {"files": files, "overrides": list(overrides)}
    if name is not None:
        out["name"] = name
    if resolve:
        out["resolve"] = True
    return out


COMPOSE = [case(DB, *o) for o in [
    (), ("db=pg",), ("db=mysql.yaml",), ("db=nope",), ("~db",), ("~db=pg",), ("~db=mysql",), ("~db", "db=pg"), ("db=null",),
    ("db=",), ("+db=pg",), ("++db=pg",), ("+db@b=pg",), ("+db@b.c=pg",), ("+db@_global_=pg",), ("+db@=pg",), ("db@x=pg",),
    ("db=pg", "db=mysql"), ("db=[mysql,pg]",), ("db=[]",), ("db={port: 1}",), ("db={new: 1}",), ("+db={new: 1}",),
    ("db=10",), ("db='pg'",), ('db="mysql"',), ("db=[1,2]",), ("db.port=1",), ("db.foo=1",), ("+db.foo=1",), ("++db.foo=1",),
    ("++db.port=1",), ("+db.port=1",), ("db.user={name: a}",), ("db.user={}",), ("db.user={zz: 1}",), ("+db.user={zz: 1}",),
    ("db.user=5",), ("db.user=null",), ("db.user=[1,2]",), ("db.user=???",), ("x={a: 1}",), ("x=[1,{a: 2}]",), ("x.y=1",),
    ("+x.y=1",), ("++x.y.z=1",), ("~x",), ("~x=1",), ("~x=2",), ("~x=1.0",), ("~x=true",), ("~x=null",), ("~nope",),
    ("~db.port",), ("~db.user.name",), ("~db.user={name: root, id: 7}",), ("~db.user={id: 7, name: root}",), ("a@b=1",),
    ("x=1", "x=2"), ("x=1,2",), ("x=choice(1,2)",), ("x=range(3)",), ("x=glob(*)",), ("x=[choice(1,2)]",),
    ("hydra.job.name=z",), ("hydra.foo=1",), ("+hydra.foo=1",), ("hydra/job_logging=none",), ("hydra/job_logging=nope",),
    ("db=pg", "db.extra.0=7"), ("db=pg", "db.extra.2=7"), ("db=pg", "db.extra=[9]"), ("db=pg", "+db.extra=[9]"),
    ("db=pg", "db.extra={a: 1}"), ("db=pg", "~db.extra.0"), ("db=pg", "db.extra.a=1"), ("db=pg", "db.extra.0={a: 1}"),
    ("db=pg", "db.extra.0={a: 1}", "db.extra.0.a=2"), ("db=pg", "db.extra.0={a: 1}", "+db.extra.0.b=2"),
    ("+new.a.b=1",), ("+new={a: {b: [1, 2]}}", "new.a.b=[]"), ("+new=${x}",), ("+new='${x} and ${db.port}'",),
    ("+new=${x",), ("x='${a b}'",), ("x='\\${x}'",), ("+i=${db}", "i.port=1"), ("+i=${db}", "+i.port=1"), ("+i=${db}", "i={b: 2}"),
    ("+i=${db}", "~i.port"), ("name=a", "~name=a"), ("name=null", "~name"), ("name=null", "+name=b"), ("name=???", "+name=b"),
    ("x=null", "+x=[1]"), ("db/x=1",), ("+db/x=1",), ("name=é",), ("name='é'",), ("=1",), ("~",), ("+=1",),
]]
COMPOSE += [case(DB, "+a='${x}'", "+b='${db.user}'", "+c='${db.port}-${name}'", resolve=True)]
COMPOSE += [case(EXPERIMENT, *o) for o in [
    (), ("experiment=e1",), ("experiment=e1", "model=small"), ("experiment=e2",), ("experiment=multi",), ("experiment=two",),
    ("experiment=nohead",), ("experiment=relative",), ("+experiment=e1",), ("experiment=[e1,multi]",), ("experiment=nope",),
    ("experiment=multi", "task@tasks.ner=re"), ("experiment=multi", "task=re"), ("experiment=multi", "~task@tasks.re"),
    ("+task@tasks.a=ner", "+task@tasks.b=re"), ("experiment=e1", "model.lora.rank=4"), ("model.lora.rank=4",),
    ("model.lora.ranc=4",), ("experiment=e2", "new.a=2"), ("new.a=2",), ("+task@second=re", "second.task.level=9"),
]]
COMPOSE += [case(f, *o) for f, *o in [
    (tree("defaults:\n  - g: a\nv: own\n", g__a="v: X\nw: 1\n"),),
    (tree("defaults:\n  - _self_\n  - g@_global_: a\nv: own\n", g__a="v: X\nw: 1\n"),),
    (tree("defaults:\n  - g@_global_: a\nv: own\n", g__a="v: X\nw: 1\n"),),
    (tree("defaults:\n  - g@_here_: a\n  - _self_\nv: own\n", g__a="v: X\n"),),
    (tree("defaults:\n  - g: a\n  - g: b\n", g__a="v: 1\n", g__b="w: 1\n"),),
    (tree("defaults:\n  - g: a\n  - g: a\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - g: a\n  - g@h: b\n", g__a="v: 1\n", g__b="w: 1\n"),),
    (tree("defaults:\n  - g: [a, b]\n", g__a="v: 1\nx: [1]\n", g__b="v: 2\nx: [2, 3]\n"),),
    (tree("defaults:\n  - g: []\nz: 1\n"),),
    (tree("defaults:\n  - g: null\nz: 1\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - g: null\nz: 1\n", g__a="v: 1\n"), "g=a"),
    (tree("defaults:\n  - g: null\nz: 1\n", g__a="v: 1\n"), "+g=a"),
    (tree("defaults:\n  - g: ???\nz: 1\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - g: ???\nz: 1\n", g__a="v: 1\n"), "g=a"),
    (tree("defaults:\n  - optional g: zz\nz: 1\n"),),
    (tree("defaults:\n  - optional g: [a, zz]\nz: 1\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - optional zz\nz: 1\n"),),
    (tree("defaults:\n  - foo g: a\nz: 1\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - g: 1\n"),), (tree("defaults:\n  - g: on\n"),), (tree("defaults:\n  - {}\n"),),
    (tree("defaults:\n  - {a: b, c: d}\n"),), (tree("defaults: {g: a}\n"),), (tree("defaults: null\n"),),
    (tree("defaults: g\n"),), (tree("defaults: []\nx: 1\n"),), (tree("defaults: []\nx: 1\n", g__a="v: 1\n"), "+g=a"),
    (tree("defaults:\n  - [a]\n"),), (tree("defaults:\n  - 1\n"),), (tree("defaults:\n  - g: {a: b}\n"),),
    (tree("defaults:\n  - other\n  - _self_\nx: 1\n", other="x: 2\ny: 3\n"),),
    (tree("defaults:\n  - sub/other\n  - _self_\nx: 1\n", sub__other="x: 2\ny: 3\n"),),
    (tree("defaults:\n  - sub/other@q\n  - _self_\nx: 1\n", sub__other="x: 2\ny: 3\n"),),
    (tree("defaults:\n  - sub/other@_global_\n  - _self_\nx: 1\n", sub__other="x: 2\ny: 3\n"),),
    (tree("defaults:\n  - /sub/other\n", sub__other="x: 2\n"),),
    (tree("defaults:\n  - _self_\n  - _self_\n"),), (tree("defaults:\n  - _self_@x\n"),),
    (tree("defaults:\n  - g: p\n", g__p="defaults:\n  - s: x\n  - a\n  - /h: x\nown: 1\n", g__s__x="sx: 1\n", g__a="ga: 1\n",
          h__x="hx: 1\n"),),
    (tree("defaults:\n  - g: p\n", g__p="defaults:\n  - /h: x\nown: 1\n", h__x="hx: 1\n", h__y="hy: 1\n"), "h@g.h=y"),
    (tree("defaults:\n  - g: p\n", g__p="defaults:\n  - /h: x\nown: 1\n", h__x="hx: 1\n", h__y="hy: 1\n"), "h=y"),
    (tree("defaults:\n  - g: p\n", g__p="# @package _global_\ndefaults:\n  - /h: x\nown: 1\n", h__x="hx: 1\n"),),
    (tree("defaults:\n  - g: p\n", g__p="defaults:\n  - /h@_global_.q: x\n  - /h@_group_: x\nown: 1\n", h__x="hx: 1\n"),),
    (tree("defaults:\n  - g@a._group_: p\n", g__p="own: 1\n"),),
    (tree("defaults:\n  - g: s/x\n", g__s__x="v: 1\n"),), (tree("defaults:\n  - g/s: x\n", g__s__x="v: 1\n"),),
    (tree("defaults:\n  - g: a.b\n", **{"g__a.b": "v: 1\n"}),), (tree("defaults:\n  - g.h: a\n", **{"g.h__a": "v: 1\n"}),),
    (tree("# @package foo\nx: 1\n"),), (tree("#@package foo\nx: 1\n"),), (tree("# @package foo.bar\nx: 1\n"),),
    (tree("# comment\n# @package foo\nx: 1\n"),), (tree("\n\n# @package foo\nx: 1\n"),), (tree("---\n# @package foo\nx: 1\n"),),
    (tree("# @package\nx: 1\n"),), (tree("# @package a b\nx: 1\n"),), (tree("# @Package a\nx: 1\n"),),
    (tree("# @package: a\nx: 1\n"),), (tree("# @package a\n# @package b\nx: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="# @package _group_\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="# @package _global_.q\nv: 1\n"),),
    (tree("defaults:\n  - g@z: a\n", g__a="# @package _global_\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="- 1\n- 2\n"),), (tree("defaults:\n  - a\n  - _self_\nx: 1\n", a="- 1\n"),),
    (tree("- 1\n"),), (tree("foo\n"),), (tree("5\n"),), (tree(""),), (tree("# only a comment\n"),), (tree("'a: b'\n"),),
    (tree("defaults:\n  - g: a\n", g__a=""),), (tree("defaults:\n  - g: a\n", g__a="foo\n"),),
    (tree("defaults:\n  - db: mysql\n  - srv: apache\n  - mix: ${db}_${srv}\n", db__mysql="d: 1\n", srv__apache="s: 1\n",
          mix__mysql_apache="m: 1\n", mix__pg_apache="m: 2\n", db__pg="d: 2\n"),),
    (tree("defaults:\n  - mix: ${db}_${srv}\n  - db: mysql\n  - srv: apache\n", db__mysql="d: 1\n", srv__apache="s: 1\n",
          mix__mysql_apache="m: 1\n", mix__pg_apache="m: 2\n", db__pg="d: 2\n"), "db=pg"),
    (tree("defaults:\n  - db: mysql\n  - q: w\n", db__mysql="d: 1\n", q__w="defaults:\n  - /mix: ${db}_x\n",
          mix__mysql_x="m: 1\n"),),
    (tree("defaults:\n  - q: w\n  - db: mysql\n", db__mysql="d: 1\n", q__w="defaults:\n  - /mix: ${db}_x\n",
          mix__mysql_x="m: 1\n"),),
    (tree("defaults:\n  - mix: ${oc.env:POLYCLINIC_TEST_UNSET,zz}\n", mix__zz="m: 1\n"),),
    (tree("defaults:\n  - mix/${db}\n  - db: a\n", db__a="d: 1\n", mix__a="m: 1\n"),),
    (tree("defaults:\n  - mix: [\"${db}\"]\n  - db: a\n", db__a="d: 1\n", mix__a="m: 1\n"),),
    (tree("defaults:\n  - mix: ${defaults.0.db}\n  - db: a\n", db__a="d: 1\n", mix__a="m: 1\n"),),
    (tree("defaults:\n  - mix: ${db\n  - db: a\n", db__a="d: 1\n"),),
    (tree("defaults:\n  - db: a\n  - mix: ${db}\n", db__a="d: 1\n", db__b="d: 2\n",
          mix__a="defaults:\n  - override /db: b\n"),),
    (tree("defaults:\n  - g: a\n  - override g: b\n", g__a="v: 1\n", g__b="v: 2\n"),),
    (tree("defaults:\n  - override g: b\n  - g: a\n", g__a="v: 1\n", g__b="v: 2\n"),),
    (tree("defaults:\n  - override g: b\n  - _self_\nx: 1\n", g__b="v: 2\n"),),
    (tree("defaults:\n  - g: a\n  - override g: b\n  - _self_\nx: 1\n", g__a="v: 1\n", g__b="v: 2\n"), "g=a"),
    (tree("defaults:\n  - override hydra/job_logging: none\nx: 1\n"),),
    (tree("defaults:\n  - override /hydra/job_logging: none\nx: 1\n"),),
    (tree("defaults:\n  - hydra/job_logging: none\nx: 1\n"),),
    (tree("defaults:\n  - override hydra/job_logging: none\nx: 1\n", g__a="v: 1\n"), "+g=a"),
    (tree("defaults:\n  - model: a\n  - experiment: e\n", model__a="v: 1\n", model__b="v: 2\n",
          experiment__e="# @package _global_\ndefaults:\n  - override /model: b\n"),),
    (tree("defaults:\n  - experiment: e\n  - model: a\n", model__a="v: 1\n", model__b="v: 2\n",
          experiment__e="# @package _global_\ndefaults:\n  - override /model: b\n"),),
    (tree("defaults:\n  - m: a\n  - e1: x\n  - e2: x\n", m__a="v: a\n", m__b="v: b\n", m__c="v: c\n",
          e1__x="defaults:\n  - override /m: b\n", e2__x="defaults:\n  - override /m: c\n"),),
    (tree("defaults:\n  - m: a\n  - e: x\n", m__a="v: a\n", m__b="v: b\n", m__c="v: c\n",
          e__x="defaults:\n  - f: y\n  - override /m: b\n", e__f__y="defaults:\n  - override /m: c\n"),),
    (tree("defaults:\n  - override optional g: b\n  - _self_\n"),),
    (tree("defaults:\n  - optional override g: zz\n  - g: a\n", g__a="v: 1\n"),),
    (tree("hydra:\n  job: {name: q}\nx: ${hydra:job.name}\n"),), (tree("hydra:\n  foo: 1\n"),),
    (tree("hydra:\n  searchpath: 3\n"),), (tree("hydra:\n  searchpath: [1]\n"),), (tree("hydra:\n  searchpath: []\nx: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="# @package _global_\nhydra: {searchpath: [x]}\n"),),
    (tree("defaults:\n  - g: a\n", g__a="# @package _global_\nhydra: {job: {name: z}}\nv: 1\n"),),
    (tree("x: 1\n", g__a="v: 1\n"), "+g=a"), (tree("defaults:\n  - _self_\ng: {v: own, w: 2}\n", g__a="v: 1\n"), "+g=a"),
    (tree("x: 1\n", x__a="v: 1\n"), "x=5"), (tree("x: 1\n", x__a="v: 1\n"), "x=a"), (tree("x: {r: 1}\n", x__a="v: 1\n"), "x={r: 2}"),
    (tree("x: 1\n", g__a="v: 1\n", g__b="w: 1\n"), "+g=[a,b]"), (tree("x: 1\n", g__a="v: 1\n"), "+g@p.q=a"),
    (tree("x: 1\n", g__s__a="v: 1\n"), "+g/s=a"), (tree("x: 1\n", g__a="v: 1\n"), "+g=a", "g.v=2"),
    (tree("x: 1\n", g__a="v: 1\n"), "g=a"), (tree("defaults:\n  - g@p: a\n", g__a="v: 1\n", g__b="v: 2\n"), "g=b"),
    (tree("defaults:\n  - g@p: a\n", g__a="v: 1\n", g__b="v: 2\n"), "g@p=b"),
    (tree("defaults:\n  - g@p: a\n  - g@q: a\n", g__a="v: 1\n", g__b="v: 2\n"), "g=b"),
    (tree("defaults:\n  - g@p: a\n", g__a="v: 1\n"), "~g@p"), (tree("defaults:\n  - g: [a]\n", g__a="v: 1\n"), "~g"),
    (tree("defaults:\n  - other\n", other="v: 1\n"), "~other"),
]]
COMPOSE += [case(tree("x: 1\n", sub__inner="defaults:\n  - g: a\n  - _self_\ny: 2\n", sub__g__a="v: 1\n"), *o, name=n)
            for n, o in [("sub/inner", ()), ("sub/inner.yaml", ()), ("nope", ()), ("config.yaml", ("+sub/g=a",))]]
# Merging: every kind over every kind.
KINDS = ["5", "null", "???", "{a: 1, b: {c: 2}}", "[1, {a: 2}]", "${other}", "${d}", "${l}", "{}", "[]", "${nope}"]
COMPOSE += [case(tree(f"defaults:\n  - _self_\n  - g@_global_: a\nother: 7\nd: {{b: {{q: 1}}, z: 3}}\nl: [9]\nkey: {d if d[0] != '$' else repr(d)}\n",
                      g__a=f"key: {s if s[0] != '$' else repr(s)}\n")) for d in KINDS for s in KINDS]
COMPOSE += [case(tree("key: " + (d if d[0] != "$" else repr(d)) + "\nother: 7\nd: {a: 1}\nl: [9]\n"), o)
            for d in KINDS[:8] for o in ["key={a: 2}", "+key={zz: 2}", "key=[3]", "key.a=4", "+key.a=4", "key=null", "++key=6"]]
# Interpolation.
INTERPOLATIONS = [
    "${a}", "${b.c}", "${b[c]}", "${[b].c}", "${l.0}", "${l[0]}", "${l[1].x}", "${l.2}", "${l.a}", "${.a}", "${..a}", "${...a}",
    "${b}", "${l}", "x${a}y", "${a}${b.c}", "${b} text", "${l} text", "${nope}", "${b.nope}", "${a.c}", "${n}", "${n} text", "${m}",
    "${m} text", "${t}", "${t} text", "${f} text", "${g} text", "\\${a}", "\\\\${a}", "\\\\\\${a}", "a\\b", "a\\b ${a}", "$a ${a}",
    "${ a }", "${a }", "${b .c}", "${${p}}", "${b.${q}}", "${q${a}}", "${}", "${", "${b c}", "${self}", "${oc.env:POLYCLINIC_TEST_TEXT}",
    "${oc.env:POLYCLINIC_TEST_NUMBER}", "${oc.env:POLYCLINIC_TEST_UNSET}", "${oc.env:POLYCLINIC_TEST_UNSET,null}",
    "${oc.env:POLYCLINIC_TEST_UNSET,1.50}", "${oc.env:POLYCLINIC_TEST_UNSET,true}", "${oc.env:POLYCLINIC_TEST_UNSET,'a b, c'}",
    "${oc.env:POLYCLINIC_TEST_UNSET,${a}}", "${oc.env:POLYCLINIC_TEST_UNSET,[1,x]}", "${oc.env:POLYCLINIC_TEST_UNSET,a b}",
    "${oc.env: POLYCLINIC_TEST_TEXT }", "${oc.env:POLYCLINIC_TEST_UNSET,}", "${oc.env:}", "${oc.env:A,B,C}", "${env:X}",
    "${oc.decode:${oc.env:POLYCLINIC_TEST_NUMBER}}", "${oc.decode:1e-3}", "${oc.decode:'yes'}", "${oc.decode:'0x10'}", "${oc.decode:null}",
    "${oc.decode:'null'}", "${oc.decode:''}", "${oc.decode:'${a}'}", "${oc.decode:5}", "${oc.decode:'a,b'}", "${oc.decode:'1 2'}",
    "${oc.create:[1,2,{x: y}]}", "${oc.create:{x: 1, y: ${a}}}", "${oc.select:a}", "${oc.select:nope}", "${oc.select:nope,dflt}",
    "${oc.select:n,dflt}", "${oc.select:m,dflt}", "${oc.select:b.c}", "${oc.select:a.c,9}", "${oc.select:.a}", "${oc.select:nope,${a}}",
    "${oc.select:b}", "${oc.dict.keys:b}", "${oc.dict.values:b}", "${oc.dict.keys:a}", "${oc.dict.keys:nope}", "${oc.dict.keys:b} text",
    "${oc.deprecated:a}", "${oc.deprecated:nope}", "${nores:1}", "${hydra:job.name}", "${a:b}", "${oc.env:A=B}", "${oc.env:é}", "${é}",
    "${oc.env:'é',x}", "${oc.env:POLYCLINIC_TEST_UNSET,\"q ${a}\"}", "${oc.env:POLYCLINIC_TEST_UNSET,'it\\'s'}", "${b.c}:${a}", "${e.0}",
    "${oc.env:POLYCLINIC_TEST_UNSET,a:b}", "${oc.env:POLYCLINIC_TEST_UNSET,{x: 1}}", "${oc.env:POLYCLINIC_TEST_UNSET,-1_0}", "${chain1}",
    "${loop1}", "${big} text", "${key with}", "${dash-key}", "${under_key}", "${1}", "${i.1}",
]
BASE = ("a: 1\nb: {c: deep, q: 2.0}\nl: [zero, {x: in}, [n]]\nn: null\nm: ???\nt: true\nf: 1.0e-05\ng: 1.0e+16\np: a\nq: c\ne: []\n"
        "chain1: ${chain2}\nchain2: ${b}\nloop1: ${loop2}\nloop2: ${loop1}\nbig: 123456789012345678901234567890\ndash-key: d\n"
        "under_key: u\ni: {1: int, '1': text}\n")
COMPOSE += [case({"config.yaml": BASE + "r: '" + i.replace("'", "''") + "'\nnest: {deep: {v: '" + i.replace("'", "''") + "'}}\nself: [x]\n"},
                 resolve=r) for i in INTERPOLATIONS for r in ([True] if "POLYCLINIC" in i else [False, True])]

# A list that holds more than names is refused once it is chosen, not before.
COMPOSE += [case(tree("defaults:\n  - _self_\nx: 1\n", db__three="a: 1\n"), *o) for o in [
    ("db=three", "+db=[3]"), ("+db=[3]",), ("db=three", "+db=3"), ("db=[3]", "+db=three"), ("db=three", "+db=[]"),
    ("db=three", "+db=[1.5,three]"), ("+db=[three,null]",), ("db=three", "+db=[null]"), ("db=three", "+db=[[three]]"),
    ("db=three", "+db=true")]]
# A text that interpolates a whole mapping shows what is resolved by then.
COMPOSE += [case({"config.yaml": text}, resolve=True) for text in [
    "a: {b: 1, c: '${e}'}\nd: pre ${a}\ne: 5\n", "d: pre ${a}\na: {b: 1, c: '${e}'}\ne: 5\n",
    "a: {b: '${d}'}\nd: pre ${a}\n", "a: [1, '${e}', {x: '${e}'}]\nd: pre ${a}\ne: 5\n",
    "e: {x: 1}\na: {b: '${e}'}\nd: pre ${a}\n", "a: {c: '${d.e}'}\nd: {e: 'p ${a}'}\n",
    "a: {x: {y: '${z}'}}\nd: p ${a.x}\nz: {w: '${v}'}\nv: 1\n", "d: pre ${a}\na: ${e}\ne: {x: '${f}'}\nf: 1\n",
    "a: {x: '${b}'}\nb: {y: '${a}'}\n", "a: {w: 1, x: '${b}'}\nb: {y: '${a.w}', z: '${c}'}\nc: [ '${a.w}' ]\n",
    "d: {e: 'y ${d}'}\n", "a: {b: '${c}'}\nc: {d: 'x ${a}'}\n"]]

GRAMMAR = ["x=" + v for v in [
    "1", "-1", "+1", "01", "1_000", "1__0", "1_", "0x10", "0", "00", "-0", "1.", ".5", "-.5", "1e5", "1E-5", "1.e5", ".5e3", "1_0.5_0", "inf",
    "-INF", "nan", "infinity", "1.0f", "1.2.3", "2020-01-01", "12:30", "- 1", "true", "TrUe", "true false", "null", "NULL", "None", "yes", "~",
    "a b", " a", "a ", "  a  b  ", "a:b", "a: b", "a :b", ":", "a/b", "/a/b", "a.b", "a-b", "-a", "a+b", "a%b", "a*b", "a@b", "a?b", "a|b",
    "$a", "${x}", "a${x}b", "${x}${x}", "a\\,b", "a\\=b", "a\\ b", "\\ a", "a\\\\b", "a\\nb", "\\[a\\]", "\\(", "\\:", "'a b'", "'a\\'b'",
    "'a\\\\'", "'a\\nb'", "\"a'b\"", "'a' ", " 'a'", "a'b'", "'a'b", "'a''b'", "''", "\"\"", "'", "'1'", "'null'", "'${x}'", "a=b", "a#b",
    "a!b", "a;b", "a&b", "a^b", "a<b", "a`b", "a(b", "a)b", "a[b", "a]b", "a{b", "a}b", "[1,2]", "[1, 2 ]", "[ 1 , a b , [x] ]", "[1,]", "[]",
    "[ ]", "[,]", "[a,,b]", "[[],{}]", "{a:1}", "{a: 1, b: {c: [1]}}", "{}", "{a}", "{a:}", "{1: a}", "{true: a}", "{null: a}", "{1.5: a}",
    "{a b: c}", "{a: 1, a: 2}", "{'a': 1}", "{${x}: 1}", "{a:b:c}", "{a: 1,}", "{1: a, 1.0: b, true: c}", "{a: ???}", "[null,~]", "???", "a??",
    "int(3.7)", "int('3')", "int(3.7e2)", "int(abc)", "int([1.5,2])", "int({a: 1.2})", "int(true)", "int(null)", "int(1,2)", "float(3)", "float('1e3')",
    "float(true)", "str(1)", "str(true)", "str(1.0)", "str(1e-5)", "str([1,true])", "bool(1)", "bool(0.0)", "bool(yes)", "bool('TRUE')", "bool(a)",
    "int(value=3.2)", "int()", "sort([3,1,2])", "sort([b,a],reverse=true)", "sort([1,a])", "sort([])", "sort(3)", "shuffle([1])", "foo(1)", "foo (1)",
    "int (3.5)", "int( 3.5 )", "choice(a", "sort([1.5,true,0])", "1 ", "a\tb", "1e400", "123456789012345678901234567890", "-9223372036854775809",
    "1.0e16", "1e-7", "100000.0", "0.1", "1e22", "1e23", "5e-324", "1.7976931348623157e308",
]] + ["x =1", " x=1", "a b=1", "a[0]=1", "0=1", "-a=1", "é=1", "a/b.c=1", "/a=1", "a..b=1", "a.=1", "x", "x:1", "+x", "++x", "~x", "~x=", "~~x",
      "+++x=1", "~+x=1", "x=", "+y=", "+$y=1", "+y$=1", "+a.0.b=1", "+a-b=1", "+_a=1", "+a.$b=1", "+a.01=1", "a@=1", "a@b@c=1", "x@=1", "+y=\n1",
      "+y='a\nb'"]

GROUPS = {"config.yaml": "x: 0\n", "db/mysql.yaml": "", "db/pg.yaml": "", "db/sqlite.yaml": "", "db/a.b.yaml": ""}
SWEEPS = [{"files": GROUPS, "overrides": o} for o in [
    ["x=1,2", "db=a,b"], ["x=1"], ["x=1,2", "y=3", "x=5,6"], ["+x=1,2", "++y=a"], ["~y"], ["~y=1"], ["x=choice(1,2)"], ["x=choice(a,b,[c,d])"],
    ["x=choice([a,b])"], ["x=choice()"], ["x=choice(null)"], ["x=a,null"], ["x=choice(choice(1))"], ["x=choice(1,2),3"], ["x=range(3)"],
    ["x=range(1,10,3)"], ["x=range(10,1,-3)"], ["x=range(0,1,0.1)"], ["x=range(0,1,0.3)"], ["x=range(1,0,-0.25)"], ["x=range(0.5,3)"],
    ["x=range(stop=3)"], ["x=range(start=1,stop=3)"], ["x=range(1,stop=4,step=2)"], ["x=range(a,b)"], ["x=range(0,1,0)"], ["x=range(5,1)"],
    ["x=range(-3,3,2)"], ["x=range(true,3)"], ["x=interval(0,1)"], ["db=glob(*)"], ["db=glob(m*)"], ["db=glob([*],exclude=m*)"],
    ["db=glob('*',exclude=[pg,mysql])"], ["db=glob([m*,p*])"], ["db=glob(?g)"], ["db=glob('[mp]*')"], ["db=glob('[!mp]*')"], ["nogroup=glob(*)"],
    ["x=sort(3,1,2)"], ["x=sort(choice(b,a))"], ["x=sort(choice(b,a,c),reverse=true)"], ["x=sort(range(10,1,-3))"], ["x=sort(range(5,0,-2))"],
    ["x=sort(range(0,5,2),reverse=true)"], ["x=sort(1,a)"], ["x=sort()"], ["x=sort(range(1,0,-0.25))"], ["x=tag(t,choice(1,2))"], ["x=tag(choice(1,2))"],
    ["x=tag(a,b)"], ["x=tag()"], ["x=str(choice(1,true))"], ["x=int(choice(1.5,2.7))"], ["x=float(range(1,3))"], ["x=str(range(1,3))"], ["x=int(1.5,2.5)"],
    ["x=bool(choice(true,false))"], ["x='a,b'"], ["x='a','b'"], ["x=\"a b\",'c\\'d'"], ["x=p\\,q,r"], ["x=[1,2],[3]"], ["x={a:1},{b:[2,c d]}"],
    ["x=1e-5,2.50,true,null"], ["x=a b,c:d"], ["x=${y},z"], ["x=1,,2"], ["x=1,"], ["x=a\\\\b,c"], ["x='a\\\\',b"], ["hydra.job.name=a", "x=1,2"],
    ["a.b=1,2", "c@d=x,y"], ["x=1_000,0x10"], ["x=inf,nan"], ["x=[1,choice(2,3)]"], ["x=[a, b],{ c : d }"], ["x=1, 2 , 3"], ["x=choice( 1 , 2 )"],
    ["x=shuffle(a)"], ["x=''", "y=,"], ["x=range(0,3.5,1)"], ["x=range(1e-3,5e-3,1e-3)"], ["x=sort([2,1]),5"], ["x=choice(a=1)"], ["x=range(1,2,3,4)"],
]]

YAML_TEXTS = ["k: " + v + "\n" for v in [
    "1", "017", "08", "0_7", "1_", "1__0", "0x1F", "0X1F", "0b101", "0o17", "1:30", "-1:30", "1:30:15", "1:60", "1:30.5", "1e5", "1e-5", "1E5", "12e03",
    "09.5", ".5", "-.5", "+.5", ".5e3", ".5e+3", "1e5_0", "1_0.5", "1._5", ".inf", "-.inf", "+.inf", ".Inf", ".iNf", ".nan", ".NaN", "inf", "nan", "1e400",
    "yes", "Yes", "YES", "yEs", "no", "on", "Off", "y", "n", "true", "tRUE", "null", "Null", "NULL", "~", "", "nUll", "2020-01-01", "2020-01-01 10:00:00",
    "=", "<<", "!!str 1", "!!int '7'", "!!float 3", "!!bool 'yes'", "!!null ''", "!!foo 1", "!bar 1", "'1'", "\"a\\tb\"", "'it''s'", "a # c", "a#b", "a: b",
    "-", "- a", "[a, b]", "{a: b}", "[a, [b, {c: d}]]", "{a, b: c}", "[a: b]", "|\n  x\n  y", ">\n  x\n  y", "|-\n  x", "&a 1", "*a", "@x", "`x",
    "%x", "?x", "? x", ":x", "x:", "a\tb", "\ta", "123456789012345678901234567890", "-0", "-0.0", "+1", "0.1", "1.0", "1.", "é", "\"\\u00e9\\u2028\"", "\"\\x07\"",
    "??", "???", "'???'", "\"a\\nb\"", "\"a\\n\\nb\\n\"", "0.000012345", "1e22", "1e16", "123456.789e3", "+0x1F", "-017", "0b_", "0_", "1_000_000", "12_34.5_6",
]] + [
    "a: 1\na: 2\n", "1: a\n1: b\n", "true: a\nyes: b\n1: c\n1.0: d\n", "on: 1\n'on': 2\n", "a: {b: 1, b: 2}\n", "null: 1\n", "~: 1\n", "[a]: 1\n", "? a\n: 1\n",
    "base: &b {x: 1, y: 2}\nd:\n  <<: *b\n  y: 3\n  z: 4\n", "b: &b {x: 1}\nc: &c {x: 2, w: 3}\nd: {<<: [*b, *c], q: 1}\n", "d: {<<: 3}\n",
    "a: &x [1, 2]\nb: *x\n", "a: &x {k: *x}\n", "- 1\n- [2, {a: b}]\n", "a:\n- 1\n-  - 2\n   - 3\n", "a:\n  b:\n    c: []\n  d: {}\n", "\ufeffa: 1\n", "a: 1\n---\nb: 2\n",
    "---\na: 1\n...\n", "a: 1\n b: 2\n", "a: 'unclosed\n", "a: [1, 2\n", "a:\n\t- 1\n", "a: 1 \n\n\nb: 2\n", "a: x\n  y\n  z\n", "key with blank: 1\n'quoted: key': 2\n",
    "1.5: a\n-3: b\n.inf: c\n2020-01-01: d\n", "a: ${b}\nb: 1\n", "a: ${\n", "a: ${b c}\n", "${a}: 1\n", "a: {b: '${c}'}\nc: 2\n", "a: [${x}]\n", "g: [???]\n", "a: {x: ???}\n",
    "a: !!set {x, y}\n", "a: >-\n  folded text\n  on lines\n\n  para\nb: |\n  literal\n    indented\n", "a: \"x\\\n  y\"\n", "a: 'x\n  y'\n", "%YAML 1.1\n---\na: 1\n", "a: b: c\n",
]
YAML_STRINGS = [
    "", " ", "a", "1", "1.0", "1_000", "1e5", "1e-5", "0x1F", "017", "0o17", "true", "yes", "y", "N", "null", "~", "inf", "nan", "Infinity", ".5", "2020-01-01", "=", "<<",
    "a: b", "a:b", "a #b", "a#b", "#a", "-", "- a", "-a", "--- a", "...", "[a", "{a", "a]", "a}", "&a", "*a", "!a", "|a", ">a", "'a", "\"a", "%a", "@a", "`a", "?", "? a", ":", ": a",
    "a:", " a", "a ", "a\nb", "a\n", "\na", "a\n\nb", "a \nb", "a\n b", "a\tb", "\t", "\x07", "\x1b[0m", "\\", "a\\nb", "it's", "say \"x\"", "it's \"both\"", "é", "日本語", "\U0001F600",
    "\u2028", "\x85", "\xa0", "\ufeff", "a" * 100, " ".join(["word"] * 30), " ".join(["word"] * 30) + "  double  blanks " + "x" * 50, "k: " + " ".join(["word"] * 30),
    "'" + " ".join(["it's"] * 30), "\t" + " ".join(["tab"] * 40), "a" * 130, "???", "1:30", "12:30:45.5", "+1", "-.5", "1__0", "1_", "_1", "0b1", "1.", "1.e5", "a,b", "None", "x\r\ny",
    "line one is rather long and goes on until it must be folded somewhere around here\nline two: also long enough that it needs folding because of its width\n",
]
