using System.Globalization;

namespace GraphPartition.Operators.TensorRt;

/// <summary>Every kind of condition: on inputs and attributes here, on whole operators in the classes beside this one.</summary>
internal static class Conditions
{
    public static Dictionary<string, ConditionKind> All { get; } = new()
    {
        ["rank"] = new("rank(I,R) or rank(I,R,S): input I has R dimensions, or R to S",
            a => n => InputChecks.Rank(n, Int(a[0]), Int(a[1]), Int(a[^1]), 0)),
        ["spatial"] = new("spatial(R,S): the first input has R to S dimensions behind batch and channels",
            a => n => InputChecks.Rank(n, 0, Int(a[0]) + 2, Int(a[1]) + 2, 2)),
        ["constant"] = new("constant(I): input I is known when the engine is built", a => n => InputChecks.IsKnown(n.Input(Int(a[0])))
            ? null : $"input {InputChecks.Name(n, a[0])} must be known when the engine is built; here it is computed"),
        ["initializer"] = new("initializer(I): input I is a weight in the model", a => n =>
            n.Input(Int(a[0])) is null or { IsConstant: true } ? null
                : $"input {InputChecks.Name(n, a[0])} must be a weight in the model; here it is computed"),
        ["static"] = new("static(I): every dimension of input I is a number", a => n =>
            n.Input(Int(a[0])) is not { } v || v.Shape?.IsStatic == true
                ? null : $"input {InputChecks.Name(n, a[0])} must have a fixed shape; here it is {v.Type}"),
        ["static-dim"] = new("static-dim(I,D): dimension D of input I is a number", a => n =>
            n.Input(Int(a[0]))?.Shape is { } s && Int(a[1]) < s.Rank && !s[Int(a[1])].IsKnown
                ? $"dimension {a[1]} of input {InputChecks.Name(n, a[0])} must be known; here it is {s}" : null),
        ["static-axis"] = new("static-axis(NAME,DEFAULT): that dimension of the first input is a number",
            a => n => InputChecks.StaticAxis(n, a[0], Int(a[1]))),
        ["same-shape"] = new("same-shape(I,J): inputs I and J have the same shape", a => n =>
            InputChecks.SameShape(n, Int(a[0]), Int(a[1]))),
        ["known-length"] = new("known-length(I): the number of elements of the list I is a number", a => n =>
            n.Input(Int(a[0])) is { Data: null } v && v.Shape is not { Rank: 1, IsStatic: true }
                ? $"the length of input {InputChecks.Name(n, a[0])}, the rank of the result, must be known; here it is {v.Type}" : null),
        ["even"] = new("even(I,TYPE...): an input I of one of these types has an even number of elements", a => n =>
            n.Input(Int(a[0])) is { } v && a.Skip(1).Contains(v.ElementType.Keyword())
            && (v.Shape is not { IsStatic: true } s || long.IsOddInteger(s.Dims.Aggregate(1L, (product, d) => product * d.Size)))
                ? $"input {InputChecks.Name(n, a[0])} must have an even number of elements; here it is {v.Type}" : null),
        ["no-input"] = new("no-input(I): input I is left out",
            a => n => n.Input(Int(a[0])) is null ? null : $"input {InputChecks.Name(n, a[0])} is not taken"),
        ["no-output"] = new("no-output(O): output O is left out", a => n =>
            n.Output(Int(a[0])) is null ? null : $"output {InputChecks.OutputName(n, a[0])} is not given"),
        ["given"] = new("given(I,CONDITION): where input I is given, CONDITION holds", a =>
            Where(a[1], n => n.Input(Int(a[0])) is not null)),
        ["omitted"] = new("omitted(I,CONDITION): where input I is left out, CONDITION holds", a =>
            Where(a[1], n => n.Input(Int(a[0])) is null)),
        ["computed"] = new("computed(I,CONDITION): where input I is given and not known when the engine is built, CONDITION holds", a =>
            Where(a[1], n => !InputChecks.IsKnown(n.Input(Int(a[0]))))),
        ["for-type"] = new("for-type(I,TYPE+TYPE...,CONDITION): where input I has one of these types, CONDITION holds", a =>
            Where(a[2], n => n.Input(Int(a[0])) is { } v && a[1].Split('+').Contains(v.ElementType.Keyword()))),
        ["zeros"] = new("zeros(I): input I is left out, or a constant of zeros", a => n =>
            n.Input(Int(a[0])) is not { } v || InputChecks.IsZero(v) ? null : $"input {InputChecks.Name(n, a[0])} must be a constant 0"),
        ["false"] = new("false(I): input I is left out, or a constant false", a => n =>
            n.Input(Int(a[0])) is not { } v || InputChecks.IsZero(v) || v.Elements is [var e] && e.Is(0)
                ? null : $"input {InputChecks.Name(n, a[0])} must be a constant false"),
        ["below"] = new("below(I,LIMIT): input I is below the limit where it is known", a => n =>
            InputChecks.Known(n.Input(Int(a[0]))) is [var k] && k >= Int(a[1])
                ? $"input {InputChecks.Name(n, a[0])} must be below {a[1]}; here it is {k}" : null),
        ["not-negative"] = new("not-negative(I): no element of input I is negative where they are known", a => n =>
            InputChecks.Known(n.Input(Int(a[0]))) is { } list && list.Any(x => x < 0)
                ? $"input {InputChecks.Name(n, a[0])} must not be negative; here it is [{string.Join(',', list)}]" : null),
        ["element"] = new("element(I,TYPE...): input I is left out, or of one of these element types", a => n =>
            n.Input(Int(a[0])) is not { } v || a.Skip(1).Contains(v.ElementType.Keyword())
                ? null : $"input {InputChecks.Name(n, a[0])} must be {string.Join(" or ", a.Skip(1))}; here it is {v.Type}"),
        ["output-element"] = new("output-element(O,TYPE...): output O is of one of these element types", a => n =>
            n.Output(Int(a[0])) is not { } v || a.Skip(1).Contains(v.ElementType.Keyword())
                ? null : $"output {InputChecks.OutputName(n, a[0])} must be {string.Join(" or ", a.Skip(1))}; here it is {v.Type}"),
        ["no-attribute"] = new("no-attribute(NAME): the attribute is missing",
            a => n => n.Attributes.Has(a[0]) ? $"attribute '{a[0]}' is not taken" : null),
        ["attribute"] = new("attribute(NAME,VALUE): the attribute is that number, or missing", a => n =>
            AttributeChecks.Number(n, a[0], Int(a[1])) == Int(a[1])
                ? null : $"attribute '{a[0]}' must be {a[1]}; here it is {AttributeChecks.Number(n, a[0], 0)}"),
        ["number"] = new("number(NAME,DEFAULT,...): the attribute, which is DEFAULT where it is missing, is one of the numbers", a => n =>
            AttributeChecks.Number(n, a[0], Int(a[1])) is var x && a.Skip(2).Any(t => Int(t) == x)
                ? null : $"attribute '{a[0]}' is {x}; taken are {string.Join(", ", a.Skip(2))}"),
        ["one-of"] = new("one-of(NAME,DEFAULT,...): the attribute is one of these, or missing", a => n =>
            n.Attributes.Text(a[0], a[1]) is var t && Array.IndexOf(a, t, 1) > 0
                ? null : $"attribute '{a[0]}' is '{t}'; taken are {string.Join(", ", a.Skip(1))}"),
        ["without"] = new("without(NAME,...): the attribute is a list without these", a => n => AttributeChecks.Without(n, a)),
        ["ones"] = new("ones(NAME): the attribute is a list of nothing but 1, or missing", a => n =>
            AttributeChecks.List(n, a[0]) is { } l && l.Any(x => x != 1)
                ? $"attribute '{a[0]}' must be all 1; here it is [{string.Join(',', l)}]" : null),
        ["symmetric"] = new("symmetric(NAME): as much padding before as after", a => n =>
            AttributeChecks.List(n, a[0]) is { } l && !l[..(l.Length / 2)].SequenceEqual(l[(l.Length / 2)..])
                ? $"attribute '{a[0]}' must be the same at both ends; here it is [{string.Join(',', l)}]" : null),
        ["all-axes"] = new("all-axes(NAME): the attribute lists all axes in order, or is missing", a => n =>
            AttributeChecks.List(n, a[0]) is { } l && (l.Length != n.Input(0)?.Shape?.Rank || l.Where((x, i) => x != i).Any())
                ? $"attribute '{a[0]}' must list all axes in order; here it is [{string.Join(',', l)}]" : null),
        ["same-activations"] = new("same-activations: both directions have the same activations", _ => AttributeChecks.SameActivations),
        ["windows-inside"] = new("windows-inside: with ceil_mode, no window starts outside of the input and the padding before it",
            _ => WindowChecks.StartInside),
        ["strides-or-dilations"] = new("strides-or-dilations: not both differ from 1", _ => WindowChecks.StridesOrDilations),
        ["plain-einsum"] = new("plain-einsum: no ellipsis, no diagonal, no broadcasting", _ => EinsumChecks.Plain),
        ["lower-case"] = new("lower-case(NAME): the attribute has no capital letter", a => n =>
            n.Attributes.Text(a[0]).Any(char.IsAsciiLetterUpper)
                ? $"attribute '{a[0]}' must be in small letters; here it is '{n.Attributes.Text(a[0])}'" : null),
        ["real-signal"] = new("real-signal: the signal has no imaginary part", _ => n =>
            n.Input(0)?.Shape is { Rank: >= 2 } s && (s.Rank == 2 || s[^1].Is(1))
                ? null : $"the signal must be real; here it is {n.Input(0)?.Type}"),
        ["vector-by-batch"] = new("vector-by-batch: not a vector times a batch of matrices", _ => n =>
            n.Input(0)?.Shape?.Rank == 1 && n.Input(1)?.Shape?.Rank >= 3
                ? $"a vector {n.Input(0)!.Type} times a batch of matrices {n.Input(1)!.Type}: the parser reshapes it wrongly" : null),
        ["attention-kernel"] = new("attention-kernel: there is a fused kernel: f16 or bf16 with heads of 16 to 256, or f32 with one query",
            _ => AttentionChecks.Kernel),
        ["branches"] = new("branches(same-rank|broadcastable): both branches give results whose shapes are so, under different names",
            a => n => BodyChecks.Branches(n, a[0] == "broadcastable", out _)),
        ["fixed-loop"] = new("fixed-loop: carried values keep their shape, and scan outputs have a known length",
            _ => n => BodyChecks.FixedLoop(n, out bool _)),
        ["loop-inputs"] = new("loop-inputs: the body reads the iteration number only with a trip count, the condition only if it is given",
            _ => BodyChecks.LoopInputs),
        ["state"] = new("state: the Scan has a state variable", _ => n =>
            n.Inputs.Length > n.Attributes.Int("num_scan_inputs") ? null : "it has no state variable"),
        ["inside"] = new("inside(I): input I is known, or computed in the same engine", _ => NoObjection)
        {
            Around = a => (n, graph) => Int(a[0]) is var i && (InputChecks.IsKnown(n.Input(i)) || graph.IsInside(n.Input(i)!))
                ? null
                : $"input {InputChecks.Name(n, i)} is of floats and gives sizes: it must be known, or computed in the same engine",
        },
        ["flat-sizes"] = new("flat-sizes(I,...): these inputs give sizes and are computed from scalars and lists only", _ => NoObjection)
        {
            Around = a => (n, graph) => a.Select(Int).FirstOrDefault(i => TableAt(n, i, graph) is not null, -1) is >= 0 and var at
                ? $"input {InputChecks.Name(n, at)} gives sizes and is computed through '{TableAt(n, at, graph)!.Name}' "
                    + $"({TableAt(n, at, graph)!.Type}); sizes come from scalars and lists only"
                : null,
        },
        ["not-dequantized"] = new("not-dequantized(I,TYPE): input I is not dequantized from that type", _ => NoObjection)
        {
            Around = a => (n, graph) => n.Input(Int(a[0])) is { } v && graph.ProducerOf(v) is { Op.Type: "DequantizeLinear" } dequantize
                && dequantize.Input(0)?.ElementType.Keyword() == a[1]
                    ? $"input {InputChecks.Name(n, a[0])} is dequantized from {a[1]}, for which there is no kernel" : null,
        },
        ["no-body-operator"] = new("no-body-operator(OP,...): no body holds such an operator", a => n => BodyChecks.Without(n, a)),
    };

    private static string? NoObjection(Node node) => null;

    private static Value? TableAt(Node node, int input, Surroundings graph) =>
        node.Input(input) is { } size && !InputChecks.IsKnown(size) ? ShapeTensorChecks.Table(size, graph) : null;

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A condition that must hold only of some nodes.</summary>
    private static Func<Node, string?> Where(string condition, Func<Node, bool> applies)
    {
        Condition inner = Condition.Parse(condition);
        return n => applies(n) ? inner.Objection(n) : null;
    }
}
