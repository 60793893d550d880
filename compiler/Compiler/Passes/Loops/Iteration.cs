using System.Collections.Immutable;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.Compiler.Passes.Loops;

/// <summary>A Loop or a Scan that is known to run its body a fixed number of times.</summary>
internal sealed class Iteration
{
    private readonly (int Input, long Axis, bool IsReversed)[] _slices; // of a Scan: what the body gets a slice of

    private Iteration(Graph body, long count, int firstCarried, int carried, (int, long, bool)[] slices, (long, bool)[] emitted) =>
        (Body, Count, FirstCarried, Carried, _slices, Emitted) = (body, count, firstCarried, carried, slices, emitted);

    /// <summary>What is repeated.</summary>
    public Graph Body { get; }

    /// <summary>How often.</summary>
    public long Count { get; }

    /// <summary>The node's first input that is carried from one iteration to the next.</summary>
    public int FirstCarried { get; }

    /// <summary>The number of carried values: the node's first outputs.</summary>
    public int Carried { get; }

    /// <summary>The body's first output that is carried: a Loop has its condition before them.</summary>
    public int FirstCarriedOut => Body.Outputs.Length - Carried - Emitted.Length;

    /// <summary>For each output that stacks what iterations give: along which axis, and whether the last comes first.</summary>
    public (long Axis, bool IsReversed)[] Emitted { get; }

    /// <summary>The iteration that the node is; none where it is no Loop or Scan.</summary>
    public static Match<Iteration> Of(Node node) =>
        node.Version != 0 || node.Attributes.Body("body") is not { } body ? default
        : node.Op.Is("Loop") ? OfLoop(node, body) : node.Op.Is("Scan") ? OfScan(node, body) : default;

    /// <summary>Says what the inputs of the body are in iteration <paramref name="k"/>.</summary>
    public void Feed(BodyCopy copy, int k, Value[] carried, Func<int, Value> input, GraphBuilder builder, PassContext context)
    {
        int first = Body.Inputs.Length - carried.Length - _slices.Length; // a Loop's body takes its number and the condition before
        if (first > 0)
        {
            long[] dims = [.. Body.Inputs[0].Shape is { Rank: 1 } ? [1L] : Array.Empty<long>()];
            copy.Set(Body.Inputs[0], builder.Constant(context.Fresh(Body.Inputs[0].Name), TensorData.Of<long>(ElementType.Int64, [k], dims)));
            dims = [.. Body.Inputs[1].Shape is { Rank: 1 } ? [1L] : Array.Empty<long>()];
            copy.Set(Body.Inputs[1], builder.Constant(context.Fresh(Body.Inputs[1].Name), TensorData.Of<bool>(ElementType.Bool, [true], dims)));
        }
        for (int c = 0; c < carried.Length; c++) copy.Set(Body.Inputs[first + c], carried[c]);
        for (int s = 0; s < _slices.Length; s++)
        {
            Value slice = Body.Inputs[first + carried.Length + s];
            long at = _slices[s].IsReversed ? Count - 1 - k : k;
            Value index = builder.Constant(context.Fresh(slice.Name + "_index"), TensorData.Of<long>(ElementType.Int64, [at]));
            AttributeMap axis = AttributeMap.Of(("axis", _slices[s].Axis));
            copy.Set(slice, builder.Add("Gather", [input(_slices[s].Input), index], [context.Fresh(slice.Name)], axis).Outputs[0]!);
        }
    }

    private static Match<Iteration> OfLoop(Node node, Graph body)
    {
        int carried = node.Inputs.Length - 2, emitted = body.Outputs.Length - 1 - carried;
        if (carried < 0 || emitted < 0 || body.Inputs.Length != 2 + carried || HasGap(node, 2)) return Match.No("its body does not fit it");
        if (node.Input(0)?.Data is not { ElementCount: 1 } trips || trips.ToIntegers() is not [var count]) return Match.No("its trip count is not a constant");
        if (node.Input(1) is { } start && !IsTrue(start)) return Match.No("its condition is not constant true");
        if (!StaysTrue(body)) return Match.No("its body computes the condition");
        if (count <= 0 && emitted > 0) return Match.No("it has no iterations that would say what its stacked outputs look like");
        return new Iteration(body, Math.Max(count, 0), 2, carried, [], [.. Enumerable.Repeat((0L, false), emitted)]);
    }

    private static Match<Iteration> OfScan(Node node, Graph body)
    {
        int slices = (int)node.Attributes.Int("num_scan_inputs"), carried = node.Inputs.Length - slices, emitted = body.Outputs.Length - carried;
        if (slices < 1 || carried < 0 || emitted < 0 || body.Inputs.Length != node.Inputs.Length || HasGap(node, 0)) return Match.No("its body does not fit it");
        var along = new (int Input, long Axis, bool IsReversed)[slices];
        for (int s = 0; s < slices; s++)
            along[s] = (carried + s, At(node.Attributes.Ints("scan_input_axes"), s), At(node.Attributes.Ints("scan_input_directions"), s) != 0);
        if (node.Inputs[carried]!.Shape is not { } shape || along[0].Axis < -shape.Rank || along[0].Axis >= shape.Rank)
            return Match.No("the rank of what it scans is not known");
        Dim length = shape[(int)(along[0].Axis < 0 ? along[0].Axis + shape.Rank : along[0].Axis)];
        if (!length.IsKnown || length.Is(0)) return Match.No($"it scans {length} slices, which is no number above 0");
        return new Iteration(body, length.Size, 0, carried, along, [.. Enumerable.Range(0, emitted).Select(e =>
            (At(node.Attributes.Ints("scan_output_axes"), e), At(node.Attributes.Ints("scan_output_directions"), e) != 0))]);
    }

    /// <summary>Whether the body's condition is its own input, or constant true.</summary>
    private static bool StaysTrue(Graph body)
    {
        Value condition = body.Outputs[0];
        for (int n = body.Nodes.Length - 1; n >= 0; n--)
            if (body.Nodes[n].Op.Is("Identity") && ReferenceEquals(body.Nodes[n].Output(0), condition)) condition = body.Nodes[n].Input(0)!;
        return ReferenceEquals(condition, body.Inputs[1]) || IsTrue(condition);
    }

    private static bool IsTrue(Value value) => value.Data is { ElementCount: 1, Element: ElementType.Bool } data && data.Bytes.Span[0] != 0;

    private static bool HasGap(Node node, int from)
    {
        for (int i = from; i < node.Inputs.Length; i++)
            if (node.Inputs[i] is null) return true;
        return false;
    }

    private static long At(ImmutableArray<long> values, int index) => values.IsDefault || index >= values.Length ? 0 : values[index];
}
