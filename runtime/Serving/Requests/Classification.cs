using System.Globalization;
using System.Text;
using GraphPartition.Ir.Tensors;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Requests;

/// <summary>Triton's classification extension: the greatest elements of an output as texts <c>value:index</c>.</summary>
internal static class Classification
{
    /// <summary>The classes of an output: [k], or [batch, k] where requests are joined; the caller disposes them.</summary>
    /// <exception cref="ModelException">GP5040: the output has no numbers to compare.</exception>
    public static OrtValue Of(string name, OrtValue value, int classes, bool isBatched)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        var element = (ElementType)info.ElementDataType;
        if (!Numbers.IsReal(element)) throw ServingCodes.BadRequest.Error(name, "classes are picked from numbers only");
        long rows = isBatched ? info.Shape[0] : 1;
        int columns = rows == 0 ? 0 : (int)(info.ElementCount / rows), kept = Math.Min(classes, columns);
        ReadOnlySpan<byte> bytes = info.ElementCount == 0 ? [] : value.GetTensorMutableRawData();
        List<byte[]> texts = [];
        for (int row = 0; row < rows; row++)
        {
            var numbers = new (double Value, int Index)[columns];
            for (int i = 0; i < columns; i++) numbers[i] = (Numbers.At(element, bytes, row * columns + i), i);
            foreach ((double number, int index) in numbers.OrderByDescending(n => n.Value).ThenBy(n => n.Index).Take(kept))
                texts.Add(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number:F6}:{index}")));
        }
        return BinaryTensors.OfStrings(isBatched ? [rows, kept] : [kept], texts);
    }
}
