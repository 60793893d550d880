using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Execution;

/// <summary>Compares input values with what the graph declares.</summary>
internal static class InputChecker
{
    /// <summary>Checks all inputs.</summary>
    /// <exception cref="ModelException">Inputs do not fit (GP5004); all of them are listed.</exception>
    public static void Check(Graph graph, IReadOnlyDictionary<string, OrtValue> inputs)
    {
        List<Diagnostic>? faults = null;
        int known = 0;
        foreach (Value input in graph.Inputs)
        {
            if (inputs.TryGetValue(input.Name, out OrtValue? value))
            {
                known++;
                if (Mismatch(input, value) is { } mismatch) Fault(input.Name, mismatch);
            }
            else if (!graph.Defaults.ContainsKey(input) && input.Type is not OptionalType)
                Fault(input.Name, $"the input is missing; {input.Type} is expected");
        }
        if (known < inputs.Count)
            foreach (string name in inputs.Keys)
                if (!graph.Inputs.Any(v => v.Name == name))
                    Fault(name, $"the model has no such input; it has {string.Join(", ", graph.Inputs.Select(v => v.Name))}");
        if (faults is not null) throw new ModelException(faults);

        void Fault(string where, string message) => (faults ??= []).Add(RuntimeCodes.BadInput.At(where, message));
    }

    private static string? Mismatch(Value input, OrtValue value)
    {
        if (input.Type is OptionalType && OptionalResults.IsEmpty(value)) return null;
        IrType expected = input.Type is OptionalType optional ? optional.Element : input.Type; // a present optional is passed as its value
        if (expected is not TensorType type)
            return expected is UnknownType || !value.IsTensor ? null : $"a tensor was given where {expected} is expected";
        if (!value.IsTensor) return $"a {value.OnnxType} was given where {type} is expected";
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
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
