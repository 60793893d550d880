using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Comparison;

/// <summary>
/// A model that computes in float32 what another computes in 16-bit floats, node for node. ONNX Runtime computes most 16-bit nodes in
/// float32 on a CPU and rounds where it sees fit, so two graphs that are equal by algebra may give different numbers. In float32 no
/// such choice is left: a right partition of the model gives the bits of the whole.
/// </summary>
public sealed class InFloat32
{
    private readonly Dictionary<Value, Value> _wide = [];

    private InFloat32() { }

    /// <summary>The model in float32. Inputs and outputs are too.</summary>
    public static Model Of(Model model) => model with { Graph = new InFloat32().Rebuild(model.Graph) };

    /// <summary>The compiled model in float32, with the same cut and without engines.</summary>
    public static CompiledModel Of(CompiledModel compiled)
    {
        var rebuilt = new InFloat32();
        Model model = compiled.Model with { Graph = rebuilt.Rebuild(compiled.Model.Graph) };
        return compiled with { Model = model, Cut = compiled.Cut.WithGroups(g => g with { Engines = [] }).WithValues(rebuilt.Of) };
    }

    /// <summary>A value in float32 where it holds 16-bit floats; else the value itself. The caller disposes the new value.</summary>
    /// <param name="value">An input of the model, which stays the caller's.</param>
    /// <param name="type">Its type in the model.</param>
    public static OrtValue Of(OrtValue value, IrType type) => type is TensorType { Element: var element } && IsNarrow(element)
        ? OrtValues.ToOrt(WideTensors.Of(OrtValues.ToTensor(value))) : OrtValues.Copy(value);

    private static bool IsNarrow(ElementType element) => element is ElementType.Float16 or ElementType.BFloat16;

    private Graph Rebuild(Graph graph)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name, Metadata = graph.Metadata };
        foreach (Value input in graph.Inputs)
            builder.Input(Of(input), graph.Defaults.GetValueOrDefault(input) is not { } otherwise ? null
                : IsNarrow(otherwise.Element) ? WideTensors.Of(otherwise) : otherwise);
        foreach (Value constant in graph.Constants) builder.Constant(Of(constant));
        foreach (Node node in graph.Nodes)
            builder.Define(node.Op, [.. node.Inputs.Select(OfOptional)], [.. node.Outputs.Select(OfOptional)],
                WideTensors.Of(node.Attributes.MapBodies(Rebuild), IsNarrow), node.Name, node.Version, node.Metadata);
        return builder.Build([.. graph.Outputs.Select(Of)]);
    }

    private Value? OfOptional(Value? value) => value is null ? null : Of(value);

    private Value Of(Value value)
    {
        if (_wide.TryGetValue(value, out Value? known)) return known;
        IrType type = Of(value.Type);
        if (ReferenceEquals(type, value.Type)) return value;
        return _wide[value] = new(value.Name, type, value.Data is { } data ? WideTensors.Of(data) : null, value.Elements, value.Metadata);
    }

    private static IrType Of(IrType type) => type switch
    {
        TensorType { Element: var element } tensor when IsNarrow(element) => tensor with { Element = ElementType.Float32 },
        SequenceType { Element: var item } when Of(item) is var wide && !ReferenceEquals(wide, item) => new SequenceType(wide),
        OptionalType { Element: var item } when Of(item) is var wide && !ReferenceEquals(wide, item) => new OptionalType(wide),
        _ => type,
    };
}
