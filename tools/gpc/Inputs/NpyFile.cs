using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Gpc.Inputs;

/// <summary>
/// Arrays as NumPy saves them (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): little-endian numbers and bools,
/// in C or Fortran order.
/// </summary>
internal static partial class NpyFile
{
    private const int FixedHeader = 8; // magic, version

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelException">GP3022: the file is no array, or of a type that is not read; GP1001: it cannot be read.</exception>
    public static TensorData Read(string path)
    {
        byte[] bytes = InputFile.Read(path, File.ReadAllBytes);
        if (bytes.Length < FixedHeader + 4 || bytes[0] != 0x93 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
            throw Fault("this is no NumPy array");
        bool isLong = bytes[6] >= 2;
        int start = FixedHeader + (isLong ? 4 : 2);
        long length = isLong ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(FixedHeader))
            : BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(FixedHeader));
        if (start + length > bytes.Length) throw Fault("the header is cut off");
        Match header = Header().Match(Encoding.UTF8.GetString(bytes, start, (int)length));
        if (!header.Success) throw Fault("the header is not of the usual form (structured arrays are not read)");
        ElementType element = header.Groups["type"].Value switch
        {
            "<f4" => ElementType.Float32,
            "<f8" => ElementType.Float64,
            "<f2" => ElementType.Float16,
            "<i8" => ElementType.Int64,
            "<i4" => ElementType.Int32,
            "<i2" => ElementType.Int16,
            "|i1" => ElementType.Int8,
            "<u8" => ElementType.UInt64,
            "<u4" => ElementType.UInt32,
            "<u2" => ElementType.UInt16,
            "|u1" => ElementType.UInt8,
            "|b1" => ElementType.Bool,
            var other => throw Fault($"arrays of type '{other}' are not read"),
        };
        long[] dims = [.. header.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(d => long.Parse(d, CultureInfo.InvariantCulture))];
        long need = element.ByteCount(TensorData.CountOf([.. dims])), from = start + length;
        if (bytes.Length - from != need) throw Fault($"it has {bytes.Length - from} bytes of data, the header tells of {need}");
        ReadOnlyMemory<byte> data = bytes.AsMemory((int)from);
        return new MemoryTensor(element, [.. dims], header.Groups["fortran"].Value == "True" ? Rows(data.Span, dims, element.Bits() / 8) : data);

        ModelException Fault(string message) => GpcCodes.BadInputValue.Error(path, message);
    }

    /// <summary>From Fortran order (the first axis runs fastest) to C order.</summary>
    private static byte[] Rows(ReadOnlySpan<byte> from, long[] dims, int width)
    {
        byte[] to = new byte[from.Length];
        long[] at = new long[dims.Length];
        for (int i = 0; i < from.Length / width; i++)
        {
            long place = 0;
            for (int axis = 0; axis < dims.Length; axis++) place = place * dims[axis] + at[axis];
            from.Slice(i * width, width).CopyTo(to.AsSpan((int)place * width));
            for (int axis = 0; axis < dims.Length && ++at[axis] == dims[axis]; axis++) at[axis] = 0;
        }
        return to;
    }

    [GeneratedRegex(@"'descr':\s*'(?<type>[^']*)'.*'fortran_order':\s*(?<fortran>True|False).*'shape':\s*\((?<shape>[0-9,\s]*)\)")]
    private static partial Regex Header();
}
