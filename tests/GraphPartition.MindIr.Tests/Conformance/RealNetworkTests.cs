using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Diagnostics;
using GraphPartition.MindIr.Proto;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>Real files, imported and run in ONNX Runtime, against their networks computed by plain loops over the weights in the
/// file.</summary>
public class RealNetworkTests
{
    [SharedTheory("models/mindir")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LeNet(int seed)
    {
        string path = RealFiles.PathOf("ori_net.mindir");
        GraphProto proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph;
        TensorData x = Runner.Random(seed, 1, 1, 32, 32);

        TensorData h = MaxPool(Reference.Conv(x, Weight(proto, "conv1.weight")).Map(Relu));
        h = MaxPool(Reference.Conv(h, Weight(proto, "conv2.weight")).Map(Relu));
        TensorData[] dense = [.. proto.Node.Where(n => n.OpType == "Constant" && n.Attribute[0].Tensors.Count == 1)
            .Select(n => Tensor(n.Attribute[0].Tensors[0]))];
        Assert.Equal(3, dense.Length);
        h = TensorData.Floats(h.As<float>(), 1, 400);
        h = Product(Product(Product(h, dense[0]).Map(Relu), dense[1]).Map(Relu), dense[2]);

        Model model = MindIrReader.Read(path);
        Assert.Equal(["x"], model.Graph.Inputs.Select(v => v.Name));
        Assert.Equal(["output_0"], model.Graph.Outputs.Select(v => v.Name));
        Runner.AssertClose(h, Assert.Single(Run(model, x)));

        static double Relu(double v) => Math.Max(v, 0);
    }

    [SharedTheory("models/mindir")]
    [InlineData(1)]
    [InlineData(2)]
    public void A_network_with_an_LSTM(int seed)
    {
        string path = RealFiles.PathOf("old_version_mindir_2.mindir");
        GraphProto proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph;
        TensorData x = Runner.Random(seed, 1, 9, 10), h0 = Runner.Random(seed + 1, 1, 1, 50), c0 = Runner.Random(seed + 2, 1, 1, 50);
        TensorData wi = Weight(proto, "lstm.weight_ih_l0"), wh = Weight(proto, "lstm.weight_hh_l0"), bi = Weight(proto, "lstm.bias_ih_l0"),
            bh = Weight(proto, "lstm.bias_hh_l0"), w = Weight(proto, "dense1.weight"), b = Weight(proto, "dense1.bias");

        double[] h = [.. Enumerable.Range(0, 50).Select(u => h0.Get(0, 0, u))],
            c = [.. Enumerable.Range(0, 50).Select(u => c0.Get(0, 0, u))];
        for (int t = 0; t < 9; t++)
        {
            double[] gates = [.. Enumerable.Range(0, 200).Select(g => bi.Get(g) + bh.Get(g)
                + Enumerable.Range(0, 10).Sum(k => wi.Get(g, k) * x.Get(0, t, k)) + Enumerable.Range(0, 50).Sum(k => wh.Get(g, k) * h[k]))];
            for (int u = 0; u < 50; u++)
            {
                c[u] = Sigmoid(gates[50 + u]) * c[u] + Sigmoid(gates[u]) * Math.Tanh(gates[100 + u]);
                h[u] = Sigmoid(gates[150 + u]) * Math.Tanh(c[u]);
            }
        }
        TensorData expected = Reference.Fill([1, 4],
            at => Math.Tanh(b.Get(at[1]) + Enumerable.Range(0, 50).Sum(k => w.Get(at[1], k) * h[k])));

        Model model = MindIrReader.Read(path);
        Assert.Equal(["inputs", "h", "c"], model.Graph.Inputs.Select(v => v.Name));
        Runner.AssertClose(expected, Assert.Single(Run(model, x, h0, c0)));

        static double Sigmoid(double v) => 1 / (1 + Math.Exp(-v));
    }

    [SharedFact("models/mindir")]
    public void Single_operators_of_1_1_and_1_5()
    {
        TensorData a = Runner.Random(1, 2, 2), b = Runner.Random(2, 2, 2), image = Runner.Random(3, 1, 1, 2, 2);
        TensorData sum = Reference.Fill([2, 2], at => a.Get(at) + b.Get(at));
        Runner.AssertClose(sum, Run(MindIrReader.Read(RealFiles.PathOf("tensor_add.mindir")), a, b)[0]);
        Runner.AssertClose(image.Map(v => Math.Max(v, 0)), Run(MindIrReader.Read(RealFiles.PathOf("relu.mindir")), image)[0]);
    }

    [SharedFact("models/mindir")]
    public void Single_operators_of_2_5()
    {
        TensorData x = TensorData.Of<double>(ElementType.Float64, [-2, -0.5, 0.25, 3], 2, 2),
            alpha = TensorData.Scalar(ElementType.Float32, 1.5f);
        double[] CeLU(double a) => [.. new[] { -2, -0.5, 0.25, 3 }.Select(v => Math.Max(0, v) + Math.Min(0, a * (Math.Exp(v / a) - 1)))];
        Check("test_ops_celu_cast_float_fp32_cnode_to_fp64", CeLU(1.5 + 0.01), x, alpha);
        Check("test_ops_celu_cast_float_fp32_parameter_node_to_fp64", CeLU(1.5), x, alpha);
        Check("test_ops_celu_cast_float_fp32_value_node_to_fp64", CeLU(0.99), x);
        Check("test_ops_log_cast_primitive_attribute_fp32_to_fp64", [0, Math.Log(2), Math.Log(3)],
            TensorData.Of<double>(ElementType.Float64, [1, 2, 3], 3));

        // alpha is half the number of elements of y that are not 0: three of five.
        TensorData y = TensorData.Int64s(0, 4, 0, 5, 6), single = TensorData.Floats([-2, -0.5f, 0.25f, 3], 2, 2);
        Runner.AssertClose(TensorData.Floats([.. CeLU(1.5).Select(v => (float)v)], 2, 2),
            Run(MindIrReader.Read(RealFiles.PathOf("ms_2_5_0_compile_cache/test_ops_celu_cast_float_fp32_cnode_to_fp64_v2.mindir")), single,
                y)[0]);

        // Factors 0.5, 1.5, 2.5.
        Model upsample = MindIrReader.Read(RealFiles.PathOf(
            "ms_2_5_0_compile_cache/test_ops_upsample_cast_tuple_float_fp32_value_node_to_fp64.mindir"));
        long[] dims = [.. upsample.Graph.Inputs[0].Shape!.Select(d => d.Size)];
        TensorData volume = TensorData.Of<double>(ElementType.Float64,
            [.. Enumerable.Range(0, (int)TensorData.CountOf([.. dims])).Select(i => i / 7.0)], dims);
        TensorData resized = Assert.Single(Run(upsample, volume));
        long[] to = [.. resized.Dims];
        Assert.Equal([dims[0], dims[1], dims[2] / 2, dims[3] * 3 / 2, dims[4] * 5 / 2], to);
        var picked = new List<double>();
        Reference.Fill(to, at =>
        {
            picked.Add(volume.Get(at[0], at[1], at[2] * 2, (long)(at[3] / 1.5), (long)(at[4] / 2.5)));
            return 0;
        });
        Runner.AssertClose(TensorData.Of<double>(ElementType.Float64, [.. picked], to), resized);

        static void Check(string name, double[] expected, params TensorData[] inputs)
        {
            TensorData result = Assert.Single(Run(MindIrReader.Read(RealFiles.PathOf($"ms_2_5_0_compile_cache/{name}.mindir")), inputs));
            Runner.AssertClose(TensorData.Of<double>(ElementType.Float64, expected, [.. result.Dims]), result);
        }
    }

    [SharedFact("models/mindir")]
    public void An_encrypted_file_with_its_key()
    {
        Model model = MindIrReader.Read(RealFiles.PathOf("add_encrpty_key_0123456789ABCDEF.mindir"),
            new() { Key = "0123456789ABCDEF"u8.ToArray() });
        TensorData[] inputs = [.. model.Graph.Inputs.Select((v, i) => Runner.Random(i, [.. v.Shape!.Select(d => d.Size)]))];
        Runner.AssertClose(Reference.Fill([.. inputs[0].Dims], at => inputs[0].Get(at) + inputs[1].Get(at)), Run(model, inputs)[0]);
    }

    [SharedTheory("models/mindir")]
    [InlineData("0123456789ABCDEG", "the key is wrong")]
    [InlineData("", "no key was given")]
    [InlineData("short", "has 5")]
    public void An_encrypted_file_without_its_key(string key, string message)
    {
        var e = Assert.Throws<ModelException>(() => MindIrReader.Read(
            RealFiles.PathOf("add_encrpty_key_0123456789ABCDEF.mindir"), new() { Key = System.Text.Encoding.ASCII.GetBytes(key) }));
        Assert.Equal(MindIrCodes.WrongKey, Assert.Single(e.Diagnostics).Code);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    /// <summary>The results, after a look whether exports of older opsets give the same.</summary>
    private static TensorData[] Run(Model model, params TensorData[] inputs)
    {
        TensorData[] results = Runner.Run(model, inputs);
        Model canonical = OnnxReader.Read(OnnxWriter.ToBytes(model),
            new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
        foreach (int opset in (int[])[13, 17, 21])
            foreach ((TensorData expected, TensorData actual) in results.Zip(Runner.Run(OpsetExport.At(canonical, opset), inputs)))
                Runner.AssertClose(expected, actual);
        return results;
    }

    private static TensorData MaxPool(TensorData x) => Reference.Fill([x.Dims[0], x.Dims[1], x.Dims[2] / 2, x.Dims[3] / 2], at =>
        Math.Max(Math.Max(x.Get(at[0], at[1], 2 * at[2], 2 * at[3]), x.Get(at[0], at[1], 2 * at[2], 2 * at[3] + 1)),
            Math.Max(x.Get(at[0], at[1], 2 * at[2] + 1, 2 * at[3]), x.Get(at[0], at[1], 2 * at[2] + 1, 2 * at[3] + 1))));

    private static TensorData Product(TensorData a, TensorData b) => Reference.Fill([a.Dims[0], b.Dims[1]], at =>
        Enumerable.Range(0, (int)a.Dims[1]).Sum(k => a.Get(at[0], k) * b.Get(k, at[1])));

    private static MemoryTensor Weight(GraphProto graph, string name) => Tensor(graph.Parameter.Single(p => p.RefKey == name));

    private static MemoryTensor Tensor(TensorProto t) => new((ElementType)t.DataType, [.. t.Dims], t.RawData.Memory);
}
