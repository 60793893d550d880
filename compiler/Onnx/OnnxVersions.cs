namespace GraphPartition.Onnx;

/// <summary>Which versions of ONNX this library reads and writes (https://onnx.ai/onnx/repo-docs/Versioning.html).</summary>
public static class OnnxVersions
{
    /// <summary>
    /// The oldest version of the standard operators that is read. Operators that changed before version 7 are refused by the
    /// normalizer, one by one; many did not.
    /// </summary>
    public const int OldestOpset = 1;

    /// <summary>The newest version of the standard operators that is known: that of ONNX 1.23.</summary>
    public const int NewestOpset = 28;

    /// <summary>The IR version since which a model can have functions.</summary>
    internal const int FunctionsSince = 8;

    /// <summary>The IR version since which functions have overloads and value_info, and nodes have metadata.</summary>
    internal const int OverloadsSince = 10;

    /// <summary>The IR version since which an initializer need not be a graph input too.</summary>
    internal const int FreeInitializersSince = 4;

    /// <summary>The IR version that ONNX published together with a version of the standard operators.</summary>
    public static int FormatOf(int opset) => opset switch
    {
        <= 8 => 3,
        9 => 4,
        10 => 5,
        11 => 6,
        <= 14 => 7,
        <= 18 => 8,
        <= 20 => 9,
        <= 22 => 10,
        23 => 11,
        24 => 12,
        _ => 13,
    };

    /// <summary>The IR version since which tensors can have an element type.</summary>
    internal static int FormatOf(ElementType element) => element switch
    {
        <= ElementType.BFloat16 => FreeInitializersSince,
        <= ElementType.Float8E5M2FNUZ => 9,
        <= ElementType.Int4 => 10,
        ElementType.Float4E2M1 => 11,
        ElementType.Float8E8M0 => 12,
        _ => 13,
    };

    /// <summary>The standard domain has two names; this library uses the empty one.</summary>
    internal static string Domain(string domain) => domain == "ai.onnx" ? "" : domain;
}
