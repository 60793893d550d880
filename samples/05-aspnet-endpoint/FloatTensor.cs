using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

/// <summary>A tensor in JSON. Inputs are floats; outputs of other types are converted to doubles.</summary>
/// <param name="Shape">The sizes of its dimensions.</param>
/// <param name="Data">Its elements in row-major order.</param>
internal sealed record FloatTensor(long[] Shape, double[] Data)
{
    /// <summary>The tensor for ONNX Runtime. The caller disposes it.</summary>
    /// <exception cref="ModelException">The number of elements contradicts the shape.</exception>
    public OrtValue ToOrt()
    {
        if (Shape.Any(size => size < 0) || Shape.Aggregate(1L, (count, size) => count * size) != Data.Length)
            throw RuntimeCodes.BadInput.Error("request", $"a tensor of shape [{string.Join(", ", Shape)}] does not have {Data.Length} elements");
        return OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(Data, x => (float)x), Shape);
    }

    /// <summary>The JSON form of an output.</summary>
    public static FloatTensor Of(OrtValue value)
    {
        TensorData data = OrtValues.ToTensor(value);
        var numbers = new double[data.ElementCount];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = Numbers.At(data.Element, data.Bytes.Span, i);
        return new(value.GetTensorTypeAndShape().Shape, numbers);
    }
}
