namespace GraphPartition.Operators.Definitions;

/// <summary>How an operator's result comes about, as far as its cost is concerned.</summary>
public enum WorkKind
{
    /// <summary>A kernel of its own that reads its inputs and writes its outputs.</summary>
    Kernel,
    /// <summary>Element by element: an engine computes it together with the kernel before it, without going through memory.</summary>
    Pointwise,
    /// <summary>The same bytes under another shape: nothing is computed or moved.</summary>
    View,
}

/// <summary>
/// The arithmetic of an operator, counted as its definition writes it: a convolution or matrix product does two operations for every
/// term of every sum.
/// </summary>
public sealed class Work
{
    /// <summary>Elements assumed for a dimension whose size is not known.</summary>
    public const long AssumedSize = 16;

    /// <summary>exp, tanh and the like take about as many operations in their polynomials.</summary>
    internal const double Transcendental = 8;

    private readonly Func<Node, Func<Node, double>, double> _operations;

    private Work(WorkKind kind, Func<Node, Func<Node, double>, double> operations, bool isLinear = false)
    {
        Kind = kind;
        IsLinear = isLinear;
        _operations = operations;
    }

    /// <summary>One operation for every element that a kernel writes: what counts where nothing is known.</summary>
    public static Work Elements { get; } = new(WorkKind.Kernel, (n, _) => Written(n));

    /// <summary>Nothing: the same bytes under another shape.</summary>
    public static Work View { get; } = new(WorkKind.View, (_, _) => 0, isLinear: true);

    /// <summary>No arithmetic: elements are moved.</summary>
    public static Work Move { get; } = new(WorkKind.Kernel, (_, _) => 0, isLinear: true);

    /// <summary>One operation for every element that is written, each on its own.</summary>
    public static Work Simple { get; } = new(WorkKind.Pointwise, (n, _) => Written(n), isLinear: true);

    /// <summary>A function such as exp or tanh of every element.</summary>
    public static Work Hard { get; } = new(WorkKind.Pointwise, (n, _) => Transcendental * Count(n.Output(0)));

    /// <summary>One operation for every element that is read.</summary>
    public static Work Reduction { get; } = new(WorkKind.Kernel, (n, _) => Count(n.Input(0)), isLinear: true);

    /// <summary>How the result comes about.</summary>
    public WorkKind Kind { get; }

    /// <summary>Whether it is at most one operation for every element that is read or written.</summary>
    public bool IsLinear { get; }

    /// <summary>A kernel.</summary>
    /// <param name="operations">The operations of a node.</param>
    public static Work Of(Func<Node, double> operations) => new(WorkKind.Kernel, (n, _) => operations(n));

    /// <summary>A node with bodies.</summary>
    /// <param name="operations">The operations of a node; its second argument gives those of a node in a body.</param>
    public static Work Of(Func<Node, Func<Node, double>, double> operations) => new(WorkKind.Kernel, operations);

    /// <summary>The operations of a node; a multiplication and an addition are two.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inner">The operations of a node in its bodies.</param>
    public double Operations(Node node, Func<Node, double> inner) => _operations(node, inner);

    /// <summary>Elements of a value of this type; an unknown dimension counts as <see cref="AssumedSize"/>.</summary>
    public static double Count(IrType type)
    {
        if (type is not TensorType { Shape: { } shape }) return AssumedSize;
        double count = 1;
        foreach (Dim d in shape.Dims) count *= SizeOf(d);
        return count;
    }

    /// <summary>Elements of all outputs.</summary>
    private static double Written(Node node)
    {
        double count = 0;
        foreach (Value? output in node.Outputs) count += Count(output);
        return count;
    }

    /// <summary>Elements of a value; 0 where it is left out.</summary>
    internal static double Count(Value? value) => value is null ? 0 : Count(value.Type);

    /// <summary>The size of an axis; 1 where there is none.</summary>
    internal static double Size(Value? value, Index axis)
    {
        if (value?.Type is not TensorType { Shape: { } shape }) return AssumedSize;
        int at = axis.GetOffset(shape.Rank);
        return at < 0 || at >= shape.Rank ? 1 : Math.Max(1, SizeOf(shape[at]));
    }

    private static double SizeOf(Dim dim) => dim.IsKnown ? dim.Size : AssumedSize;
}
