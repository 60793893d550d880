namespace GraphPartition.TensorRt.Build;

/// <summary>One fault that the ONNX parser found (nvonnxparser::IParserError, NvOnnxParser.h).</summary>
/// <param name="NodeIndex">The node's index in the graph; negative where the fault is about no node.</param>
/// <param name="NodeName">The node's name; empty in 8.x, which does not tell.</param>
/// <param name="Operator">The operator's name; empty in 8.x.</param>
/// <param name="Code">nvonnxparser::ErrorCode: 6 invalid node, 8 unsupported node, 9 to 13 what of it is unsupported.</param>
/// <param name="Description">The parser's words.</param>
/// <param name="Source">Where in the parser's source the fault was found.</param>
public sealed record ParserError(int NodeIndex, string NodeName, string Operator, int Code, string Description, string Source)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string name = NodeName.Length > 0 ? $" '{NodeName}'" : "";
        string op = Operator.Length > 0 ? $" ({Operator})" : "";
        return $"node {NodeIndex}{name}{op}: {Description} (code {Code}, {Source})";
    }
}
