using GraphPartition.MixedPrecision.Choice;
using GraphPartition.Operators.Families;

namespace GraphPartition.MixedPrecision.Measuring;

/// <summary>
/// The copy of a graph or body with switches: <c>If(on, round(x), x)</c> behind a node that can compute in 16 bits, and in front of it for
/// what comes from elsewhere. Between two such nodes there is one place for both. If computes one branch only; Where would round always.
/// </summary>
internal sealed class SwitchedGraph
{
    private readonly GraphPlan _plan;
    private readonly Rounding _rounding;
    private readonly SwitchedGraph? _outer;
    private readonly GraphBuilder _builder;
    private readonly HashSet<Value> _defined = [];
    private readonly Dictionary<Value, Value> _exact = [], _seen = [];
    private readonly Dictionary<(Value, int), Value> _constants = [];

    public SwitchedGraph(GraphPlan plan, Rounding rounding, SwitchedGraph? outer)
    {
        (_plan, _rounding, _outer) = (plan, rounding, outer);
        _builder = new(DeclaredTypes.Instance, null, plan.Graph.Nodes.Length) { Name = plan.Graph.Name };
    }

    /// <summary>Builds the graph; the observed values become outputs behind those of the graph.</summary>
    public Graph Build(IEnumerable<Value> observed)
    {
        Graph graph = _plan.Graph;
        if (_outer is null) _rounding.Start(_builder);
        foreach (Value input in graph.Inputs)
        {
            _builder.Input(input, graph.Defaults.GetValueOrDefault(input));
            _defined.Add(input);
            if (_plan.LowInputs.Contains(input)) _exact[input] = _rounding.Rounded(_builder, input);
        }
        foreach (Value constant in graph.Constants)
        {
            _builder.Constant(constant);
            _defined.Add(constant);
            if (_plan.Masks.TryGetValue(constant, out TensorData? mask)) _exact[constant] = _builder.Constant(constant.Name + "_mask", mask);
        }
        for (int n = 0; n < graph.Nodes.Length; n++) Add(n);
        Value Output(Value v) => _outer is null && _plan.IsLowOutput(v) ? _rounding.Rounded(_builder, Seen(v)) : Seen(v);
        Value[] outputs = [.. graph.Outputs.Select(Output), .. observed.Select(Seen)];
        return _builder.Build(_outer is null ? Distinct(outputs) : outputs);
    }

    /// <summary>A runtime wants a name for each output, so a value that is one already is copied.</summary>
    private Value[] Distinct(Value[] outputs)
    {
        var taken = new HashSet<Value>();
        for (int i = 0; i < outputs.Length; i++)
        {
            if (taken.Add(outputs[i])) continue;
            outputs[i] = Copy(_builder, outputs[i]);
        }
        return outputs;
    }

    private void Add(int n)
    {
        Node node = _plan.Graph.Nodes[n];
        NodeForm? form = _plan.IsLow[n] ? _plan.Choices[n].Form : null;
        int number = form is null ? -1 : _rounding.NumberOf(node);
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            if (node.Inputs[i] is { } v) inputs[i] = form is { } low && low.Inputs[i] ? Low(v, number) : Seen(v);
        AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes
            : node.Attributes.MapBodies(body => new SwitchedGraph(_plan.Bodies[body], _rounding, this).Build([]));
        bool moves = OperatorDefinitions.Of(node.Op).MovesElements;
        var outputs = new Value?[node.Outputs.Length];
        for (int o = 0; o < outputs.Length; o++)
        {
            if (node.Outputs[o] is not { } v) continue;
            _defined.Add(v);
            outputs[o] = v;
            if (form is null || !form.Outputs[o] || moves) continue;
            _rounding.Producers[v] = number;
            outputs[o] = _exact[v] = new Value(v.Name + "_exact", v.Type, null, v.Elements);
        }
        _builder.Define(node.Op, inputs, outputs, attributes, node.Name, node.Version, node.Metadata);
    }

    /// <summary>The value as its producer gives it, in FP32 or rounded.</summary>
    private Value Seen(Value v)
    {
        SwitchedGraph owner = OwnerOf(v);
        Value exact = owner._exact.GetValueOrDefault(v, v);
        if (!_rounding.Producers.TryGetValue(v, out int producer)) return exact;
        if (owner._seen.TryGetValue(v, out Value? seen)) return seen;
        return owner._seen[v] = owner.Choose(new(producer, -1), exact, null, v.Name);
    }

    /// <summary>The value as a node with switches uses it.</summary>
    private Value Low(Value v, int user)
    {
        SwitchedGraph owner = OwnerOf(v);
        Value exact = owner._exact.GetValueOrDefault(v, v);
        if (exact.IsConstant) return LowConstant(exact, user);
        int producer = _rounding.Producers.GetValueOrDefault(v, -1);
        return Choose(new(producer, user), exact, null, $"{v.Name}_for{user}");
    }

    private Value LowConstant(Value exact, int user)
    {
        if (_constants.TryGetValue((exact, user), out Value? known)) return known;
        Value rounded = _rounding.RoundedConstant(exact);
        return _constants[(exact, user)] = ReferenceEquals(rounded, exact) ? exact
            : Choose(new(-1, user), exact, rounded, $"{exact.Name}_for{user}");
    }

    /// <summary>The value, or its rounded form where the place rounds.</summary>
    private Value Choose(Switch place, Value exact, Value? rounded, string name)
    {
        var chosen = new Value(name, exact.Type);
        _builder.Define("If", [_rounding.Condition(place)], [chosen], AttributeMap.Of(
            ("then_branch", Branch(b => rounded is null ? _rounding.Rounded(b, exact) : Copy(b, rounded))),
            ("else_branch", Branch(b => Copy(b, exact)))));
        return chosen;
    }

    private static Graph Branch(Func<GraphBuilder, Value> result)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "branch" };
        return builder.Build(result(builder));
    }

    private static Value Copy(GraphBuilder builder, Value x)
    {
        var copy = new Value(x.Name + "_copy", x.Type);
        builder.Define("Identity", [x], [copy], AttributeMap.Empty);
        return copy;
    }

    private SwitchedGraph OwnerOf(Value v)
    {
        SwitchedGraph at = this;
        while (!at._defined.Contains(v) && at._outer is { } outer) at = outer;
        return at;
    }
}
