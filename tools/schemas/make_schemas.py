#!/usr/bin/env python3
"""Writes the operator schemas that GraphPartition embeds, one line per operator version.

    make_schemas.py ONNX.json ORT.json OUT_DIR

writes OUT_DIR/onnx.schemas and OUT_DIR/contrib.schemas. README.md beside this file says how the two JSON files are made
and what a line means. Only the standard library is needed; the output depends on nothing but the input.
"""
import json
import struct
import sys

# Element types under the names of the compiler's text form (ElementTypes.Keyword in ir/Types/ElementType.cs).
KEYWORDS = {
    "float": "f32", "double": "f64", "float16": "f16", "bfloat16": "bf16", "bool": "bool", "string": "str",
    "int2": "i2", "int4": "i4", "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64",
    "uint2": "u2", "uint4": "u4", "uint8": "u8", "uint16": "u16", "uint32": "u32", "uint64": "u64",
    "complex64": "c64", "complex128": "c128", "float4e2m1": "f4e2m1", "float8e8m0": "f8e8m0",
    "float8e4m3fn": "f8e4m3fn", "float8e4m3fnuz": "f8e4m3fnuz", "float8e5m2": "f8e5m2", "float8e5m2fnuz": "f8e5m2fnuz",
}

# A set of types is written as a sum; a group stands for its members where all of them are in the set.
GROUPS = {
    "float": ["f16", "f32", "f64"],
    "int": ["i8", "i16", "i32", "i64"],
    "uint": ["u8", "u16", "u32", "u64"],
    "complex": ["c64", "c128"],
    "float8": ["f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz"],
    "bits4": ["u4", "i4"],
    "bits2": ["u2", "i2"],
}
ORDER = list(GROUPS) + list(KEYWORDS.values())

# Layout-internal copies of standard operators; models never hold them.
# ONNX Runtime's dump does not say which variadic parameters take values of different types; these do.
HETEROGENEOUS = {"EPContext", "QLinearConcat"}
SKIPPED_DOMAINS = {"com.ms.internal.nhwc"}


def split_constructor(name):
    """'seq(tensor(float))' -> ('seq', 'tensor(float)')."""
    constructor, _, rest = name.partition("(")
    return constructor, rest[:-1]


def type_sum(names):
    """A set of ONNX type names as a sum; None where the compiler knows none of them."""
    tensors, maps, inner = set(), [], {}
    for name in names:
        constructor, argument = split_constructor(name)
        if constructor == "tensor":
            if argument in KEYWORDS:  # float6 types are newer than the IR
                tensors.add(KEYWORDS[argument])
        elif constructor == "map":
            key, value = argument.split(", ")
            maps.append(f"map({KEYWORDS[key]},{KEYWORDS[value]})")
        elif constructor == "sparse_tensor":
            inner.setdefault("sparse", []).append(f"tensor({argument})")
        else:
            inner.setdefault({"seq": "seq", "optional": "optional"}[constructor], []).append(argument)
    terms = []
    for group, members in GROUPS.items():
        if tensors.issuperset(members):
            terms.append(group)
            tensors -= set(members)
    terms += sorted(tensors, key=ORDER.index)
    terms += sorted(maps)
    for constructor in sorted(inner):
        argument = type_sum(inner[constructor])
        if argument:
            terms.append(f"{constructor}({argument})")
    return "+".join(terms) or None


def shortest_float(value):
    """The shortest decimal that reads back as the same 32-bit float."""
    single = struct.pack("<f", value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        try:
            if struct.pack("<f", float(text)) == single:
                return text if any(c in text for c in ".en") else text + ".0"
        except OverflowError:  # rounded up past the largest float
            pass
    raise ValueError(value)


def default_text(value):
    if isinstance(value, float):
        return shortest_float(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list):
        return "[" + " ".join(default_text(v) for v in value) + "]"
    return str(value)


def attribute_text(attribute):
    kind = {"TYPE_PROTO": "type", "SPARSE_TENSOR": "sparse"}.get(attribute["type"], attribute["type"].lower())
    text = f"{attribute['name']}:{kind}"
    if attribute["required"]:
        return text + "!"
    return text + (f"={default_text(attribute['default'])}" if "default" in attribute else "")


def parameters_text(parameters, least, constraints):
    """name:type, with '?' after the name of an optional one; '*' (none or more), '+' (one or more) after a variadic one,
    and '~' after that where its values may differ in type."""
    texts = []
    for i, p in enumerate(parameters):
        name = p["name"].replace(".", "")
        if p["option"] == "Optional":
            name += "?"
        elif p["option"] == "Variadic":
            name += "+" if least > i else "*"
            name += "" if p.get("homogeneous", True) else "~"
        kind = p["type"] if p["type"] in constraints else type_sum([p["type"]])
        texts.append(f"{name}:{kind}")
    return ", ".join(texts)


def schema_text(s):
    constraints = s["constraints"]
    used = {p["type"] for p in s["inputs"] + s["outputs"]}
    sums = [f"{name}={type_sum(constraints[name]) or '?'}" for name in sorted(constraints) if name in used]
    attributes = [attribute_text(a) for a in sorted(s["attrs"], key=lambda a: a["name"])]
    head = (s["domain"] + "::" if s["domain"] else "") + f"{s['name']} {s['since']}" + (" deprecated" if s.get("deprecated") else "")
    inputs = parameters_text(s["inputs"], s["min_in"], constraints)
    outputs = parameters_text(s["outputs"], s["min_out"], constraints)
    return f"{head}: {inputs} -> {outputs} | {', '.join(sums)} | {', '.join(attributes)}".replace("  ", " ").rstrip(" |")


def write(path, source, schemas):
    schemas = sorted(schemas, key=lambda s: (s["domain"], s["name"], s["since"]))
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write(f"# Operator schemas of {source}.\n# Generated by tools/schemas/make_schemas.py: do not edit.\n")
        for group, members in GROUPS.items():
            out.write(f"group {group} = {'+'.join(members)}\n")
        for s in schemas:
            out.write(schema_text(s) + "\n")


def main(onnx_path, ort_path, out_dir):
    with open(onnx_path, encoding="utf-8") as f:
        onnx = json.load(f)
    with open(ort_path, encoding="utf-8") as f:
        ort = json.load(f)
    write(f"{out_dir}/onnx.schemas", f"the onnx package {onnx['onnx']} (Apache-2.0)", onnx["schemas"])
    known = {s["domain"] for s in onnx["schemas"]}
    for s in ort["schemas"]:
        if s["name"] in HETEROGENEOUS and s["domain"] == "com.microsoft":
            for p in s["inputs"] + s["outputs"]:
                p["homogeneous"] = p["option"] != "Variadic"
    contrib = [s for s in ort["schemas"] if s["domain"] not in known | SKIPPED_DOMAINS]
    write(f"{out_dir}/contrib.schemas", f"ONNX Runtime {ort['ort']} (MIT) beyond those of ONNX", contrib)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
