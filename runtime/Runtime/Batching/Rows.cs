namespace GraphPartition.Runtime.Batching;

/// <summary>Stacking and splitting along dimension 0: rows of one tensor lie behind those of the other.</summary>
internal static class Rows
{
    /// <summary>One tensor with the rows of all; the caller disposes it.</summary>
    public static OrtValue Stack(IReadOnlyList<OrtValue> tensors)
    {
        OrtTensorTypeAndShapeInfo first = tensors[0].GetTensorTypeAndShape();
        long[] dims = [.. first.Shape];
        dims[0] = tensors.Sum(t => t.GetTensorTypeAndShape().Shape[0]);
        OrtValue stacked = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, first.ElementDataType, dims);
        if (first.ElementCount == 0) return stacked;
        Span<byte> to = stacked.GetTensorMutableRawData();
        foreach (OrtValue tensor in tensors)
        {
            Span<byte> from = tensor.GetTensorMutableRawData();
            from.CopyTo(to);
            to = to[from.Length..];
        }
        return stacked;
    }

    /// <summary>A tensor of some of the rows; the caller disposes it.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="start">The first row.</param>
    /// <param name="count">How many.</param>
    public static OrtValue Slice(OrtValue tensor, long start, long count)
    {
        OrtTensorTypeAndShapeInfo info = tensor.GetTensorTypeAndShape();
        long[] dims = [.. info.Shape];
        long rows = dims[0];
        dims[0] = count;
        OrtValue slice = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, dims);
        if (info.ElementCount == 0) return slice;
        Span<byte> all = tensor.GetTensorMutableRawData();
        int row = all.Length / (int)rows;
        all.Slice(checked((int)(start * row)), checked((int)(count * row))).CopyTo(slice.GetTensorMutableRawData());
        return slice;
    }
}
