using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators.Tests.Support;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.Operators.Tests.Conformance;

/// <summary>
/// Inference of ONNX Runtime's own operators against what its CPU kernels give: every output's type is fully known and right. What
/// it has no CPU kernel for is tested with its family only.
/// </summary>
public sealed class ContribInferenceTests
{
    private const string Scale = " f32[]{0.1}", Zero8 = " u8[]{0}";

    public static TheoryData<string, string, int, string> Cases { get; } = new()
    {
        { "Gelu", "f32[2,8]", 1, "" },
        { "QuickGelu", "f32[2,8]", 1, "" },
        { "FastGelu", "f32[2,3,8] f32[8]", 1, "" },
        { "BiasGelu", "f32[2,3,8] f32[8]", 1, "" },
        { "FusedMatMul", "f32[2,3,4] f32[2,5,4]", 1, "transB=1" },
        { "FusedMatMul", "f32[2,4,3] f32[4,5]", 1, "transA=1" },
        { "FusedMatMul", "f32[3,2,4] f32[3,4,5]", 1, "alpha=0.5" },
        { "FusedMatMul", "f32[3,2,4] f32[2,4,5]", 1, "transBatchA=1" },
        { "TransposeMatMul", "f32[4,2] f32[4,5]", 1, "transA=1" },
        { "FusedGemm", "f32[3,4] f32[5,4] f32[5]", 1, "transB=1 activation=Relu" },
        { "FusedConv", "f32[1,3,8,9] f32[4,3,3,3] f32[4]", 1, "activation=Relu strides=[2,1] pads=[1,0,1,0]" },
        { "FusedConv", "f32[1,4,8,8] f32[4,2,3,3] f32[4] f32[1,4,6,6]", 1, "activation=Relu group=2" },
        { "SkipLayerNormalization", "f32[2,3,8] f32[2,3,8] f32[8] f32[8] f32[8]", 4, "" },
        { "SkipSimplifiedLayerNormalization", "f32[2,3,8] f32[2,3,8] f32[8]", 4, "" },
        { "EmbedLayerNormalization",
            "i32[2,3]{0,1,2,0,1,1} i32[2,3]{0,1,1,0,0,0} f32[5,8] f32[4,8] f32[2,8] f32[8] f32[8] i32[2,3]{1,1,1,1,1,1}", 3, "" },
        { "Attention", "f32[2,3,8] f32[8,24] f32[24]", 1, "num_heads=2" },
        { "Attention", "f32[2,3,8] f32[8,24] f32[24] - f32[2,2,2,4,4]", 2, "num_heads=2" },
        { "Attention", "f32[2,3,8] f32[8,20] f32[20]", 1, "num_heads=2 qkv_hidden_sizes=[8,8,4]" },
        { "MultiHeadAttention", "f32[2,3,8] f32[2,5,8] f32[2,5,8]", 1, "num_heads=2" },
        { "MultiHeadAttention", "f32[2,3,8] f32[2,5,8] f32[2,5,6]", 1, "num_heads=2" },
        { "GroupQueryAttention", "f32[2,3,32] f32[2,3,16] f32[2,3,16] - - i32[2]{2,2} i32[1]{3}", 1, "num_heads=4 kv_num_heads=2" },
        { "RotaryEmbedding", "f32[2,3,16] i64[2,3]{0,1,2,0,1,2} f32[4,2] f32[4,2]", 1, "num_heads=4" },
        { "MatMulNBits", "f32[2,3,32] u8[8,1,16] f32[8]", 1, "K=32 N=8 bits=4 block_size=32" },
        { "MatMulNBits", "f32[3,64] u8[8,2,32] f32[16]", 1, "K=64 N=8 bits=8 block_size=32" },
        { "QLinearAdd", "u8[2,3]" + Scale + Zero8 + " u8[3]" + Scale + Zero8 + Scale + Zero8, 1, "" },
        { "QLinearMul", "u8[2,1]" + Scale + Zero8 + " u8[3]" + Scale + Zero8 + Scale + Zero8, 1, "" },
        { "QLinearSigmoid", "u8[2,3]" + Scale + Zero8 + Scale + Zero8, 1, "" },
        { "QLinearLeakyRelu", "u8[2,3]" + Scale + Zero8 + Scale + Zero8, 1, "alpha=0.1" },
        { "QLinearSoftmax", "u8[2,3]" + Scale + Zero8 + Scale + Zero8, 1, "opset=13 axis=-1" },
        { "QLinearAveragePool", "u8[1,2,7,7]" + Scale + Zero8 + Scale + Zero8, 1, "kernel_shape=[3,3] strides=[2,2] ceil_mode=1" },
        { "QLinearGlobalAveragePool", "u8[1,2,7,5]" + Scale + Zero8 + Scale + Zero8, 1, "" },
        { "QLinearGlobalAveragePool", "u8[1,7,5,2]" + Scale + Zero8 + Scale + Zero8, 1, "channels_last=1" },
        { "QLinearConcat", Scale.Trim() + Zero8 + " u8[2,3]" + Scale + Zero8 + " u8[2,4]" + Scale + Zero8, 1, "axis=1" },
        { "QLinearWhere", "bool[2,3] u8[3]" + Scale + Zero8 + " u8[2,1]" + Scale + Zero8 + Scale + Zero8, 1, "" },
        { "QLinearConv", "u8[1,3,8,8]" + Scale + Zero8 + " u8[4,3,3,3]" + Scale + Zero8 + Scale + Zero8, 1, "pads=[1,1,1,1]" },
        { "QGemm", "u8[3,4]" + Scale + Zero8 + " u8[4,5]" + Scale + Zero8 + " -" + Scale + Zero8, 1, "" },
        { "QGemm", "u8[3,4]" + Scale + Zero8 + " u8[5,4]" + Scale + Zero8, 1, "transB=1" },
        { "QAttention", "u8[2,3,8] u8[8,24] f32[24]" + Scale + Scale + " -" + Zero8 + Zero8, 1, "num_heads=2" },
        { "DynamicQuantizeMatMul", "f32[2,3,4] u8[4,5]" + Scale + Zero8, 1, "" },
        { "MatMulIntegerToFloat", "u8[2,3,4] u8[4,5]" + Scale + Scale + Zero8 + Zero8, 1, "" },
        { "DynamicQuantizeLSTM", "f32[5,2,3] u8[1,3,16] u8[1,4,16] f32[1,32] - - - - f32[1]{0.1} u8[1]{0} f32[1]{0.1} u8[1]{0}", 3,
            "hidden_size=4" },
        { "QuantizeLinear", "f32[2,3]" + Scale + Zero8, 1, "" },
        { "DequantizeLinear", "u8[2,3]" + Scale + Zero8, 1, "" },
        { "GatherND", "f32[3,4] i32[2,1]{0,1}", 1, "" },
        { "GridSample", "f32[1,2,4,4] f32[1,3,5,2]", 1, "" },
        { "CropAndResize", "f32[2,3,8,8] f32[4,4] i32[4]{0,1,0,1} i32[2]{3,5}", 1, "" },
        { "ExpandDims", "f32[2,3] i32[]{-1}", 1, "" },
        { "Pad", "f32[2,3] i64[4]{0,1,2,0}", 1, "" },
        { "Range", "f32[]{0} f32[]{10} f32[]{3}", 1, "" },
        { "Range", "i64[]{10} i64[]{0} i64[]{-4}", 1, "" },
        { "Trilu", "f32[2,3,3]", 1, "upper=0" },
        { "CDist", "f32[3,4] f32[5,4]", 1, "metric=euclidean" },
        { "Inverse", "f32[1,2,2]{1,0,0,1}", 1, "" },
        { "NhwcMaxPool", "u8[1,7,7,2]", 1, "kernel_shape=[2,2] strides=[2,2]" },
        { "MaxpoolWithMask", "f32[1,1,4,4] i32[1,1,4,4]", 1, "kernel_shape=[2,2]" },
        { "MurmurHash3", "i32[2,3]", 1, "" },
        { "NGramRepeatBlock", "i64[2,5] f32[2,7]", 1, "ngram_size=2" },
        { "Unique", "f32[4]{1,2,1,3}", 3, "" },
        { "ConvTransposeWithDynamicPads", "f32[1,2,4,4] f32[2,3,3,3] i64[4]{1,1,1,1}", 1, "kernel_shape=[3,3] strides=[2,2]" },
        { "WordConvEmbedding", "i32[2,8] f32[10,1,3,4] f32[10] f32[5,4]", 1, "" },
        { "BifurcationDetector", "i64[4]{1,2,3,4} i64[3]{1,2,3} i64[]{0}", 2, "" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Types_are_those_that_ONNX_Runtime_gives(string op, string inputs, int outputs, string attributes)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value?[] values = [.. inputs.Split(' ').Select((text, i) => Inferred.Input(builder, text, $"x{i}"))];
        Node node = builder.Add(new("com.microsoft", op), values, [.. Enumerable.Range(0, outputs).Select(i => (OutputSpec)$"y{i}")],
            Attributes(attributes));
        Assert.Empty(builder.Scope.Diagnostics);
        Graph graph = builder.Build([.. node.Outputs.Select(o => o!)]);
        IrType[] actual = Run(graph);
        for (int i = 0; i < outputs; i++)
        {
            // the kernel leaves the mean out
            if (i > 0 && actual[i] is null or TensorType { Element: ElementType.Undefined } or not TensorType) continue;
            Value inferred = graph.Outputs[i];
            bool isDependent = inferred.Shape?.Any(d => d.Symbol?.Contains('$') == true) == true; // only the data tells
            Assert.False(IrType.Merge(inferred.Type, actual[i]) is null, $"output {i}: inferred {inferred.Type}, actual {actual[i]}");
            Assert.True(isDependent || inferred.Type.Equals(actual[i]), $"output {i}: inferred only {inferred.Type}, actual {actual[i]}");
        }
    }

    private static AttributeMap Attributes(string text) =>
        AttributeMap.Of([.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair =>
    {
        (string name, string value) = pair.Split('=') is [var n, var v] ? (n, v) : throw new ArgumentException(pair);
        AttributeValue parsed = value is ['[', .. var list, ']'] ? list.Split(',').Select(long.Parse).ToArray()
            : long.TryParse(value, out long whole) ? whole : float.TryParse(value, out float real) ? real : value;
        return (name, parsed);
    })]);

    private static IrType[] Run(Graph graph)
    {
        var model = new Model(graph) { Opsets = OpsetVersions.Standard(21).Add("com.microsoft", 1), FormatVersion = 10 };
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };
        using var session = new InferenceSession(OnnxWriter.ToBytes(model), options);
        using var run = new RunOptions();
        var inputs = new InputGenerator(new Dictionary<string, long>()).For(graph).Select(i => (i.Key, Value: OrtValues.ToOrt(i.Value)))
            .ToList();
        using var results = session.Run(run, [.. inputs.Select(i => i.Key)], [.. inputs.Select(i => i.Value)], session.OutputNames);
        IrType[] types = [.. results.Select(r => ActualType.Of(OrtValues.ToData(r))!)];
        foreach (var (_, value) in inputs) value.Dispose();
        return types;
    }
}
