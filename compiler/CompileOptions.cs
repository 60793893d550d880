using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Tagging;

namespace GraphPartition.Compiler;

/// <summary>What to compile for.</summary>
public sealed record CompileOptions
{
    /// <summary>The TensorRT release that the plan is for.</summary>
    public TensorRtTarget Target { get; init; } = TensorRtTarget.Default;

    /// <summary>Decides which nodes an engine may take; null: the operator table's rules for <see cref="Target"/>.</summary>
    public SupportPolicy? Support { get; init; }

    /// <summary>What may form a group.</summary>
    public GroupMode Groups { get; init; } = GroupMode.Minimum;

    /// <summary>The precision of engines.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;
}

/// <summary>What may form a group.</summary>
public enum GroupMode
{
    /// <summary>The fewest groups; one may hold nodes that are not connected, which TensorRT accepts.</summary>
    Minimum,
    /// <summary>Each group is connected by edges, and no two neighbours could be merged any more.</summary>
    Connected,
}

/// <summary>The precision that engines compute in.</summary>
public enum Precision
{
    /// <summary>32-bit floats.</summary>
    Fp32,
    /// <summary>16-bit floats where the engine builder finds them faster.</summary>
    Fp16,
}
