using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>One primitive, some inputs, and what it must give.</summary>
/// <param name="Name">What distinguishes the case.</param>
/// <param name="Inputs">The inputs of the network.</param>
/// <param name="Write">Writes the primitive; gets the inputs' names and gives those of the results.</param>
/// <param name="Expected">The results, computed without the importer and without ONNX Runtime.</param>
internal sealed record PrimitiveCase(string Name, TensorData[] Inputs, Func<MindIrBuilder, string[], string[]> Write,
    params TensorData[] Expected)
{
    /// <summary>Every case, by family.</summary>
    public static IReadOnlyList<PrimitiveCase> All { get; } =
        [.. ElementwiseCases.All, .. WindowCases.All, .. ShapeCases.All, .. IndexCases.All, .. LayoutCases.All, .. OtherNameCases.All];

    /// <summary>A case with one result, a tensor of floats.</summary>
    public static PrimitiveCase One(string primitive, TensorData[] inputs, (string, object?)[] attributes, TensorData expected,
        string note = "") =>
        new(primitive + note, inputs, (b, x) => [b.Node(primitive, x, attributes, expected.Element, [.. expected.Dims])], expected);

    /// <summary>A tuple as the writer takes it.</summary>
    public static object[] T(params long[] items) => [.. items.Cast<object>()];

    /// <summary>A tensor of floats.</summary>
    public static TensorData F(long[] dims, params float[] values) => TensorData.Floats(values, dims);

    /// <summary>A tensor of 32-bit integers.</summary>
    public static TensorData I(long[] dims, params int[] values) => TensorData.Of<int>(ElementType.Int32, values, dims);

    /// <summary>A tensor of flags.</summary>
    public static TensorData B(long[] dims, params bool[] values) => TensorData.Of<bool>(ElementType.Bool, values, dims);
}
