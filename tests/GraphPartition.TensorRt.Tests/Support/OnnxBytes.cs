using System.Text;

namespace GraphPartition.TensorRt.Tests.Support;

/// <summary>
/// Writes small ONNX models as bytes: as much of ModelProto as the mock parser reads (field numbers: onnx.proto).
/// </summary>
internal sealed class OnnxBytes
{
    private readonly MemoryStream _graph = new();

    public OnnxBytes Node(string op, string name, string[] inputs, string output)
    {
        MemoryStream node = new();
        foreach (string input in inputs)
        {
            Text(node, 1, input);
        }

        Text(node, 2, output);
        Text(node, 3, name);
        Text(node, 4, op);
        Bytes(_graph, 1, node);
        return this;
    }

    /// <summary>A float input; -1 stands for a size that is not known.</summary>
    public OnnxBytes Input(string name, params long[] shape) => Value(11, name, shape);

    /// <summary>A float output.</summary>
    public OnnxBytes Output(string name, params long[] shape) => Value(12, name, shape);

    public OnnxBytes Constant(string name, params float[] data)
    {
        MemoryStream tensor = new();
        MemoryStream dims = new();
        Varint(dims, (ulong)data.Length);
        Bytes(tensor, 1, dims);
        Varint(tensor, 2 << 3);
        Varint(tensor, 1);
        Text(tensor, 8, name);
        Bytes(tensor, 9, new MemoryStream([.. data.SelectMany(BitConverter.GetBytes)]));
        Bytes(_graph, 5, tensor);
        return this;
    }

    public byte[] ToArray()
    {
        MemoryStream model = new();
        Varint(model, 1 << 3); // ir_version
        Varint(model, 8);
        Bytes(model, 7, _graph);
        return model.ToArray();
    }

    /// <summary>y = relu(x + 1) * 2 over [2, 3].</summary>
    public static OnnxBytes Example(params long[] shape) => new OnnxBytes()
        .Input("x", shape.Length == 0 ? [2, 3] : shape)
        .Constant("one", 1f)
        .Constant("two", 2f)
        .Node("Add", "add", ["x", "one"], "a")
        .Node("Relu", "relu", ["a"], "b")
        .Node("Mul", "mul", ["b", "two"], "y")
        .Output("y", shape.Length == 0 ? [2, 3] : shape);

    private OnnxBytes Value(int field, string name, long[] shape)
    {
        MemoryStream dims = new();
        foreach (long size in shape)
        {
            MemoryStream dim = new();
            if (size >= 0)
            {
                Varint(dim, 1 << 3);
                Varint(dim, (ulong)size);
            }

            Bytes(dims, 1, dim);
        }

        MemoryStream tensor = new();
        Varint(tensor, 1 << 3); // elem_type: float
        Varint(tensor, 1);
        Bytes(tensor, 2, dims);
        MemoryStream type = new();
        Bytes(type, 1, tensor);
        MemoryStream info = new();
        Text(info, 1, name);
        Bytes(info, 2, type);
        Bytes(_graph, field, info);
        return this;
    }

    private static void Text(MemoryStream to, int field, string text) => Bytes(to, field, new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static void Bytes(MemoryStream to, int field, MemoryStream contents)
    {
        Varint(to, (ulong)(field << 3 | 2));
        Varint(to, (ulong)contents.Length);
        contents.WriteTo(to);
    }

    private static void Varint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.WriteByte((byte)(value | 0x80));
        }

        to.WriteByte((byte)value);
    }
}
