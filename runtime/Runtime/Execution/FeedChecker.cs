using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>Compares what is fed with what the graph declares; everything wrong is said at once (GP5004).</summary>
internal static class FeedChecker
{
    public static void Check(Graph graph, IReadOnlyDictionary<string, OrtValue> feeds)
    {
        List<Diagnostic>? faults = null;
        int known = 0;
        foreach (Value input in graph.Inputs)
        {
            if (feeds.TryGetValue(input.Name, out OrtValue? fed))
            {
                known++;
                if (Mismatch(input, fed) is { } mismatch) Fault(input.Name, mismatch);
            }
            else if (!graph.Defaults.ContainsKey(input) && input.Type is not OptionalType) Fault(input.Name, $"the input is missing; {input.Type} is expected");
        }
        if (known < feeds.Count)
            foreach (string name in feeds.Keys)
                if (!graph.Inputs.Any(v => v.Name == name))
                    Fault(name, $"the model has no such input; it has {string.Join(", ", graph.Inputs.Select(v => v.Name))}");
        if (faults is not null) throw new ModelException(faults);

        void Fault(string where, string message) => (faults ??= []).Add(Codes.BadInput.At(where, message));
    }

    private static string? Mismatch(Value input, OrtValue fed)
    {
        IrType expected = input.Type is OptionalType optional ? optional.Element : input.Type; // what is there is given as it is
        if (expected is not TensorType type)
            return expected is UnknownType || !fed.IsTensor ? null : $"a tensor was given where {expected} is expected";
        if (!fed.IsTensor) return $"a {fed.OnnxType} was given where {type} is expected";
        OrtTensorTypeAndShapeInfo info = fed.GetTensorTypeAndShape();
        var element = (ElementType)info.ElementDataType;
        bool fits = type.Element == ElementType.Undefined || type.Element == element;
        if (type.Shape is { } shape)
        {
            fits &= shape.Rank == info.Shape.Length;
            for (int i = 0; fits && i < shape.Rank; i++) fits = !shape[i].IsKnown || shape[i].Size == info.Shape[i];
        }
        return fits ? null : $"{element.Keyword()}[{string.Join(",", info.Shape)}] was given where {type} is expected";
    }
}
