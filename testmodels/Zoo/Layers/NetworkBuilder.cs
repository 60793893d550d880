using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestModels.Layers;

/// <summary>
/// A network under construction: names, weights and operators on top of <see cref="GraphBuilder"/>. Weights are named as
/// PyTorch names them ("layer1.0.conv1.weight"), results after their place and operator ("layer1.0.conv1/Conv").
/// </summary>
/// <param name="name">The graph's name.</param>
/// <param name="options">What the user chose.</param>
public sealed class NetworkBuilder(string name, NetworkOptions options)
{
    /// <summary>The operator set: all forms used here are in it, and mean the same in every later one.</summary>
    private const int Opset = 18;

    /// <summary>The file format that came with that operator set.</summary>
    private const int FormatVersion = 8;

    private readonly Dictionary<string, int> _names = [];
    private readonly List<(string Name, Value Value)> _outputs = [];
    private GraphBuilder _graph = new(options.Rules) { Name = name };
    private string _scope = "";

    /// <summary>What the user chose.</summary>
    public NetworkOptions Options { get; } = options;

    /// <summary>An input of floats.</summary>
    public Tensor Input(string name, params ReadOnlySpan<Dim> dims) => Input(name, ElementType.Float32, dims);

    /// <summary>An input.</summary>
    public Tensor Input(string name, ElementType element, params ReadOnlySpan<Dim> dims) =>
        new(this, _graph.Input(Fresh(name), new TensorType(element, new Shape(dims))), 1);

    /// <summary>The input "image", of the size that the user chose: normalized pixels, so their mean square is 1.</summary>
    public Tensor Image(int channels = 3)
    {
        int size = Options.Image ?? throw new InvalidOperationException("no image size given, and no default");
        return Input("image", Options.Batch, channels, size, size);
    }

    /// <summary>Makes a tensor a result of the network, under this name.</summary>
    public void Output(string name, Tensor tensor) => _outputs.Add((name, tensor.Value));

    /// <summary>What is built until the returned object is disposed is named under <paramref name="name"/>.</summary>
    public IDisposable Scope(string name)
    {
        var inner = new NameScope(this, _scope);
        _scope = _scope.Length == 0 ? name : $"{_scope}.{name}";
        return inner;
    }

    /// <summary>A trained parameter with elements from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public Tensor Parameter(string name, float low, float high, params ReadOnlySpan<long> dims)
    {
        string full = InScope(name);
        return Constant(full, RandomWeights.Floats(Options.Seed, full, low, high, dims));
    }

    /// <summary>A trained parameter with mean 0 and the given standard deviation.</summary>
    public Tensor Weight(double deviation, params ReadOnlySpan<long> dims)
    {
        float limit = (float)(Math.Sqrt(3) * deviation); // a uniform distribution over ±a has the variance a²/3
        return Parameter("weight", -limit, limit, dims).WithPower(deviation * deviation);
    }

    /// <summary>Additive parameters: small, and not 0, so that a bias left out shows in the results.</summary>
    public Tensor Bias(int count) => Parameter("bias", -0.1f, 0.1f, count).WithPower(0);

    /// <summary>Quantized weights.</summary>
    public Tensor QuantizedWeight(params ReadOnlySpan<long> dims)
    {
        string full = InScope("weight_quantized");
        return Constant(full, RandomWeights.SignedBytes(Options.Seed, full, dims));
    }

    /// <summary>A constant that is not a parameter.</summary>
    public Tensor Constant(TensorData data) => Constant(InScope("constant"), data);

    /// <summary>A constant float.</summary>
    public Tensor Scalar(float value) => Constant(TensorData.Scalar(ElementType.Float32, value)).WithPower(value * value);

    /// <summary>A constant list of integers: axes, shapes.</summary>
    public Tensor Integers(params ReadOnlySpan<long> values) => Constant(TensorData.Int64s(values));

    /// <summary>Adds a node with one output. Its <see cref="Tensor.Power"/> is that of the first input.</summary>
    internal Tensor Op(
        OpName op, TensorType type, ReadOnlySpan<Tensor?> inputs, params ReadOnlySpan<(string, AttributeValue)> attributes) =>
        Ops(op, [type], inputs, attributes)[0];

    /// <summary>Adds a node with several outputs; those with type null are left out, and do not stand in what is returned.</summary>
    internal Tensor[] Ops(
        OpName op, ReadOnlySpan<IrType?> types, ReadOnlySpan<Tensor?> inputs,
        params ReadOnlySpan<(string, AttributeValue)> attributes)
    {
        string label = Fresh(_scope.Length == 0 ? op.Type : $"{_scope}/{op.Type}");
        var specs = new OutputSpec[types.Length];
        for (int i = 0; i < specs.Length; i++)
            specs[i] = types[i] is { } type ? new(i == 0 ? label : Fresh($"{label}.{i}"), type) : new(null);
        Value?[] values = [.. inputs.ToArray().Select(t => t?.Value)];
        Node node = _graph.Add(op, values, specs, AttributeMap.Of(attributes), label);
        double power = inputs.IsEmpty ? 1 : inputs[0]?.Power ?? 1;
        return [.. node.Outputs.OfType<Value>().Select(v => new Tensor(this, v, power))];
    }

    /// <summary>
    /// A body for If, Loop or Scan: what <paramref name="build"/> adds, returning what it returns. It may use any tensor
    /// of the graphs around it.
    /// </summary>
    internal Graph Body(string name, Func<Tensor[]> build)
    {
        GraphBuilder outer = _graph;
        _graph = new(Options.Rules, outer.Scope) { Name = InScope(name) };
        Tensor[] outputs = build();
        Graph body = _graph.Build([.. outputs.Select(t => t.Value)]);
        _graph = outer;
        return body;
    }

    /// <summary>The network. The builder must not be used afterwards.</summary>
    /// <exception cref="ModelException">The rules objected to a node, or infer another type than the layer declares.</exception>
    internal Model Finish()
    {
        if (_graph.Scope.Diagnostics.Count > 0) throw new ModelException(_graph.Scope.Diagnostics);
        Graph result = _graph.Build([.. _outputs.Select(o => o.Value)]);
        return new Model(WithOutputNames(result))
        {
            Opsets = OpsetVersions.Standard(Opset),
            FormatVersion = FormatVersion,
            ProducerName = "GraphPartition.TestModels",
        };
    }

    /// <summary>Gives the results their public names: a layer that adds a node does not know that it is the last one.</summary>
    private Graph WithOutputNames(Graph graph)
    {
        var names = new Substitution(_outputs.ToDictionary(o => o.Value, o => new Value(Fresh(o.Name), o.Value.Type)));
        var builder = new GraphBuilder(Options.Rules, _graph.Scope) { Name = graph.Name };
        foreach (Value input in graph.Inputs) builder.Input(input);
        foreach (Value constant in graph.Constants) builder.Constant(constant);
        foreach (Node node in graph.Nodes) names.Append(builder, node);
        return builder.Build([.. graph.Outputs.Select(names.Of)]);
    }

    private Tensor Constant(string name, TensorData data) => new(this, _graph.Constant(Fresh(name), data), 1);

    private string InScope(string name) => _scope.Length == 0 ? name : $"{_scope}.{name}";

    /// <summary>The name itself the first time, then with a number.</summary>
    private string Fresh(string name)
    {
        int seen = _names.GetValueOrDefault(name);
        _names[name] = seen + 1;
        return seen == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}_{seen}");
    }

    private sealed class NameScope(NetworkBuilder net, string outer) : IDisposable
    {
        public void Dispose() => net._scope = outer;
    }
}
