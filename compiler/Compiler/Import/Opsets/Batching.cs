using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>
/// Scan of opset 8 has a batch dimension in front of every input and output: it is a Scan over the batch whose body is the
/// Scan of today. Its sequence lengths have no such form.
/// </summary>
internal static class Batching
{
    public static string? FromBatchedScan(NodeEdit edit)
    {
        if (edit.Input(0) is not null) return "it has sequence lengths";
        if (edit.Attributes.Body("body") is null) return "it has no body";
        Value?[] inputs = [.. edit.Inputs.Skip(1)];
        GraphBuilder outer = edit.NewBody();
        outer.Name = "batch";
        var slices = new Value?[inputs.Length];
        for (int i = 0; i < slices.Length; i++) slices[i] = outer.Input($"batch_in{i}", WithoutFirst(inputs[i]?.Type));
        var outputs = new OutputSpec[edit.OutputCount];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = $"batch_out{i}";
        AttributeMap inner = edit.Attributes.With("directions", null);
        if (edit.Attributes["directions"] is { } directions) inner = inner.With("scan_input_directions", directions);
        Node scan = outer.Add("Scan", slices, outputs, inner);
        edit.Attributes = AttributeMap.Of(
            ("body", outer.Build([.. scan.Outputs.OfType<Value>()])), ("num_scan_inputs", inputs.Length));
        edit.SetInputs(inputs);
        return null;
    }

    private static IrType WithoutFirst(IrType? type) =>
        type is TensorType t ? t with { Shape = t.Shape is { Rank: > 0 } s ? new Shape(s.Dims.RemoveAt(0)) : null } : IrType.Unknown;
}
