using GraphPartition.Ir.Types;
using GraphPartition.Operators.Definitions;
using GraphPartition.Operators.Families;

namespace GraphPartition.Runtime.Providers;

/// <summary>
/// Which nodes can be part of a CUDA graph. The operator must not wait for the device, and all shapes must follow from the shapes of the
/// inputs. Trying is not an option: a session whose recording was refused in the middle of a run may end the process later, when it is
/// disposed (seen with ONNX Runtime 1.29). Unknown operators count as waiting.
/// </summary>
internal sealed class CaptureAnalysis
{
    private readonly Graph _graph;
    private readonly HashSet<string> _symbols;
    private readonly bool _hasInputsOnDevice;
    private readonly Lazy<HashSet<int>> _copying;

    /// <summary>Analyzes a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="hasInputsOnDevice">Whether its inputs are always on the device; else each is where it is read.</param>
    public CaptureAnalysis(Graph graph, bool hasInputsOnDevice = false)
    {
        _graph = graph;
        _hasInputsOnDevice = hasInputsOnDevice;
        _symbols = [.. graph.Inputs.Select(v => v.Type).OfType<TensorType>()
            .SelectMany(t => t.Shape?.Dims ?? []).Select(d => d.Symbol).OfType<string>()];
        _copying = new(() => [.. Copying([.. Enumerable.Range(0, graph.Nodes.Length)])]);
    }

    /// <summary>Whether a node can be recorded.</summary>
    public bool CanRecord(int node) =>
        NeverWaitsAt(node) && !_copying.Value.Contains(node)
            && _graph.Nodes[node].Inputs.All(HasKnownShape) && _graph.Nodes[node].Outputs.All(HasKnownShape);

    /// <summary>Whether nodes that one session executes, in ascending order, never wait for the device.</summary>
    public bool NeverWait(ImmutableArray<int> nodes) => WhereWaits(nodes) is null;

    /// <summary>Of nodes that one session executes, in ascending order, one that may wait for the device; null if none does.</summary>
    public int? WhereWaits(ImmutableArray<int> nodes) =>
        nodes.Where(n => !NeverWaitsAt(n)).Concat(Copying(nodes)).Cast<int?>().FirstOrDefault();

    /// <summary>
    /// Whether some nodes use kernels that cuDNN chooses, or compiles, for the shapes of a run. ONNX Runtime keeps only those of the last
    /// shape, so a recording of another shape must not be replayed.
    /// </summary>
    public bool CacheKernelsByShape(ImmutableArray<int> nodes) => nodes.Any(n => KernelOf(_graph.Nodes[n])?.DependsOnShape == true);

    private static OrtCudaKernel? KernelOf(Node node) => OperatorDefinitions.Of(node.Op).OrtCuda;

    private bool NeverWaitsAt(int node) => KernelOf(_graph.Nodes[node]) is not null;

    /// <summary>
    /// Of nodes that one session executes, in ascending order, those that read on the host what is on the device: ONNX Runtime copies
    /// it and waits. On the host are the results of Shape and Size and what is computed of them alone, and values from outside of the
    /// session that no kernel in it reads on the device.
    /// </summary>
    private IEnumerable<int> Copying(ImmutableArray<int> nodes)
    {
        HashSet<Value> onHost = [], onDevice = _hasInputsOnDevice ? [.. _graph.Inputs] : [];
        foreach (int n in nodes)
        {
            Node node = _graph.Nodes[n];
            Value[] computed = [.. node.Inputs.OfType<Value>().Where(v => !v.IsConstant)];
            if (KernelOf(node)?.WritesOnHost == true || (computed.Length > 0 && computed.All(onHost.Contains)))
                onHost.UnionWith(node.Outputs.OfType<Value>());
            else
                onDevice.UnionWith(node.Inputs.Take(FirstReadOnHost(node)).Concat(node.Outputs).Concat(node.Captures).OfType<Value>());
        }
        onDevice.ExceptWith(onHost);
        return nodes.Where(n => _graph.Nodes[n] is var node
            && node.Inputs.Skip(FirstReadOnHost(node)).Any(v => v is { IsConstant: false } && onDevice.Contains(v)));
    }

    /// <summary>The first input that a kernel reads on the host, as all behind it.</summary>
    private static int FirstReadOnHost(Node node) => KernelOf(node)?.FirstHostInput ?? int.MaxValue;

    private bool HasKnownShape(Value? value) => value is null || value.IsConstant || (value.Type is TensorType { Shape: { } shape }
        && shape.Dims.All(d => d.IsKnown || (d.Symbol is { } symbol && _symbols.Contains(symbol))));
}
