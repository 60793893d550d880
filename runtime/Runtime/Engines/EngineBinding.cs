using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Engines;

/// <summary>
/// How a value of a group meets a tensor of its engine. Engines name tensors by their place. Where a release lacks a type (8.x has
/// no 64-bit integers, none has doubles) the engine has the narrower one, and the value is converted on the host.
/// </summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The type of the value.</param>
/// <param name="Tensor">The tensor.</param>
internal sealed record EngineBinding(string Name, ElementType Type, EngineTensor Tensor)
{
    /// <summary>The type of the tensor's elements.</summary>
    public ElementType TensorType => Tensor.Type;

    /// <summary>Whether the tensor lies on the host: it holds sizes.</summary>
    public bool IsOnHost => Tensor.IsOnHost;

    /// <summary>Whether its shape has to be said before a run.</summary>
    public bool IsDynamic => Tensor.Shape.Contains(-1);

    /// <summary>Whether elements have to be converted.</summary>
    public bool Converts => Type != TensorType;

    /// <summary>Whether the step wants the value on the host.</summary>
    public bool WantsHost => IsOnHost || Converts;

    /// <summary>What makes an engine unfit for a group, or null.</summary>
    public static string? Fault(TrtEngine engine, GraphSegment segment)
    {
        for (int i = 0; i < segment.Outputs.Length; i++)
            if (engine.Tensors.All(t => t.IsInput || t.Name != Output(i))) return $"the engine has no output {Output(i)}";
        foreach (EngineTensor tensor in engine.Tensors)
        {
            string prefix = tensor.IsInput ? "gp_in_" : "gp_out_";
            var values = tensor.IsInput ? segment.Inputs : segment.Outputs;
            if (!tensor.Name.StartsWith(prefix, StringComparison.Ordinal) || !int.TryParse(tensor.Name.AsSpan(prefix.Length), out int place) || place < 0 || place >= values.Length)
                return $"the engine has a tensor '{tensor.Name}' that the group does not have";
            if (!CanMeet(values[place].ElementType, tensor.Type)) return $"'{values[place].Name}' is {values[place].ElementType}, the engine's {tensor.Name} is {tensor.Type}";
        }
        return null;
    }

    /// <summary>The binding of an input; null where the engine does not need it.</summary>
    public static EngineBinding? OfInput(TrtEngine engine, GraphSegment segment, int place) => Of(engine, $"gp_in_{place}", segment.Inputs[place]);

    /// <summary>The binding of an output.</summary>
    public static EngineBinding OfOutput(TrtEngine engine, GraphSegment segment, int place) => Of(engine, Output(place), segment.Outputs[place])!;

    /// <summary>Why the engine does not take an input of this shape; null where it does.</summary>
    public string? WhyNot(ReadOnlySpan<long> shape)
    {
        IReadOnlyList<long> min = Tensor.Profiles.Count > 0 ? Tensor.Profiles[0].Min : Tensor.Shape, max = Tensor.Profiles.Count > 0 ? Tensor.Profiles[0].Max : Tensor.Shape;
        bool fits = shape.Length == min.Count;
        for (int i = 0; fits && i < shape.Length; i++) fits = min[i] <= shape[i] && shape[i] <= max[i];
        return fits ? null : $"{Name} is [{string.Join(",", shape.ToArray())}], the engine takes [{string.Join(",", min)}] to [{string.Join(",", max)}]";
    }

    private static string Output(int place) => $"gp_out_{place}";

    private static EngineBinding? Of(TrtEngine engine, string name, Value value) =>
        engine.Tensors.FirstOrDefault(t => t.Name == name) is { } tensor
            ? new(name, value.ElementType, tensor)
            : null;

    private static bool CanMeet(ElementType value, ElementType tensor) =>
        value == tensor || (value, tensor) is (ElementType.Int64, ElementType.Int32) or (ElementType.Float64, ElementType.Float32);
}
