using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Opsets;

/// <summary>
/// A change of an operator after which a node must be written differently (https://onnx.ai/onnx/operators/, the differences on each
/// page).
/// </summary>
/// <param name="Since">The opset with the change.</param>
/// <param name="Up">Upgrades a node to the new version; returns null, or why that is impossible.</param>
/// <param name="Down">Downgrades a node to the old version; returns null, or why that is impossible. Null: as the schemas tell.</param>
public sealed record OpsetChange(int Since, Func<NodeEdit, string?> Up, Func<NodeEdit, string?>? Down = null)
{
    /// <summary>A change that only adds to what an operator can express.</summary>
    internal static OpsetChange Adds(int since, Func<NodeEdit, string?> down) => new(since, _ => null, down);

    /// <summary>An attribute became an input: a list as it is, an integer as a list of one, a float as a scalar.</summary>
    internal static OpsetChange ToInput(int since, string name, int input) => new(since, e => ToInput(e, name, input));

    /// <summary>Modes are new: values that the attribute did not have.</summary>
    internal static OpsetChange AddsModes(int since, string attribute, params string[] values) => Adds(since, e =>
        values.Contains(e.Attributes.Text(attribute)) ? $"{attribute} = \"{e.Attributes.Text(attribute)}\"" : null);

    /// <summary>The attribute 'is_test' went: before opset 7 it told whether the model is being trained.</summary>
    internal static OpsetChange NoTraining { get; } = new(7,
        e => e.Take("is_test") is IntAttribute { Value: not 0 } ? null : "it is in training mode (is_test = 0)");

    /// <summary>Makes an attribute an input.</summary>
    internal static string? ToInput(NodeEdit edit, string name, int input)
    {
        switch (edit.Take(name))
        {
            case IntsAttribute a: edit.SetInput(input, edit.Integers(a.Values.AsSpan())); break;
            case IntAttribute a: edit.SetInput(input, edit.Integers(a.Value)); break;
            case FloatAttribute a: edit.SetInput(input, edit.Constant(TensorData.Scalar(ElementType.Float32, a.Value))); break;
            case FloatsAttribute a:
                edit.SetInput(input, edit.Constant(TensorData.Of(ElementType.Float32, a.Values.AsSpan(), a.Values.Length)));
                break;
            case null: break;
            default: return $"'{name}' has a wrong kind";
        }
        return null;
    }

    /// <summary>Drops dilations of 1; they have no default to compare with.</summary>
    internal static string? WithoutDilations(NodeEdit edit) =>
        edit.TakeInts("dilations") is { } dilations && dilations.AsSpan().ContainsAnyExcept(1)
            ? $"dilations = [{string.Join(", ", dilations)}]" : null;
}
