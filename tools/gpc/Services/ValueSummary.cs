using System.Text;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;

namespace GraphPartition.Gpc.Services;

/// <summary>A short description of a value.</summary>
internal static class ValueSummary
{
    public static string TypeOf(DataValue value) => value switch
    {
        TensorValue v => v.Data.Type.ToString(),
        SequenceValue v => $"seq of {v.Items.Length}",
        MapValue v => $"map of {v.Values.Length}",
        OptionalValue { Item: null } => "none",
        _ => value.GetType().Name,
    };

    public static string Of(DataValue value) => value is TensorValue { Data: var data } ? Of(data) : "";

    private static string Of(TensorData data)
    {
        if (data is StringTensor text) return string.Join(" ", text.Values.Take(4).Select(s => Encoding.UTF8.GetString(s.Span)));
        if (!Numbers.IsReal(data.Element) || data.ElementCount == 0) return "";
        double least = double.PositiveInfinity, greatest = double.NegativeInfinity, sum = 0;
        for (int i = 0; i < data.ElementCount; i++)
        {
            double x = Numbers.At(data.Element, data.Bytes.Span, i);
            least = Math.Min(least, x);
            greatest = Math.Max(greatest, x);
            sum += x;
        }
        return $"min {least:G5}, mean {sum / data.ElementCount:G5}, max {greatest:G5}";
    }
}
