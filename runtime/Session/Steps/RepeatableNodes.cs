using System.Collections.Immutable;
using GraphPartition.Ir;

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

    private readonly Graph _graph;
    private readonly HashSet<string> _symbols;

    /// <summary>The nodes of a graph.</summary>
    public RepeatableNodes(Graph graph)
    {
        _graph = graph;
        _symbols = [.. graph.Inputs.Select(v => v.Type).OfType<TensorType>().SelectMany(t => t.Shape?.Dims ?? []).Select(d => d.Symbol).OfType<string>()];
    }

    /// <summary>Whether a node can be recorded.</summary>
    public bool Is(int node) =>
        DoesNotWait(node) && _graph.Nodes[node].Inputs.All(HasKnownShape) && _graph.Nodes[node].Outputs.All(HasKnownShape);

    /// <summary>Whether all of some nodes can be recorded.</summary>
    public bool Are(ImmutableArray<int> nodes) => nodes.All(Is);

    /// <summary>Whether none of some nodes waits for the device.</summary>
    public bool DoNotWait(ImmutableArray<int> nodes) => nodes.All(DoesNotWait);

    /// <summary>Whether some nodes have kernels made for the shapes that they meet, which go when they meet others.</summary>
    public bool MakeKernels(ImmutableArray<int> nodes) => nodes.Any(n => MakingKernels.Contains(_graph.Nodes[n].Op.Type));

    private bool DoesNotWait(int node) => _graph.Nodes[node].Op is { Domain: "" } op && !Waiting.Contains(op.Type);

    private bool HasKnownShape(Value? value) => value is null || value.IsConstant || (value.Type is TensorType { Shape: { } shape }
        && shape.Dims.All(d => d.IsKnown || (d.Symbol is { } symbol && _symbols.Contains(symbol))));
}
