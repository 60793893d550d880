using System.Security.Cryptography;
using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Diagnostics;
using GraphPartition.MindIr.Proto;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Unit;

/// <summary>What is refused, and with which code.</summary>
public class BadFileTests
{
    [Fact]
    public void An_empty_file_is_not_a_model() => ControlFlowTests.Refused([], MindIrCodes.NotMindIr);

    [Fact]
    public void Bytes_of_another_format_are_refused() => ControlFlowTests.Refused([0x0A, 0xFF, 1, 2, 3], MindIrCodes.NotMindIr);

    [Fact]
    public void A_Lite_model_is_recognised_and_refused() =>
        ControlFlowTests.Refused([0, 0, 0, 0, .. "MSL2"u8, 0, 0], MindIrCodes.NotMindIr);

    [Fact]
    public void An_unknown_version_is_refused() => Refused(m => m.MindIrVersion = 4, MindIrCodes.UnsupportedMindIr);

    [Fact]
    public void Big_endian_weights_are_refused() => Refused(m => m.LittleEndian = false, MindIrCodes.UnsupportedMindIr);

    [Fact]
    public void A_part_of_a_distributed_network_is_refused() =>
        Refused(m => m.Parallel = new() { Layout = { new LayoutProto { Name = "w" } } }, MindIrCodes.UnsupportedMindIr);

    [Fact]
    public void Compressed_weights_are_refused() =>
        Refused(m => m.Graph.Parameter[0].CompressionType = TensorProto.Types.CompressionType.Fse, MindIrCodes.PackedWeights);

    [Fact]
    public void Quantized_weights_are_refused() =>
        Refused(m => m.Graph.Parameter[0].QuantParams.Add(new TensorProto.Types.QuantParamProto { QuantAlgoName = "linear_quant" }),
            MindIrCodes.PackedWeights);

    [Fact]
    public void Weights_of_the_wrong_length_are_refused() =>
        Refused(m => m.Graph.Parameter[0].RawData = ByteString.CopyFrom(1, 2, 3), ModelCodes.BadTensor);

    [Fact]
    public void Weights_beyond_all_memory_are_refused() =>
        Refused(m => m.Graph.Parameter[0].Dims.Add([long.MaxValue, long.MaxValue]), ModelCodes.BadTensor);

    [Fact]
    public void An_undefined_name_is_refused() => Refused(m => m.Graph.Node[^1].Input[0] = "nowhere", ModelCodes.UndefinedValue);

    [Fact]
    public void An_input_without_a_type_is_refused() => Refused(m => m.Graph.Input[0].Tensor.Clear(), MindIrCodes.UntypedValue);

    [Fact]
    public void An_unknown_primitive_is_named_with_its_attributes()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        byte[] file =
            b.Build(b.Node("FlashAttentionScore", [b.Input("x", 2)],
                [("head_num", 8L), ("keep_prob", 1f), ("layout", "BSH"), ("shape", new object[] { 2L, -1L })], 2));
        var e = Assert.Throws<ModelException>(() => MindIrReader.Read(file));
        Diagnostic d = Assert.Single(e.Diagnostics);
        Assert.Equal(MindIrCodes.UnknownPrimitive, d.Code);
        Assert.Contains(
            "'FlashAttentionScore', with 1 inputs and the attributes head_num = 8, keep_prob = 1, layout = 'BSH', shape = (2, -1)",
            d.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_item_of_a_tensor_is_refused()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        ControlFlowTests.Refused(b.Build(b.Item(x, 0, 2)), MindIrCodes.UnsupportedUse);
    }

    [Fact]
    public void All_faults_are_reported_together()
    {
        var b = new MindIrBuilder(MindIrStyle.A);
        string x = b.Input("x", 2);
        byte[] file = b.Build(b.Node("NoSuch", [x], [], 2), b.Node("MatMul", [x], [], 2));
        Assert.Equal(2, Assert.Throws<ModelException>(() => MindIrReader.Read(file)).Diagnostics.Count);
    }

    [Theory]
    [InlineData(0x7F3A5ED9u)]
    [InlineData(0x7F3A5EDAu)]
    public void Other_ciphers_are_refused(uint magic)
    {
        byte[] file = [.. BitConverter.GetBytes(magic), 1, 2, 3, 4];
        Assert.True(MindIrReader.Recognizes(file));
        ControlFlowTests.Refused(file, MindIrCodes.UnsupportedCipher);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    public void Encrypted_files_of_several_blocks_are_read(bool tagged, int blocks)
    {
        byte[] plain = Plain(_ => { }), key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)], file = [];
        for (int i = 0; i < blocks; i++)
        {
            ReadOnlySpan<byte> part = plain.AsSpan((plain.Length * i / blocks)..(plain.Length * (i + 1) / blocks));
            byte[] iv = RandomNumberGenerator.GetBytes(16), cipher = new byte[part.Length], tag = new byte[16];
            using var aes = new AesGcm(key, 16);
            aes.Encrypt(iv.AsSpan(0, 12), part, cipher, tag);
            file = [.. file, .. BitConverter.GetBytes(0x7F3A5ED8u), .. tagged ? tag : [], .. BitConverter.GetBytes(24 + cipher.Length),
                .. BitConverter.GetBytes(16), .. iv, .. BitConverter.GetBytes(cipher.Length), .. cipher];
        }
        Assert.Single(MindIrReader.Read(file, new() { Key = key }).Graph.Nodes);
    }

    [Fact]
    public void Recognition_tells_MindIR_from_ONNX()
    {
        Assert.True(MindIrReader.Recognizes(Plain(_ => { })));
        Assert.True(MindIrReader.Recognizes(Plain(m => m.ClearIrVersion())));
        Assert.False(MindIrReader.Recognizes([0x08, 0x0A, 0x12, 0x07, .. "pytorch"u8]));
        Assert.False(MindIrReader.Recognizes([0x12, 0x07, .. "pytorch"u8]));
        Assert.False(MindIrReader.Recognizes(ReadOnlySpan<byte>.Empty));
    }

    internal static byte[] Plain(Action<ModelProto> change)
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        // Without Depend, so that the last node is the one that changes are made to.
        b.Graph.Parameter.Add(new TensorProto
        {
            Name = "g:w",
            DataType = 1,
            Dims = { 2 },
            RefKey = "w",
            RawData = ByteString.CopyFrom(TensorData.Floats([1, 2], 2).Bytes.Span),
        });
        string y = b.Node("Add", [x, "g:w"], [], 2);
        ModelProto model = ModelProto.Parser.ParseFrom(b.Build(y));
        change(model);
        return model.ToByteArray();
    }

    private static void Refused(Action<ModelProto> change, DiagnosticCode code) => ControlFlowTests.Refused(Plain(change), code);
}
