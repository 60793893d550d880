namespace GraphPartition.EngineBuilder;

/// <summary>What happens to groups while their engines are built. No number is used again for something else.</summary>
public static class EngineBuilderCodes
{
    /// <summary>The installed parser rejects a node that the operator table allows.</summary>
    public static readonly DiagnosticCode TableDisagrees = new("GP4017", "TensorRT's parser rejects a node that the operator table allows",
        "you need to do nothing: the node falls back; please report it, because the table is wrong", Severity.Warning);
    /// <summary>TensorRT cannot build an engine with a node, so the node falls back.</summary>
    public static readonly DiagnosticCode NodeMoved = new("GP4018", "TensorRT cannot build an engine with a node, so the node falls back",
        "you need to do nothing: the rest of its group has an engine; report TensorRT's log to NVIDIA if the operator should "
            + "work", Severity.Warning);
    /// <summary>A group has no engine.</summary>
    public static readonly DiagnosticCode GroupWithoutEngine = new("GP4019", "a group has no engine",
        "see the message; the group falls back and gives the same results", Severity.Warning);
}
