using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Inference;

/// <summary>An input of a Scan of which each iteration sees one element.</summary>
/// <param name="Sequence">The whole.</param>
/// <param name="Axis">The axis along which it is cut; negative from the end.</param>
/// <param name="IsReversed">Whether the last element comes first.</param>
public sealed record ScannedInput(Value Sequence, long Axis, bool IsReversed);

/// <summary>An output to which each iteration adds one element.</summary>
/// <param name="Axis">The new axis; negative from the end.</param>
/// <param name="IsReversed">Whether the first element stands last.</param>
public sealed record StackedOutput(long Axis, bool IsReversed);

/// <summary>
/// A Loop or a Scan in one form. Inputs of the body: of a Loop the iteration number and the condition, then the carried values,
/// then of a Scan the elements. Outputs of the body: of a Loop the condition, then the carried values, then what is stacked.
/// Outputs of the node: the carried values, then the stacks.
/// </summary>
/// <param name="Body">The body.</param>
/// <param name="IsLoop">Whether it has an iteration number and a condition.</param>
/// <param name="Trips">The most iterations; null: no limit, or a Scan, whose inputs have the length.</param>
/// <param name="Condition">Whether to begin; null: yes.</param>
/// <param name="Initial">The carried values before the first iteration.</param>
/// <param name="Scanned">What is cut.</param>
/// <param name="Stacked">What is stacked.</param>
public sealed record LoopForm(
    Graph Body, bool IsLoop, Value? Trips, Value? Condition, ImmutableArray<Value> Initial,
    ImmutableArray<ScannedInput> Scanned, ImmutableArray<StackedOutput> Stacked)
{
    /// <summary>The number of carried values.</summary>
    public int Carried => Initial.Length;

    /// <summary>The body's input that is the first carried value.</summary>
    public int FirstCarriedInput => IsLoop ? 2 : 0;

    /// <summary>The body's input that is the first element of a scanned one.</summary>
    public int FirstElementInput => FirstCarriedInput + Carried;

    /// <summary>The body's output that is the first carried value.</summary>
    public int FirstCarriedOutput => IsLoop ? 1 : 0;

    /// <summary>The body's output that is stacked first.</summary>
    public int FirstStackedOutput => FirstCarriedOutput + Carried;

    /// <summary>Whether every iteration lets the next one begin.</summary>
    public bool AlwaysGoesOn => !IsLoop || IsAlwaysTrue(null, Body);

    /// <summary>The form of a node; null where its body does not fit it.</summary>
    public static LoopForm? TryOf(Node node) =>
        node.Attributes.Body("body") is not { } body ? null : node.Op.Is("Loop") ? Loop(node, body) : Scan(node, body);

    /// <summary>
    /// Whether the condition of a Loop is true before the loop (left out means true) and the body never makes it false: it returns a
    /// constant true, or the condition that it takes.
    /// </summary>
    public static bool IsAlwaysTrue(Value? initial, Graph body)
    {
        if (initial is not null && !IsTrue(initial)) return false;
        if (body.Outputs.IsEmpty) return false;
        Value condition = body.Outputs[0];
        for (int n = body.Nodes.Length - 1; n >= 0; n--) // nodes are in order: one walk backwards follows all copies
            if (body.Nodes[n] is var copy && (copy.Op.Is("Identity") || copy.Op.Is("Cast"))
                && copy.Output(0) == condition && copy.Input(0) is { } source)
                condition = source;
        return IsTrue(condition) || (body.Inputs.Length > 1 && condition == body.Inputs[1]);
    }

    /// <summary>Whether a body uses a value, in a body inside it or as a result too.</summary>
    public static bool Reads(Graph body, Value value) =>
        body.Outputs.Contains(value) || body.Nodes.Any(n => n.Inputs.Contains(value) || n.Captures.Contains(value));

    /// <summary>Whether a condition is known to be true.</summary>
    public static bool IsTrue(Value value) =>
        value.Data is { ElementCount: 1 } data and not StringTensor ? data.Bytes.Span.IndexOfAnyExcept((byte)0) >= 0
        : value.Elements is [var e] && DimMath.Number(e) is not (null or 0);

    private static LoopForm? Loop(Node node, Graph body)
    {
        int carried = Math.Max(0, node.Inputs.Length - 2), stacked = body.Outputs.Length - 1 - carried;
        if (body.Inputs.Length != carried + 2 || stacked < 0 || node.Outputs.Length > carried + stacked
            || node.Inputs.Skip(2).Contains(null)) return null;
        return new(body, true, node.Input(0), node.Input(1), [.. node.Inputs.Skip(2).Select(v => v!)], [],
            [.. Enumerable.Repeat(new StackedOutput(0, false), stacked)]);
    }

    private static LoopForm? Scan(Node node, Graph body)
    {
        long scanned = node.Attributes.Int("num_scan_inputs");
        int carried = node.Inputs.Length - (int)Math.Clamp(scanned, 0, int.MaxValue), stacked = body.Outputs.Length - carried;
        if (scanned < 1 || carried < 0 || stacked < 0 || body.Inputs.Length != node.Inputs.Length
            || node.Outputs.Length > body.Outputs.Length
            || node.Inputs.Contains(null)) return null;
        ImmutableArray<long> axesIn = node.Attributes.Ints("scan_input_axes"), axesOut = node.Attributes.Ints("scan_output_axes");
        ImmutableArray<long> waysIn = node.Attributes.Ints("scan_input_directions"),
            waysOut = node.Attributes.Ints("scan_output_directions");
        return new(body, false, null, null, [.. node.Inputs.Take(carried).Select(v => v!)],
            [.. node.Inputs.Skip(carried).Select((v, i) => new ScannedInput(v!, At(axesIn, i), At(waysIn, i) == 1))],
            [.. Enumerable.Range(0, stacked).Select(i => new StackedOutput(At(axesOut, i), At(waysOut, i) == 1))]);
    }

    private static long At(ImmutableArray<long> list, int index) => list.IsDefault || index >= list.Length ? 0 : list[index];
}
