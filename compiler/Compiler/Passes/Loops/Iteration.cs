namespace GraphPartition.Compiler.Passes.Loops;

/// <summary>A Loop or a Scan with a known number of iterations.</summary>
/// <param name="Body">The repeated body.</param>
/// <param name="Count">The number of iterations.</param>
/// <param name="FirstCarried">The node's first input that is carried from one iteration to the next.</param>
/// <param name="Carried">The number of carried values: the node's first outputs.</param>
/// <param name="Slices">The inputs that a Scan slices, along which axis, and whether from the end.</param>
/// <param name="Emitted">For each output that stacks values of the iterations: along which axis, and whether the last comes first.</param>
internal sealed record Iteration(
    Graph Body, long Count, int FirstCarried, int Carried,
    (int Input, long Axis, bool IsReversed)[] Slices, (long Axis, bool IsReversed)[] Emitted)
{
    /// <summary>The body's first carried output: a Loop has its condition before it.</summary>
    public int FirstCarriedOut => Body.Outputs.Length - Carried - Emitted.Length;

    /// <summary>The iteration that a Loop or Scan is; nothing for other nodes.</summary>
    public static Match<Iteration> Of(Node node) =>
        node.Version != 0 || node.Attributes.Body("body") is not { } body ? default
        : node.Op.Is("Loop") ? OfLoop(node, body) : node.Op.Is("Scan") ? OfScan(node, body) : default;

    /// <summary>Sets the inputs of the body in iteration <paramref name="k"/>.</summary>
    public void SetInputs(BodyCopy copy, int k, Value[] carried, Node node, RewriteContext rewrite)
    {
        int first = Body.Inputs.Length - carried.Length - Slices.Length; // of a Loop: its number and condition
        if (first > 0)
        {
            long[] dims = [.. Body.Inputs[0].Shape is { Rank: 1 } ? [1L] : Array.Empty<long>()];
            copy.Set(Body.Inputs[0], rewrite.Constant(Body.Inputs[0].Name, TensorData.Of<long>(ElementType.Int64, [k], dims)));
            dims = [.. Body.Inputs[1].Shape is { Rank: 1 } ? [1L] : Array.Empty<long>()];
            copy.Set(Body.Inputs[1], rewrite.Constant(Body.Inputs[1].Name, TensorData.Of<bool>(ElementType.Bool, [true], dims)));
        }
        for (int c = 0; c < carried.Length; c++) copy.Set(Body.Inputs[first + c], carried[c]);
        for (int s = 0; s < Slices.Length; s++)
        {
            Value slice = Body.Inputs[first + carried.Length + s];
            long at = Slices[s].IsReversed ? Count - 1 - k : k;
            Value index = rewrite.Constant(slice.Name + "_index", TensorData.Of<long>(ElementType.Int64, [at]));
            AttributeMap axis = AttributeMap.Of(("axis", Slices[s].Axis));
            Value whole = rewrite.Input(node, Slices[s].Input)!;
            copy.Set(slice, rewrite.Add(node, "Gather", [whole, index], rewrite.Context.Fresh(slice.Name), axis, ""));
        }
    }

    private static Match<Iteration> OfLoop(Node node, Graph body)
    {
        int carried = node.Inputs.Length - 2, emitted = body.Outputs.Length - 1 - carried;
        if (carried < 0 || emitted < 0 || body.Inputs.Length != 2 + carried || HasGap(node, 2)) return Match.No("its body does not fit it");
        if (node.Input(0)?.Data is not { ElementCount: 1 } trips || trips.ToIntegers() is not [var count])
            return Match.No("its trip count is not a constant");
        if (node.Input(1) is { } start && !IsTrue(start)) return Match.No("its condition is not constant true");
        if (!StaysTrue(body)) return Match.No("its body computes the condition");
        if (count <= 0 && emitted > 0) return Match.No("it has no iterations, which would tell the shapes of its stacked outputs");
        return new Iteration(body, Math.Max(count, 0), 2, carried, [], [.. Enumerable.Repeat((0L, false), emitted)]);
    }

    private static Match<Iteration> OfScan(Node node, Graph body)
    {
        int slices = (int)node.Attributes.Int("num_scan_inputs"), carried = node.Inputs.Length - slices,
            emitted = body.Outputs.Length - carried;
        if (slices < 1 || carried < 0 || emitted < 0 || body.Inputs.Length != node.Inputs.Length || HasGap(node, 0))
            return Match.No("its body does not fit it");
        var along = new (int Input, long Axis, bool IsReversed)[slices];
        for (int s = 0; s < slices; s++)
            along[s] = (carried + s, At(node.Attributes.Ints("scan_input_axes"), s),
                At(node.Attributes.Ints("scan_input_directions"), s) != 0);
        if (node.Inputs[carried]!.Shape is not { } shape || along[0].Axis < -shape.Rank || along[0].Axis >= shape.Rank)
            return Match.No("the rank of its scanned input is not known");
        Dim length = shape[(int)(along[0].Axis < 0 ? along[0].Axis + shape.Rank : along[0].Axis)];
        if (!length.IsKnown || length.Is(0)) return Match.No($"it scans {length} slices, which is not a number above 0");
        return new Iteration(body, length.Size, 0, carried, along, [.. Enumerable.Range(0, emitted).Select(e =>
            (At(node.Attributes.Ints("scan_output_axes"), e), At(node.Attributes.Ints("scan_output_directions"), e) != 0))]);
    }

    /// <summary>Whether the body returns the condition that it takes, or constant true.</summary>
    private static bool StaysTrue(Graph body)
    {
        Value condition = body.Outputs[0];
        for (int n = body.Nodes.Length - 1; n >= 0; n--)
            if (body.Nodes[n].Op.Is("Identity") && ReferenceEquals(body.Nodes[n].Output(0), condition)) condition = body.Nodes[n].Input(0)!;
        return ReferenceEquals(condition, body.Inputs[1]) || IsTrue(condition);
    }

    private static bool IsTrue(Value value) =>
        value.Data is { ElementCount: 1, Element: ElementType.Bool } data && data.Bytes.Span[0] != 0;

    private static bool HasGap(Node node, int from)
    {
        for (int i = from; i < node.Inputs.Length; i++)
            if (node.Inputs[i] is null) return true;
        return false;
    }

    private static long At(ImmutableArray<long> values, int index) => values.IsDefault || index >= values.Length ? 0 : values[index];
}
