"""Hand-written cases of defaults lists, packages and files: the second campaign."""

from corners import case, tree


def group(*names, value="v"):
    return {f"g/{name}.yaml": f"{value}: {name}\n" for name in names}


def with_g(config, *overrides, name=None, **more):
    files = {"config.yaml": config, **group("a", "b", "c")}
    files.update({path.replace("__", "/") + ".yaml": text for path, text in more.items()})
    return case(files, *overrides, name=name)


# One defaults list over group g with options a, b, c; `x: own` is the file's own content.
LISTS = [
    ["_self_"], ["g: a", "_self_"], ["_self_", "g: a"], ["g: a", "_self_", "g@h: b"], ["g: [a, b, c]"], ["g: [c, a]"], ["g: [a, a]"], ["g: [a, null]"],
    ["g: [a, nope]"], ["optional g: [nope, a]"], ["optional g: nope"], ["optional g: null"], ["optional g: ???"], ["g: ~"], ["g:"], ["g: ''"], ["g: ' a'"],
    ["g: a.yaml"], ["g: a.yml"], ["g: 'a '"], ["g: A"], ["g: /g/a"], ["g: ../g/a"], ["g: ./a"], ["/g: a"], ["//g: a"], ["g/: a"], ["./g: a"], ["../g: a"],
    ["g@: a"], ["g@_here_: a"], ["g@_global_: a"], ["g@_group_: a"], ["g@_name_: a"], ["g@x: a"], ["g@x.y: a"], ["g@x.: a"], ["g@.x: a"], ["g@x..y: a"],
    ["g@_global_.x: a"], ["g@x._global_: a"], ["g@x._global_.y: a"], ["g@x._group_: a"], ["g@_group_.x: a"], ["g@x._here_: a"], ["g@_here_.x: a"],
    ["g@x@y: a"], ["g@x:y: a"], ["g@'x y': a"], ["g @x: a"], ["g@ x: a"], ["g@x: a", "g@y: b"], ["g@x: a", "g@x: b"], ["g@x: a", "g@x: a"],
    ["g@x: a", "g: b"], ["g: a", "g@g: b"], ["g@g: a"], ["/g@g: a"], ["g/a"], ["/g/a"], ["g/a.yaml"], ["g/a@x"], ["g/a@_global_"], ["g/a@"], ["g/a@_here_"],
    ["g/a", "g/b"], ["g/a", "g/a"], ["g/a", "g: b"], ["g: a", "g/b"], ["g/nope"], ["optional g/nope"], ["g"], ["g/"], ["/g"], ["/"], ["''"], ["' '"],
    ["override g: a"], ["g: a", "override g: b"], ["g: a", "override /g: b"], ["g: a", "override g: null"], ["g: a", "override g: [b, c]"],
    ["g: [a, b]", "override g: c"], ["g: null", "override g: b"], ["g: ???", "override g: b"], ["optional g: nope", "override g: b"],
    ["g: a", "override g: nope"], ["g: a", "override optional g: nope"], ["g: a", "optional override g: nope"], ["g: a", "override g: b", "override g: c"],
    ["g@x: a", "override g: b"], ["g@x: a", "override g@x: b"], ["g@x: a", "override g@y: b"], ["g@x: a", "g@y: a", "override g@y: b"],
    ["g@x: a", "g@y: a", "override g: b"], ["override g: b", "g: a"], ["g: a", "override g: b", "_self_"], ["_self_", "g: a", "override g: b"],
    ["g: a", "override g: b", "g@h: c"], ["g: a", "override g@g: b"], ["g: a", "override  g: b"], ["g: a", "Override g: b"], ["g: a", "overrides g: b"],
    ["optional  g: nope"], ["optional optional g: nope"], ["optional override g: b"], ["override override g: b", "g: a"], ["foo bar g: a"], ["optional foo g: nope"],
    ["foo optional g: nope"], ["g a: b"], ["optional"], ["optional: a"], ["override: a"], ["_self_: a"], ["g: _self_"], ["g: a", "_self_", "_self_"],
    ["/_self_"], ["_self_.yaml"], ["optional _self_"], ["g: _global_"], ["_global_"], ["_here_"], ["g: a", "z: null"], ["z: null"], ["z: []"], ["z: ???"],
    ["z: nope"], ["optional z: nope"], ["g: ${x}"], ["g: ${g}"], ["g: '${oc.env:POLYCLINIC_TEST_UNSET,b}'"], ["g: '${oc.env:POLYCLINIC_TEST_UNSET}'"],
    ["g@h: a", "g: '${g@h}'"], ["g: a", "g@h: '${g}'"], ["g@h: '${g}'", "g: a"], ["g: a", "g/${g}"], ["g: a", "g@h: [b, '${g}']"], ["g: \\${x}"], ["g: '${oc.select:g,b}'"],
    ["g: a", "z: '${g}_z'"], ["g: a", "optional z: '${g}_z'"], ["g: null", "g@h: '${g}'"], ["g: [a, b]", "g@h: '${g}'"], ["g: a", "g@h: x${g}"],
    ["g: 1"], ["g: 1.5"], ["g: true"], ["g: 'true'"], ["g: {a: b}"], ["g: {}"], ["g: [[a]]"], ["g: [1]"], ["g: [true]"], ["g: 2020-01-01"], ["1: a"], ["true: a"], ["null: a"],
    ["? g\n    : a"], ["g: a\n    h: b"], ["{g: a}"], ["[g]"], ["- g: a"], ["!!str g: a"], ["'g': 'a'"], ["\"g\": \"a\""], ["g: |\n      a"], ["g: >-\n      a"],
    ["hydra: default"], ["hydra/job_logging: none"], ["override hydra/job_logging: none"], ["override /hydra/job_logging: disabled"], ["override hydra/job_logging: nope"],
    ["override hydra/launcher: basic"], ["override hydra/nope: x"], ["override hydra/job_logging@hydra.job_logging: none"], ["override hydra/help: default"],
    ["hydra/env: default"], ["hydra/help: null"], ["override hydra/job_logging: null"], ["override hydra/job_logging: [none, stdout]"], ["config"], ["/config"], ["config.yaml"],
    ["g: &o a", "g@h: *o"],
]
COMPOSE = [with_g("defaults:\n" + "".join(f"  - {item}\n" for item in items) + "x: own\n") for items in LISTS]

# The same lists meet the command line.
COMPOSE += [with_g("defaults:\n" + "".join(f"  - {item}\n" for item in items) + "x: own\n", *overrides) for items, overrides in [
    (["g: [a, b]"], ["g=c"]), (["g: [a, b]"], ["g=[c]"]), (["g: [a, b]"], ["+g=c"]), (["g: [a, b]"], ["~g=a"]), (["g: [a, b]"], ["~g=[a,b]"]), (["g: a"], ["g=[b,c]"]),
    (["g: null"], ["~g"]), (["g: null"], ["g=[]"]), (["g: null"], ["g=a", "~g"]), (["g: ???"], ["~g"]), (["g: ???"], ["g=???"]), (["g: ???"], ["+g=a"]),
    (["g: ???"], ["g=[a,b]"]), (["optional g: nope"], ["g=a"]), (["optional g: nope"], ["g=other"]), (["optional g: nope"], ["~g"]), (["optional g: nope"], ["g.v=1"]),
    (["g@x: a"], ["g@x=b"]), (["g@x: a"], ["g=b"]), (["g@x: a"], ["g@y=b"]), (["g@x: a"], ["~g@x"]), (["g@x: a"], ["~g"]), (["g@x: a"], ["+g=b"]), (["g@x: a"], ["+g@y=b"]),
    (["g@x: a"], ["x.v=1"]), (["g@_global_: a"], ["g=b"]), (["g@_global_: a"], ["g@_global_=b"]), (["g@_global_: a"], ["g@=b"]), (["g@_global_: a"], ["~g@_global_"]),
    (["g@_here_: a"], ["g@_here_=b"]), (["g@_here_: a"], ["g@_global_=b"]), (["g@g: a"], ["g=b"]), (["g@g: a"], ["g@g=b"]), (["g@x._group_: a"], ["g@x.g=b"]),
    (["g@x._group_: a"], ["g@x._group_=b"]), (["/g: a"], ["g=b"]), (["g: a", "override g: b"], ["g=c"]), (["g: a", "override g: b"], ["~g"]), (["g: a", "override g: b"], ["~g=b"]),
    (["g: a", "override g: b"], ["~g=a"]), (["g: a", "override g: b"], ["+g@h=c"]), (["g@x: a", "g@y: b"], ["g@x=c", "g@y=c"]), (["g@x: a", "g@y: b"], ["~g@x", "~g@y"]),
    (["g/a"], ["g=b"]), (["g/a"], ["+g=b"]), (["g/a"], ["~g/a"]), (["g/a"], ["~g"]), (["g/a"], ["g.v=2"]), (["g: '${oc.env:POLYCLINIC_TEST_UNSET,b}'"], ["g=a"]),
    (["g: a", "g@h: '${g}'"], ["g=b"]), (["g: a", "g@h: '${g}'"], ["g@h=c"]), (["g: a", "g@h: '${g}'"], ["~g"]), (["g: a", "g@h: '${g}'"], ["~g@h"]),
    (["g: a"], ["g=b", "+g@h=c", "h.v=1", "~g", "x=2"]), (["_self_", "g@_global_: a"], ["v=1"]), (["_self_", "g@_global_: a"], ["+g=b"]), (["override g: b"], ["+g=a"]),
    (["override hydra/job_logging: none"], ["hydra/job_logging=stdout"]), (["override hydra/job_logging: none", "_self_"], ["+g=a"]), (["_self_"], ["+g=a", "+g@h=b"]),
    (["_self_"], ["+g=a", "+g=b"]), (["_self_"], ["+g=[a,b]", "g=c"]), (["_self_"], ["+g=a", "g=b"]), (["_self_"], ["+g=a", "~g"]), (["_self_"], ["g=b", "+g=a"]),
    (["_self_"], ["+g=nope"]), (["_self_"], ["+g=null"]), (["_self_"], ["+g="]), (["_self_"], ["+g=''"]), (["_self_"], ["+g=[]"]), (["_self_"], ["+g=a.yaml"]),
    (["_self_"], ["+g@_global_=a"]), (["_self_"], ["+g@_global_=a", "v=2"]), (["_self_"], ["+g@a.b.c=a", "a.b.c.v=2"]), (["_self_"], ["+g={v: 1}"]), (["_self_"], ["+g.v=1"]),
    (["_self_"], ["+g.v=1", "+g=a"]), (["_self_"], ["+g={v: 1}", "+g=a"]), (["_self_"], ["+x/y=a"]), (["_self_"], ["x=a", "~x"]), (["g: a"], ["~g", "+g=b"]),
    (["g: a"], ["~g=a", "g=b"]), (["g: a"], ["~g=b"]), (["g: a"], ["g=b", "~g=b"]), (["g: a"], ["g='${x}'"]), (["g: a"], ["g=a,b"]), (["g: a"], ["g=glob(*)"]),
    (["g: a"], ["g='a'"]), (["g: a"], ["g=[\"a\",'b']"]), (["g: a"], ["g={v: 2}"]), (["g: a"], ["g={w: 2}"]), (["g: a"], ["+g={w: 2}"]), (["g: a"], ["++g={w: 2}"]),
]]

# Own content, packages in headers, nested files.
P = "# @package "
COMPOSE += [case(f, *o) for f, *o in [
    (tree("defaults: [g@_global_: a]\nx: 1\n", g__a="x: 2\n"),), (tree("x: 1\ndefaults:\n  - g: a\ny: 2\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - g: a\n  - _self_\ng: {v: own}\n", g__a="v: 1\nw: 2\n"),), (tree("defaults:\n  - _self_\n  - g: a\ng: {v: own, z: 3}\n", g__a="v: 1\nw: 2\n"),),
    (tree("defaults:\n  - g: a\ng: own\n", g__a="v: 1\n"),), (tree("defaults:\n  - g: a\n  - _self_\ng: null\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - g: a\n  - _self_\ng: ???\n", g__a="v: 1\n"),), (tree("defaults:\n  - g: a\n  - _self_\ng: [1]\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - g: a\n  - _self_\ng: {}\n", g__a="v: 1\n"),), (tree("x:\n  defaults: [a, b]\n  y: 1\n"),), (tree("defaults:\n"),), (tree("defaults: {}\n"),),
    (tree("defaults: ''\n"),), (tree("defaults: 5\n"),), (tree("defaults: true\n"),), (tree("defaults: ???\n"),), (tree("defaults: ${x}\nx: [a]\n"),), (tree("Defaults:\n  - g: a\n"),),
    (tree("'defaults':\n  - g: a\n", g__a="v: 1\n"),), (tree("defaults:\n- g: a\nx: 1\n", g__a="v: 1\n"),), (tree("defaults:\n    -   g:   a   # note\n    - _self_ # me\n", g__a="v: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults: null\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults: []\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - b\n  - _self_\nv: a\n", g__b="v: b\nw: b\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - b\nv: a\n", g__b="v: b\nw: b\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - _self_\n  - b\nv: a\n", g__b="v: b\nw: b\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - a\nv: a\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - /g@x: a\nv: a\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - /g: b\nv: a\n", g__b="v: b\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - /g@_global_.g: b\nv: a\n", g__b="v: b\nw: b\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - b@x\nv: a\n", g__b="v: b\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - b@_global_\nv: a\n", g__b="v: b\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - h: x\nv: a\n", g__h__x="w: x\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - h: x\nv: a\n", h__x="w: x\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - h/x\nv: a\n", g__h__x="w: x\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - /h/x\nv: a\n", h__x="w: x\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - /h/x@_here_\nv: a\n", h__x="w: x\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - /h@_here_: x\nv: a\n", h__x="w: x\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - ../h: x\nv: a\n", h__x="w: x\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - ../h/x\nv: a\n", h__x="w: x\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - /config\nv: a\n"),), (tree("defaults:\n  - g/s: a\n", g__s__a="defaults:\n  - t: b\n  - c\nv: a\n", g__s__t__b="w: b\n", g__s__c="u: c\n"),),
    (tree("defaults:\n  - g: s/a\n", g__s__a="defaults:\n  - t: b\n  - c\nv: a\n", g__s__t__b="w: b\n", g__s__c="u: c\n"),),
    (tree("defaults:\n  - g: s/a\n", g__s__a="defaults:\n  - t: b\n  - c\nv: a\n", g__t__b="w: b\n", g__c="u: c\n"),), (tree("defaults:\n  - g: s/a\n", g__s__a="v: 1\n"), "g=s/a"),
    (tree("defaults:\n  - g: s/a\n", g__s__a="v: 1\n", g__b="v: 2\n"), "g=b"), (tree("defaults:\n  - g/s: a\n", g__s__a="v: 1\n", g__s__b="v: 2\n"), "g/s=b"),
    (tree("defaults:\n  - g/s@q: a\n", g__s__a="v: 1\n", g__s__b="v: 2\n"), "g/s@q=b"), (tree("defaults:\n  - g/s: a\n", g__s__a="v: 1\n"), "g.s.v=3"),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - override /h: y\nv: 1\n", h__x="w: x\n", h__y="w: y\n"),), (tree("defaults:\n  - h: x\n  - g: a\n", g__a="defaults:\n  - override /h: y\nv: 1\n", h__x="w: x\n", h__y="w: y\n"),),
    (tree("defaults:\n  - h: x\n  - g: a\n", g__a=P + "_global_\ndefaults:\n  - override /h: y\nv: 1\n", h__x="w: x\n", h__y="w: y\n"),),
    (tree("defaults:\n  - h: x\n  - g: a\n", g__a=P + "_global_\ndefaults:\n  - override h: y\nv: 1\n", h__x="w: x\n", h__y="w: y\n"),),
    (tree("defaults:\n  - h@q: x\n  - g: a\n", g__a=P + "_global_\ndefaults:\n  - override /h@q: y\nv: 1\n", h__x="w: x\n", h__y="w: y\n"),),
    (tree("defaults:\n  - h: x\n  - g: a\n", g__a=P + "_global_\ndefaults:\n  - override /h: y\nv: 1\n", h__x="w: x\n", h__y="w: y\n"), "h=x"),
    (tree("defaults:\n  - h: x\n  - g: a\n  - override h: x\n", g__a=P + "_global_\ndefaults:\n  - override /h: y\nv: 1\n", h__x="w: x\n", h__y="w: y\n"),),
    (tree("defaults:\n  - h: x\n  - g: a\n  - k: b\n", g__a=P + "_global_\ndefaults:\n  - override /h: y\n", k__b=P + "_global_\ndefaults:\n  - override /h: z\n", h__x="w: x\n", h__y="w: y\n", h__z="w: z\n"),),
    (tree("defaults:\n  - h: x\n  - g: a\n", g__a=P + "_global_\ndefaults:\n  - override /h: y\n", h__x="w: x\n", h__y="defaults:\n  - /k: m\nw: y\n", k__m="n: m\n"),),
    (tree("defaults:\n  - h: x\n  - g: a\n", g__a=P + "_global_\ndefaults:\n  - override /h/k: m\n", h__x="defaults:\n  - k: l\nw: x\n", h__k__l="n: l\n", h__k__m="n: m\n"),),
    (tree("defaults:\n  - h: x\n  - override h/k: m\n", h__x="defaults:\n  - k: l\nw: x\n", h__k__l="n: l\n", h__k__m="n: m\n"),),
    (tree("defaults:\n  - h: x\n", h__x="defaults:\n  - k: l\nw: x\n", h__k__l="n: l\n", h__k__m="n: m\n"), "h/k=m"),
    (tree("defaults:\n  - h: x\n", h__x="defaults:\n  - k: l\nw: x\n", h__k__l="n: l\n", h__k__m="n: m\n"), "~h/k"),
    (tree("defaults:\n  - h@q: x\n", h__x="defaults:\n  - k: l\nw: x\n", h__k__l="n: l\n", h__k__m="n: m\n"), "h/k@q.k=m"),
    (tree("defaults:\n  - h@q: x\n", h__x="defaults:\n  - k: l\nw: x\n", h__k__l="n: l\n", h__k__m="n: m\n"), "h/k=m"),
    (tree("defaults:\n  - h: x\n", h__x=P + "_global_\ndefaults:\n  - k: l\nw: x\n", h__k__l="n: l\n", h__k__m="n: m\n"), "h/k@k=m"),
    (tree("defaults:\n  - h@a: x\n  - h@b: x\n", h__x="defaults:\n  - k: l\nw: ${.k.n}\n", h__k__l="n: l\n", h__k__m="n: m\n"), "h/k@b.k=m"),
    (tree("defaults:\n  - g: a\n", g__a=P + "x\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "x.y.z\nv: 1\n"),), (tree("defaults:\n  - g@q: a\n", g__a=P + "x\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a=P + "_global_\nv: 1\n"), "g=a"), (tree("defaults:\n  - g: a\n", g__a=P + "_global_\nv: 1\n", g__b="w: 1\n"), "g=b"),
    (tree("defaults:\n  - g: a\n", g__a=P + "_name_\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "_here_\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "_group_._name_\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a=P + "x._global_\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "x._global_.y\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "x.\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a=P + "''\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "1.2\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "x-y\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a=P + "x/y\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "x\n" + P + "y\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a="  #   @package   x  \nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="#\t@package\tx\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a="## @package x\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a="# @other y\n# @package x\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="# @package x # note\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a="v: 1\n# @package x\n"),), (tree("defaults:\n  - g: a\n", g__a="# @package x\n"),),
    (tree("defaults:\n  - g: a\n", g__a="#@package x\r\nv: 1\r\n"),), (tree("defaults:\n  - g: a\n", g__a="\ufeff# @package x\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a="# note\n\n# @package x\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="# @packagex y\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a="# @ package x\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a="# @package =x\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="# " + "y" * 520 + "\n# @package x\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a="\n" * 520 + "# @package x\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a=P + "é\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "_global_\ndefaults:\n  - b\nv: 1\n", g__b="w: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a=P + "_global_\ndefaults:\n  - b@q\nv: 1\n", g__b="w: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "_global_.z\ndefaults:\n  - /g@q: b\nv: 1\n", g__b="w: 1\n"),),
    (tree("defaults:\n  - g@p: a\n", g__a="defaults:\n  - /g@q: b\nv: 1\n", g__b="defaults:\n  - /g@r: c\nw: 1\n", g__c="u: 1\n"),),
    (tree("defaults:\n  - g@p: a\n", g__a="defaults:\n  - /g@q: b\nv: 1\n", g__b="defaults:\n  - /g@r: c\nw: 1\n", g__c="u: 1\n", g__d="u: d\n"), "g@p.q.r=d"),
    (tree("defaults:\n  - g@p: a\n", g__a="defaults:\n  - /g@_global_.q: b\nv: 1\n", g__b="defaults:\n  - /g@r: c\nw: 1\n", g__c="u: 1\n", g__d="u: d\n"), "g@q.r=d"),
    (tree("defaults:\n  - g: a\n", g__a="- {v: 1}\n- 2\n"), "g.0.v=5"), (tree("defaults:\n  - g: a\n  - g@h: b\n", g__a="- 1\n", g__b="[]\n"),), (tree("defaults:\n  - g@x: a\n", g__a="- 1\n"), "+x=[2]"),
    (tree("defaults:\n  - g: [a, b]\n", g__a="- 1\n", g__b="- 2\n"),), (tree("defaults:\n  - g: [a, b]\n", g__a="- 1\n", g__b="v: 2\n"),), (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - b\n", g__b="- 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="null\n"),), (tree("defaults:\n  - g: a\n", g__a="5\n"),), (tree("defaults:\n  - g: a\n", g__a="true\n"),), (tree("defaults:\n  - g: a\n", g__a="''\n"),),
    (tree("defaults:\n  - g: a\n", g__a="{}\n"),), (tree("defaults:\n  - g: a\n", g__a="# nothing\n"),), (tree("defaults:\n  - g: a\n", g__a="---\n"),), (tree("defaults:\n  - g: a\n", g__a="---\n---\nv: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="v: 1\nv: 2\n"),), (tree("defaults:\n  - g: a\n", g__a="v: [\n"),), (tree("defaults:\n  - g: a\n", g__a="v: ${\n"),), (tree("defaults:\n  - g: a\n", g__a="\tv: 1\n"),),
    (tree("null\n"),), (tree("true\n"),), (tree("1.5\n"),), (tree("''\n"),), (tree("{}\n"),), (tree("[]\n"),), (tree("---\nx: 1\n"),), (tree("x: 1\n...\n"),), (tree("x: 1\n---\n"),), (tree("???\n"),), (tree("${x}\n"),),
    (tree("x: 1", **{"g__a b": "v: 1\n"}), "+g='a b'"), (tree("x: 1", **{"g__a b": "v: 1\n"}), "+g=a b"), (tree("x: 1", **{"g__é": "v: 1\n"}), "+g='é'"), (tree("x: 1", **{"g__1": "v: 1\n"}), "+g='1'"),
    (tree("x: 1", **{"g__1": "v: 1\n"}), "+g=1"), (tree("x: 1", **{"g__null": "v: 1\n"}), "+g='null'"), (tree("x: 1", **{"g__null": "v: 1\n"}), "+g=null"), (tree("x: 1", **{"g__true": "v: 1\n"}), "+g=true"),
    (tree("x: 1", **{"g__a.b.c": "v: 1\n"}), "+g=a.b.c"), (tree("x: 1", **{"g__a-b_c": "v: 1\n"}), "+g=a-b_c"), (tree("x: 1", **{"g-h__a": "v: 1\n"}), "+g-h=a"), (tree("x: 1", **{"g.h__a": "v: 1\n"}), "+g.h=a"),
    (tree("defaults:\n  - g.h: a\n", **{"g.h__a": "v: 1\n", "g.h__b": "v: 2\n"}), "g.h=b"), (tree("defaults:\n  - g-h: a\n", **{"g-h__a": "v: 1\n"}), "g-h.v=2"), (tree("defaults:\n  - é: a\n", **{"é__a": "v: 1\n"}),),
    (tree("defaults:\n  - 'g h': a\n", **{"g h__a": "v: 1\n"}),), (tree("defaults:\n  - '1': a\n", **{"1__a": "v: 1\n"}),), (tree("defaults:\n  - g: a\n", **{"g__a": "v: 1\n", "g": "w: 1\n"}),), (tree("defaults:\n  - g\n", **{"g__a": "v: 1\n", "g": "w: 1\n"}),),
    (tree("defaults:\n  - g\n  - g: a\n", **{"g__a": "v: 1\n", "g": "g: {w: 1}\n"}),), (tree("x: 1", **{"g__a": "v: 1\n", "g": "w: 1\n"}), "+g=a"), ({"config.yml": "x: 1\n"},), ({"config.yaml": "defaults:\n  - g: a\n", "g/a.yml": "v: 1\n"},),
    (tree("hydra:\n  job: {chdir: yes}\n"),), (tree("hydra:\n  job: {chdir: 5}\n"),), (tree("hydra:\n  job: {nope: 5}\n"),), (tree("hydra:\n  run: {dir: 5}\n"),), (tree("hydra:\n  run: {dir: null}\n"),), (tree("hydra:\n  verbose: [a, b]\n"),),
    (tree("hydra:\n  mode: MULTIRUN\n"),), (tree("hydra:\n  mode: multirun\n"),), (tree("hydra:\n  mode: x\n"),), (tree("hydra: null\nx: 1\n"),), (tree("hydra: {}\nx: 1\n"),), (tree("hydra: 5\n"),), (tree("hydra: [1]\n"),), (tree("hydra: ???\nx: 1\n"),),
    (tree("hydra:\n  job_logging: {version: 5, q: 1}\nx: 1\n"),), (tree("hydra:\n  callbacks: {mine: {a: 1}}\nx: 1\n"),), (tree("hydra:\n  sweeper: {params: {x: '1,2'}}\nx: 1\n"),), (tree("hydra:\n  sweeper: {nope: 1}\nx: 1\n"),),
    (tree("hydra:\n  launcher: {nope: 1}\nx: 1\n"),), (tree("hydra:\n  overrides: {task: [a]}\nx: 1\n"),), (tree("hydra:\n  runtime: {version: 5}\nx: 1\n"),), (tree("hydra:\n  help: {header: a}\nx: 1\n"),), (tree("hydra:\n  output_subdir: null\nx: 1\n"),),
    (tree("defaults:\n  - g: a\n", g__a="defaults:\n  - override /hydra/job_logging: none\nv: 1\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "hydra\njob: {name: q}\n"),), (tree("defaults:\n  - g: a\n", g__a=P + "hydra.job\nnope: 1\n"),),
    (tree("defaults:\n  - d: '${e}'\n  - e: x\n", d__x="v: 1\n", e__x="w: 1\n", e__y="w: 2\n", d__y="v: 2\n"), "e=y"), (tree("defaults:\n  - e: x\n  - d: '${e}'\n", d__x="v: 1\n", e__x="w: 1\n", e__y="w: 2\n", d__y="v: 2\n"), "d=y"),
    (tree("defaults:\n  - e: x\n  - d: '${e}_${e}'\n", d__x_x="v: 1\n", e__x="w: 1\n"),), (tree("defaults:\n  - e: x\n  - d: '${e}/z'\n", d__x__z="v: 1\n", e__x="w: 1\n"),), (tree("defaults:\n  - e/f: x\n  - d: '${e/f}'\n", d__x="v: 1\n", e__f__x="w: 1\n"),),
    (tree("defaults:\n  - e@q: x\n  - d: '${e@q}'\n", d__x="v: 1\n", e__x="w: 1\n"),), (tree("defaults:\n  - e: x\n  - '${e}/z'\n", x__z="v: 1\n", e__x="w: 1\n"),), (tree("defaults:\n  - e: x\n  - '/${e}/z@q'\n", x__z="v: 1\n", e__x="w: 1\n"),),
    (tree("defaults:\n  - e: x\n  - optional d: '${e}'\n", e__x="w: 1\n"),), (tree("defaults:\n  - e: x\n  - d: '${nope}'\n", e__x="w: 1\n"),), (tree("defaults:\n  - e: x\n  - '${e}': z\n", x__z="v: 1\n", e__x="w: 1\n"),),
    (tree("defaults:\n  - e: x\n  - d: '${e}'\n  - k: '${d}'\n", d__x="v: 1\n", e__x="w: 1\n", k__x="u: 1\n"),), (tree("defaults:\n  - d: '${k}'\n  - k: '${e}'\n  - e: x\n", d__x="v: 1\n", e__x="w: 1\n", k__x="u: 1\n"),),
    (tree("defaults:\n  - e: x\n  - d: '${e}'\n", d__x="defaults:\n  - /k: m\nv: 1\n", e__x="w: 1\n", k__m="u: 1\n", k__n="u: 2\n"), "k@d.k=n"), (tree("defaults:\n  - e: x\n  - d: '${e}'\n", d__x="defaults:\n  - /k: '${e}'\nv: 1\n", e__x="w: 1\n", k__x="u: 1\n"),),
]]
COMPOSE += [case(tree("x: 1\n", sub__main=text, sub__g__a="v: 1\n", sub__g__b="v: 2\n", g__a="v: root\n", sub__deep__main="defaults:\n  - g: a\nz: 1\n", sub__deep__g__a="v: deep\n"), *o, name=n)
            for n, text, o in [
    ("sub/main", "y: 2\n", ()), ("sub/main", "defaults:\n  - g: a\ny: 2\n", ()), ("sub/main", "defaults:\n  - /g: a\ny: 2\n", ()), ("sub/main", "defaults:\n  - g: a\ny: 2\n", ("sub/g=b",)),
    ("sub/main", "defaults:\n  - g: a\ny: 2\n", ("g=a",)), ("sub/main", "defaults:\n  - /g: a\ny: 2\n", ("g@sub.g=a",)), ("sub/main", "y: 2\n", ("+g=a",)), ("sub/main", "y: 2\n", ("+sub/g=b",)), ("sub/main", "y: 2\n", ("sub.y=3",)),
    ("sub/main", "y: 2\n", ("y=3",)), ("sub/main", P + "_global_\ny: 2\n", ("y=3",)), ("sub/main", P + "_global_\ndefaults:\n  - g: a\ny: 2\n", ()), ("sub/deep/main", "y: 2\n", ()), ("sub/deep/main", "y: 2\n", ("sub/deep/g=a",)),
    ("sub/deep/main.yaml", "y: 2\n", ()), ("/sub/main", "y: 2\n", ()), ("sub", "y: 2\n", ()), ("sub/", "y: 2\n", ()), ("./config", "y: 2\n", ()), ("sub/../config", "y: 2\n", ()), ("config.yaml.yaml", "y: 2\n", ()), ("Config", "y: 2\n", ()),
]]
