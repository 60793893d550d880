namespace GraphPartition.Onnx.Writing;

/// <summary>Where a written model keeps the bytes of its weights.</summary>
public enum WeightPlace
{
    /// <summary>In the model file, unless that would exceed the 2 GiB of a protobuf; then beside it.</summary>
    Auto,
    /// <summary>In one file beside the model, named like it with <c>.data</c> appended (tensors of 1 KiB and more).</summary>
    Beside,
}

/// <summary>How a model is written.</summary>
public sealed record OnnxWriteOptions
{
    /// <summary>Whether the known types of values between nodes are written (value_info).</summary>
    public bool ValueTypes { get; init; } = true;

    /// <summary>Where the bytes of weights go; only a file can have them beside it.</summary>
    public WeightPlace Weights { get; init; } = WeightPlace.Auto;

    /// <summary>
    /// A directory: weights that are views of files under it are not copied but referred to, as external data relative to it.
    /// For models that are loaded right away, from memory; null: they are written.
    /// </summary>
    public string? ReferTo { get; init; }
}
