using GraphPartition.Compiler.Editing;
using GraphPartition.Operators;

namespace GraphPartition.Compiler.Reducing;

/// <summary>Models with the same nodes that hold less: no metadata, smaller sizes, constant weights.</summary>
internal static class SmallerModel
{
    private const int MostElements = 16; // whole numbers; more are not a shape

    /// <summary>The model without doc strings, properties and denotations, which may hold names and paths of people.</summary>
    public static Model WithoutMetadata(Model model) => model with
    {
        Graph = new GraphCopy(DeclaredTypes.Instance, BuildScope.For(model.Graph)) { KeepsMetadata = false }.Of(model.Graph),
        Metadata = new("", []),
        Training = [],
    };

    /// <summary>
    /// The model with another size wherever a size occurs: in inputs and constants, and as an element of small constants, which are shapes.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="size">The size.</param>
    /// <param name="smaller">The size in its place.</param>
    /// <param name="operators">Infers the types behind the inputs.</param>
    /// <returns>Null where the nodes do not take it.</returns>
    public static Model? WithSize(Model model, long size, long smaller, OperatorTable operators)
    {
        var scope = BuildScope.For(model.Graph);
        HashSet<Value> entries = [];
        Collect(model.Graph);
        Graph graph = new GraphCopy(operators, scope)
        {
            TypeOf = v => entries.Contains(v) ? Sized(v.Type) : ModelEditor.Open(v.Type),
            DataOf = data => Cut(data, size, smaller),
        }.Of(model.Graph);
        return scope.Diagnostics.Any(d => d.Code.Severity == Severity.Error) ? null : model with { Graph = graph };

        IrType Sized(IrType type) => type is TensorType { Shape: { } shape } tensor
            ? tensor with { Shape = new([.. shape.Select(d => d.Is(size) ? Dim.Known(smaller) : d)]) } : type;

        void Collect(Graph graph)
        {
            entries.UnionWith(graph.Inputs);
            foreach (Graph body in graph.Nodes.SelectMany(n => n.Attributes.Bodies())) Collect(body);
        }
    }

    /// <summary>The sizes of inputs and constants, the largest first.</summary>
    public static long[] SizesOf(Graph graph) =>
        [.. graph.Inputs.SelectMany(v => v.Shape?.Dims ?? []).Where(d => d.IsKnown).Select(d => d.Size)
            .Concat(graph.Constants.SelectMany(v => v.Data!.Dims)).Distinct().OrderDescending()];

    /// <summary>The model with some constants all of whose elements are their first one.</summary>
    public static Model WithFlat(Model model, IReadOnlySet<TensorData> constants) => model with
    {
        Graph = new GraphCopy(DeclaredTypes.Instance, BuildScope.For(model.Graph))
        {
            DataOf = data => constants.Contains(data) ? Flat(data) : data,
        }.Of(model.Graph),
    };

    /// <summary>The constants of a graph and of its bodies with elements of whole bytes.</summary>
    public static IEnumerable<TensorData> ConstantsOf(Graph graph) => graph.Constants.Select(v => v.Data!).Where(HasBytes)
        .Concat(graph.Nodes.SelectMany(n => n.Attributes.Bodies()).SelectMany(ConstantsOf));

    private static bool HasBytes(TensorData data) => data is not StringTensor && data.Element.Bits() >= 8;

    /// <summary>
    /// The first elements along each axis of the size; small whole numbers become the smaller size where they are equal to it.
    /// </summary>
    private static TensorData Cut(TensorData data, long size, long smaller)
    {
        if (data.Element == ElementType.Int64 && data.Dims.Length < 2 && data.ToIntegers(MostElements) is { } numbers)
            return numbers.Contains(size)
                ? TensorData.Of<long>(ElementType.Int64, numbers.Select(n => n == size ? smaller : n).ToArray(), data.Dims.AsSpan()) : data;
        if (!data.Dims.Contains(size) || !HasBytes(data)) return data;
        ImmutableArray<long> dims = [.. data.Dims.Select(d => d == size ? smaller : d)];
        int width = data.Element.Bits() / 8;
        byte[] bytes = new byte[TensorData.CountOf(dims) * width];
        ReadOnlySpan<byte> from = data.Bytes.Span;
        var index = new long[dims.Length];
        for (int at = 0; at < bytes.Length; at += width)
        {
            long place = 0;
            for (int axis = 0; axis < index.Length; axis++) place = place * data.Dims[axis] + index[axis];
            from.Slice((int)place * width, width).CopyTo(bytes.AsSpan(at));
            for (int axis = index.Length - 1; axis >= 0 && ++index[axis] == dims[axis]; axis--) index[axis] = 0;
        }
        return new MemoryTensor(data.Element, dims, bytes);
    }

    private static MemoryTensor Flat(TensorData data)
    {
        byte[] bytes = data.Bytes.ToArray();
        int size = data.Element.Bits() / 8;
        for (int i = size; i < bytes.Length; i += size) bytes.AsSpan(0, size).CopyTo(bytes.AsSpan(i));
        return new MemoryTensor(data.Element, data.Dims, bytes);
    }
}
