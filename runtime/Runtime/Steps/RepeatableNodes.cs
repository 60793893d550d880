using System.Collections.Immutable;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// Which nodes can be part of a CUDA graph, as far as their operators and types say: the operator does not wait for the device,
/// and all shapes follow from the shapes of what is fed. To try and fail is no way to find out: a session that is refused in the
/// middle of a run may end the process later, when it is disposed (seen with ONNX Runtime 1.29).
/// </summary>
internal sealed class RepeatableNodes
{
    /// <summary>Operators of ONNX Runtime's CUDA provider that wait for the device, or draw random numbers on the host.</summary>
    private static readonly HashSet<string> Waiting = new(StringComparer.Ordinal)
    {
        "Compress", "NonMaxSuppression", "NonZero", "Unique", // data decide the shape
        "If", "Loop", "Scan", // data decide what is done
        "GRU", "LSTM", "RNN", // cuDNN reads the lengths on the host
        "Bernoulli", "Dropout", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
        "ConcatFromSequence", "ReverseSequence", "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase",
        "SequenceInsert", "SequenceLength", "SplitToSequence",
    };

    /// <summary>
    /// Operators for which cuDNN makes a plan, perhaps with kernels that it compiles, when they meet a shape. ONNX Runtime keeps the
    /// plan of the last shape only.
    /// </summary>
    private static readonly HashSet<string> MakingKernels = new(StringComparer.Ordinal) { "Conv", "ConvTranspose" };

    /// <summary>Operators whose kernels on CUDA read everything but their first input on the host: sizes, axes and limits.</summary>
    private static readonly HashSet<string> ReadingSizes = new(StringComparer.Ordinal)
    {
        "Clip", "CumSum", "Expand", "OneHot", "Pad", "Reshape", "Resize", "Slice", "Split", "Squeeze", "Tile", "TopK", "Trilu", "Unsqueeze", "Upsample",
        "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
    };

    private readonly Graph _graph;
    private readonly HashSet<string> _symbols;
    private readonly Lazy<HashSet<int>> _copying;

    /// <summary>The nodes of a graph.</summary>
    public RepeatableNodes(Graph graph)
    {
        _graph = graph;
        _symbols = [.. graph.Inputs.Select(v => v.Type).OfType<TensorType>().SelectMany(t => t.Shape?.Dims ?? []).Select(d => d.Symbol).OfType<string>()];
        _copying = new(() => [.. Copying([.. Enumerable.Range(0, graph.Nodes.Length)])]);
    }

    /// <summary>Whether a node can be recorded.</summary>
    public bool Is(int node) =>
        DoesNotWait(node) && !_copying.Value.Contains(node) && _graph.Nodes[node].Inputs.All(HasKnownShape) && _graph.Nodes[node].Outputs.All(HasKnownShape);

    /// <summary>Whether all of some nodes can be recorded.</summary>
    public bool Are(ImmutableArray<int> nodes) => nodes.All(Is);

    /// <summary>Whether none of some nodes that are executed together, in ascending order, waits for the device.</summary>
    public bool DoNotWait(ImmutableArray<int> nodes) => nodes.All(DoesNotWait) && !Copying(nodes).Any();

    /// <summary>Whether some nodes have kernels made for the shapes that they meet, which go when they meet others.</summary>
    public bool MakeKernels(ImmutableArray<int> nodes) => nodes.Any(n => MakingKernels.Contains(_graph.Nodes[n].Op.Type));

    private bool DoesNotWait(int node) => _graph.Nodes[node].Op is { Domain: "" } op && !Waiting.Contains(op.Type);

    /// <summary>
    /// Of some nodes that are executed together, in ascending order, those that read on the host what is on the device: ONNX Runtime
    /// copies it and waits. On the host are the results of Shape and what is computed of them alone, and what comes from other nodes
    /// and nobody here reads on the device.
    /// </summary>
    private IEnumerable<int> Copying(ImmutableArray<int> nodes)
    {
        HashSet<Value> onHost = [], onDevice = [];
        foreach (int n in nodes)
        {
            Node node = _graph.Nodes[n];
            Value[] computed = [.. node.Inputs.OfType<Value>().Where(v => !v.IsConstant)];
            if (node.Op.Is("Shape") || node.Op.Is("Size") || (computed.Length > 0 && computed.All(onHost.Contains)))
                onHost.UnionWith(node.Outputs.OfType<Value>());
            else
                onDevice.UnionWith(node.Inputs.Take(FirstReadOnHost(node)).Concat(node.Outputs).Concat(node.Captures).OfType<Value>());
        }
        onDevice.ExceptWith(onHost);
        return nodes.Where(n => _graph.Nodes[n] is var node && node.Inputs.Skip(FirstReadOnHost(node)).Any(v => v is { IsConstant: false } && onDevice.Contains(v)));
    }

    /// <summary>From which input on a kernel reads on the host.</summary>
    private static int FirstReadOnHost(Node node) =>
        node.Op.Is("ConstantOfShape") || node.Op.Is("Range") ? 0
        : node.Op.Domain.Length == 0 && ReadingSizes.Contains(node.Op.Type) ? 1
        : int.MaxValue;

    private bool HasKnownShape(Value? value) => value is null || value.IsConstant || (value.Type is TensorType { Shape: { } shape }
        && shape.Dims.All(d => d.IsKnown || (d.Symbol is { } symbol && _symbols.Contains(symbol))));
}
