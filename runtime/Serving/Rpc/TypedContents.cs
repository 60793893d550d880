using System.Numerics;
using System.Runtime.InteropServices;
using GraphPartition.Serving.Protocol;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Rpc;

/// <summary>Tensors in the typed fields of gRPC: small integers travel as 32-bit ones, and 16-bit floats do not travel.</summary>
internal static class TypedContents
{
    /// <summary>A tensor of typed contents; the caller disposes it.</summary>
    /// <exception cref="ModelException">GP5040: the contents do not fit the type and the shape.</exception>
    public static OrtValue Read(string where, ElementType element, long[] shape, InferTensorContents contents)
    {
        long count = WireShape.CountOf(shape, where);
        return element switch
        {
            ElementType.String => contents.BytesContents.Count == count
                ? BinaryTensors.OfStrings(shape, [.. contents.BytesContents.Select(b => b.ToByteArray())])
                : throw WrongCount(contents.BytesContents.Count),
            ElementType.Bool => Of(contents.BoolContents.Select(v => v ? (byte)1 : (byte)0).ToArray()),
            ElementType.Int8 => Of(Narrow<int, sbyte>(contents.IntContents)),
            ElementType.Int16 => Of(Narrow<int, short>(contents.IntContents)),
            ElementType.Int32 => Of(contents.IntContents.ToArray()),
            ElementType.Int64 => Of(contents.Int64Contents.ToArray()),
            ElementType.UInt8 => Of(Narrow<uint, byte>(contents.UintContents)),
            ElementType.UInt16 => Of(Narrow<uint, ushort>(contents.UintContents)),
            ElementType.UInt32 => Of(contents.UintContents.ToArray()),
            ElementType.UInt64 => Of(contents.Uint64Contents.ToArray()),
            ElementType.Float32 => Of(contents.Fp32Contents.ToArray()),
            ElementType.Float64 => Of(contents.Fp64Contents.ToArray()),
            _ => throw ServingCodes.BadRequest.Error(where, $"{WireTypes.NameOf(element)} has no typed contents: send raw_input_contents"),
        };

        OrtValue Of<T>(T[] values) where T : unmanaged => values.Length == count
            ? BinaryTensors.Read(where, element, shape, MemoryMarshal.AsBytes<T>(values)) : throw WrongCount(values.Length);

        TTo[] Narrow<TFrom, TTo>(IEnumerable<TFrom> values) where TFrom : INumberBase<TFrom> where TTo : INumberBase<TTo>
        {
            try
            {
                return [.. values.Select(TTo.CreateChecked)];
            }
            catch (OverflowException)
            {
                throw ServingCodes.BadRequest.Error(where, $"an element is outside of the range of {WireTypes.NameOf(element)}");
            }
        }

        ModelException WrongCount(int found) => ServingCodes.BadRequest.Error(
            where, $"its shape {WireShape.Text(shape)} does not fit its contents for {WireTypes.NameOf(element)}, which have {found} elements");
    }
}
