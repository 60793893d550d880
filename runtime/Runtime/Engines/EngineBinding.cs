using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Engines;

/// <summary>
/// A value of a group and the tensor of its engine. If a release lacks a type (8.x has no 64-bit
/// integers, none has doubles), the engine has the narrower type, and the value is converted on the host.
/// </summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The type of the value.</param>
/// <param name="Tensor">The tensor.</param>
internal sealed record EngineBinding(string Name, ElementType Type, EngineTensor Tensor)
{
    /// <summary>The type of the tensor's elements.</summary>
    public ElementType TensorType => Tensor.Type;

    /// <summary>Whether the tensor is on the host: a shape tensor.</summary>
    public bool IsOnHost => Tensor.IsOnHost;

    /// <summary>Whether its shape must be set before a run.</summary>
    public bool IsDynamic => Tensor.Shape.Contains(-1);

    /// <summary>Whether elements are converted.</summary>
    public bool Converts => Type != TensorType;

    /// <summary>Whether the step takes the value on the host.</summary>
    public bool TakesHostValue => IsOnHost || Converts;

    /// <summary>Why an engine does not fit a group; null if it does.</summary>
    public static string? Fault(TrtEngine engine, TrtNode group)
    {
        GraphSegment segment = group.Segment;
        for (int i = 0; i < segment.Outputs.Length; i++)
            if (engine.Tensors.All(t => t.IsInput || t.Name != group.OutputName(i)))
                return $"the engine has no output {group.OutputName(i)}";
        foreach (EngineTensor tensor in engine.Tensors)
        {
            var values = tensor.IsInput ? segment.Inputs : segment.Outputs;
            int place = Enumerable.Range(0, values.Length)
                .FirstOrDefault(i => tensor.Name == (tensor.IsInput ? group.InputName(i) : group.OutputName(i)), -1);
            if (place < 0) return $"the engine has a tensor '{tensor.Name}' that the group does not have";
            if (!CanBind(values[place].ElementType, tensor.Type))
                return $"'{values[place].Name}' is {values[place].ElementType}, the engine's {tensor.Name} is {tensor.Type}";
        }
        return null;
    }

    /// <summary>The binding of an input; null if the engine does not use it.</summary>
    public static EngineBinding? OfInput(TrtEngine engine, TrtNode group, int place) =>
        Of(engine, group.InputName(place), group.Segment.Inputs[place]);

    /// <summary>The binding of an output.</summary>
    public static EngineBinding OfOutput(TrtEngine engine, TrtNode group, int place) =>
        Of(engine, group.OutputName(place), group.Segment.Outputs[place])!;

    /// <summary>Why the engine rejects an input of this shape; null if it accepts it.</summary>
    public string? WhyNot(ReadOnlySpan<long> shape)
    {
        bool hasProfile = Tensor.Profiles.Count > 0;
        IReadOnlyList<long> min = hasProfile ? Tensor.Profiles[0].Min : Tensor.Shape,
            max = hasProfile ? Tensor.Profiles[0].Max : Tensor.Shape;
        bool fits = shape.Length == min.Count;
        for (int i = 0; fits && i < shape.Length; i++) fits = min[i] <= shape[i] && shape[i] <= max[i];
        return fits ? null
            : $"{Name} is [{string.Join(",", shape.ToArray())}], the engine takes [{string.Join(",", min)}] to [{string.Join(",", max)}]";
    }

    private static EngineBinding? Of(TrtEngine engine, string name, Value value) =>
        engine.Tensors.FirstOrDefault(t => t.Name == name) is { } tensor
            ? new(name, value.ElementType, tensor) : null;

    private static bool CanBind(ElementType value, ElementType tensor) =>
        value == tensor || (value, tensor) is (ElementType.Int64, ElementType.Int32) or (ElementType.Float64, ElementType.Float32);
}

/// <summary>
/// Converts elements between types that engines lack and types that they have. Numbers out of range are clamped, as by TensorRT's
/// parser.
/// </summary>
internal static unsafe class Narrowing
{
    public static void Narrow(ElementType from, nint source, nint target, long count)
    {
        for (long i = 0; i < count; i++)
        {
            if (from == ElementType.Int64) ((int*)target)[i] = (int)Math.Clamp(((long*)source)[i], int.MinValue, int.MaxValue);
            else ((float*)target)[i] = (float)((double*)source)[i];
        }
    }

    public static void Widen(ElementType to, ElementType from, nint source, nint target, long count)
    {
        if (to == from) Buffer.MemoryCopy((void*)source, (void*)target, count * (to.Bits() / 8), count * (to.Bits() / 8));
        else
            for (long i = 0; i < count; i++)
            {
                if (to == ElementType.Int64) ((long*)target)[i] = ((int*)source)[i];
                else ((double*)target)[i] = ((float*)source)[i];
            }
    }
}
