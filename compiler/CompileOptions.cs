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

    /// <summary>The precision of engines.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;
}

/// <summary>The precision that engines compute in.</summary>
public enum Precision
{
    /// <summary>32-bit floats.</summary>
    Fp32,
    /// <summary>16-bit floats where the engine builder finds them faster.</summary>
    Fp16,
}
