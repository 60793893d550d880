namespace GraphPartition.Runtime.Kernels;

/// <summary>The C# kernels of a session, by operator.</summary>
internal sealed class KernelTable
{
    private readonly Dictionary<OpName, ICustomKernel> _kernels = [];

    /// <summary>A table.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <exception cref="ModelException">Two kernels compute one operator (GP5023).</exception>
    public KernelTable(IEnumerable<ICustomKernel> kernels)
    {
        foreach (ICustomKernel kernel in kernels)
            if (!_kernels.TryAdd(kernel.Operator, kernel))
                throw RuntimeCodes.KernelsContradict.Error(kernel.Operator.ToString(), "two kernels compute this operator");
    }

    /// <summary>The kernel that computes a node; null if there is none.</summary>
    public ICustomKernel? Find(Node node) =>
        _kernels.Count == 0 ? null : _kernels.GetValueOrDefault(node.Op.Overload.Length == 0 ? node.Op : new(node.Op.Domain, node.Op.Type));

    /// <summary>Whether a kernel computes a node of a graph, or of a body at any depth.</summary>
    public bool IsUsedIn(Graph graph) => _kernels.Count > 0
        && graph.Nodes.Any(n => Find(n) is not null || n.Attributes.Bodies().Any(IsUsedIn));
}
