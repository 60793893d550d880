using GraphPartition.Ir.Graphs;

namespace GraphPartition.Ir.Rewriting;

/// <summary>
/// Copies a graph node by node while its user changes some of them. Unchanged nodes are shared with the source. A node whose
/// inputs became other values of the same type and known elements keeps its output values; every other node behind a change is
/// built again, so its types are inferred again.
/// </summary>
/// <remarks>
/// Nothing is copied before the first change, so a walk without changes costs no more than reading the nodes.
/// Outputs of a main graph keep their names; outputs of a body are identified by their order.
/// </remarks>
public class GraphRewriter
{
    private readonly ValueMap<Value> _map = new(); // only values that changed
    private bool _isMapped; // whether there is one
    private readonly IOperatorRules _rules;
    private readonly BuildScope? _scope;
    private readonly bool _isBody;
    private GraphBuilder? _builder; // made at the first change
    private int _prefix; // until then: how many nodes of the source are kept as they are
    private ValueSet? _outputs; // of a main graph: values whose names must stay
    private ValueSet? _standIns; // values of the copy that replace outputs of the source
    private ValueSet? _inputs; // of the source; made at first use
    private bool _changed;

    /// <summary>Starts a copy of <paramref name="source"/> that has its inputs and constants; the caller adds the nodes.</summary>
    /// <param name="source">The graph to copy.</param>
    /// <param name="rules">Infers the types of nodes that are built again.</param>
    /// <param name="scope">What the builders of one model share.</param>
    /// <param name="isBody">Whether the graph is a body, whose outputs have no names to keep.</param>
    public GraphRewriter(Graph source, IOperatorRules rules, BuildScope? scope = null, bool isBody = false)
    {
        Source = source;
        _rules = rules;
        _scope = scope;
        _isBody = isBody;
    }

    /// <summary>
    /// Infers the types in a node's body again, from other types of its inputs. Returns the body itself if it has these types, and if
    /// nested bodies were typed too often (<see cref="BuildScope.MaxRetypedNodes"/>).
    /// </summary>
    /// <param name="node">The node with the body.</param>
    /// <param name="body">The body.</param>
    /// <param name="inputs">A type for each input of the body.</param>
    /// <returns>The body, and what the rules found wrong in it.</returns>
    public static (Graph Body, ImmutableArray<Diagnostic> Objections) Retype(NodeInference node, Graph body, ReadOnlySpan<IrType> inputs)
    {
        bool isTyped = true;
        for (int i = 0; i < inputs.Length; i++) isTyped &= inputs[i].Equals(body.Inputs[i].Type);
        if (isTyped || !node.Scope.MayRetype(body.Nodes.Length)) return (body, []);
        int before = node.Scope.Diagnostics.Count;
        node.Scope.BodyDepth++;
        var replay = new GraphRewriter(body, node.Rules, node.Scope, isBody: true, inputs);
        foreach (Node n in body.Nodes) replay.Keep(n);
        Graph typed = replay.Finish();
        node.Scope.BodyDepth--;
        return (typed, node.Scope.TakeBack(before));
    }

    /// <summary>Starts a copy whose inputs have these types.</summary>
    /// <param name="source">The graph to copy.</param>
    /// <param name="rules">Infers the types of nodes that are built again.</param>
    /// <param name="scope">What the builders of one model share.</param>
    /// <param name="isBody">Whether the graph is a body.</param>
    /// <param name="inputs">A type for each input.</param>
    protected GraphRewriter(Graph source, IOperatorRules rules, BuildScope scope, bool isBody, ReadOnlySpan<IrType> inputs)
        : this(source, rules, scope, isBody)
    {
        bool isSame = true;
        for (int i = 0; i < inputs.Length; i++) isSame &= inputs[i].Equals(source.Inputs[i].Type);
        if (isSame) return;
        _builder = new GraphBuilder(rules, scope, source.Nodes.Length) { Name = source.Name, Metadata = source.Metadata };
        for (int i = 0; i < inputs.Length; i++)
        {
            Value old = source.Inputs[i];
            Value input = inputs[i].Equals(old.Type) ? old : new Value(old.Name, inputs[i], metadata: old.Metadata);
            _builder.Input(input, source.Defaults.GetValueOrDefault(old));
            if (!ReferenceEquals(input, old)) Replace(old, input);
        }
    }

    /// <summary>The graph that is copied.</summary>
    public Graph Source { get; }

    /// <summary>Takes new nodes and constants; nodes added here come before the source's next node.</summary>
    public GraphBuilder Builder => _builder ??= NewBuilder();

    /// <summary>The value of the copy that represents a value of the source.</summary>
    public Value Map(Value value) => _isMapped ? _map[value] ?? value : value;

    /// <summary>The value of the copy that represents an input of a node of the source.</summary>
    /// <returns>The value, or null where the input is left out.</returns>
    public Value? Input(Node node, int index) => node.Input(index) is { } value ? Map(value) : null;

    /// <summary>
    /// From now on <paramref name="with"/>, a value of the copy, represents <paramref name="value"/> of the source. An output
    /// keeps its name: the new value gets that name or, where it cannot (<see cref="CanReplace"/>), an Identity is added.
    /// </summary>
    public void Replace(Value value, Value with)
    {
        _changed = true;
        if (!ReferenceEquals(value, with)) Point(value, with);
    }

    /// <summary>
    /// Whether <paramref name="with"/> can represent <paramref name="value"/> without an extra node: yes, unless the value is
    /// an output of a main graph and the other is an input, a constant, or an output of another name.
    /// </summary>
    public bool CanReplace(Value value, Value with)
    {
        if (!IsNamedOutput(value) || value.Name == with.Name) return true;
        return !IsFixed(with) && _standIns?.Contains(with) != true && !(IsNamedOutput(with) && _map[with] is null);
    }

    /// <summary>Replaces a value where that needs no extra node.</summary>
    /// <returns>Whether it did (<see cref="CanReplace"/>).</returns>
    public bool TryReplace(Value value, Value with)
    {
        if (!CanReplace(value, with)) return false;
        Replace(value, with);
        return true;
    }

    /// <summary>Leaves a node out; its outputs must have been replaced or must be unused.</summary>
    public void Drop() => _changed = true;

    /// <summary>Copies a node, with other attributes where given; shares it where neither they nor its inputs changed.</summary>
    /// <returns>The node of the copy. Bodies whose types are inferred again keep their nodes in number and order.</returns>
    public Node Keep(Node node, AttributeMap? attributes = null) => Keep(node, attributes ?? node.Attributes, isRetyped: false);

    /// <summary>The name, the type and the metadata of an output of a node that is built again.</summary>
    protected virtual OutputSpec SpecOf(Value output) => OutputSpec.Like(output);

    /// <summary>As <see cref="Keep(Node, AttributeMap?)"/>.</summary>
    /// <param name="node">The node.</param>
    /// <param name="attributes">Its attributes in the copy.</param>
    /// <param name="isRetyped">Whether its outputs are inferred again even if nothing else changes.</param>
    protected Node Keep(Node node, AttributeMap attributes, bool isRetyped)
    {
        bool isChanged = isRetyped |= !ReferenceEquals(attributes, node.Attributes);
        if (_isMapped)
        {
            bool captured = false;
            foreach (Value v in node.Captures) captured |= See(v);
            if (captured) attributes = attributes.MapBodies(MapCaptures);
            foreach (Value? v in node.Inputs)
                if (v is not null) See(v);
        }
        if (!isChanged)
        {
            if (_builder is null && !_changed && _prefix < Source.Nodes.Length && ReferenceEquals(node, Source.Nodes[_prefix])) _prefix++;
            else Builder.Append(node);
            return node;
        }
        _changed = true;
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = Input(node, i);
        if (!isRetyped) return Builder.Define(node.Op, inputs, node.Outputs.AsSpan(), attributes, node.Name, node.Version, node.Metadata);
        var outputs = new OutputSpec[node.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = node.Outputs[i] is { } output ? SpecOf(output) : default;
        Node copy = Builder.Add(node.Op, inputs, outputs, attributes, node.Name, node.Version, node.Metadata);
        for (int i = 0; i < outputs.Length; i++)
            if (node.Outputs[i] is { } old) Point(old, copy.Outputs[i]!);
        return copy;

        bool See(Value v)
        {
            if (_map[v] is not { } with) return false;
            isChanged = true;
            isRetyped |= !LooksTheSame(v, with);
            return true;
        }
    }

    /// <summary>Copies a node with its bodies changed; shares it where nothing changed.</summary>
    public Node Keep(Node node, Func<Graph, Graph> inBody) =>
        Keep(node, node.Attributes.Count == 0 ? node.Attributes : node.Attributes.MapBodies(inBody));

    /// <summary>The copy, with all constants of the source; the source itself where nothing changed.</summary>
    public Graph Finish()
    {
        if (!_changed) return Source;
        foreach (Value v in Source.Constants) Builder.Constant(v);
        var outputs = new Value[Source.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = Map(Source.Outputs[i]);
        if (_standIns is null) return Builder.Build(outputs);

        var renamed = new Dictionary<Value, Value>();
        var wellNamed = new ValueSet();
        for (int i = 0; i < outputs.Length; i++)
            if (outputs[i].Name == Source.Outputs[i].Name) wellNamed.Add(outputs[i]);
        for (int i = 0; i < outputs.Length; i++)
        {
            Value was = Source.Outputs[i], now = outputs[i];
            if (now.Name == was.Name) continue;
            outputs[i] = new Value(was.Name, IrType.Merge(now.Type, was.Type) ?? now.Type,
                null, now.Elements, was.Metadata ?? now.Metadata);
            if (renamed.TryGetValue(now, out Value? same) && same.Name == was.Name) outputs[i] = same; // an output that is listed twice
            else if (IsFixed(now) || wellNamed.Contains(now) || !renamed.TryAdd(now, outputs[i]))
                Builder.Define("Identity", [now], [outputs[i]], AttributeMap.Empty);
        }
        if (renamed.Count > 0) Builder.Map(new Substitution(renamed).Of);
        return Builder.Build(outputs);
    }

    private Graph KeepAll()
    {
        foreach (Node node in Source.Nodes) Keep(node);
        return Finish();
    }

    private void Point(Value value, Value with)
    {
        _map.Place(value) = with;
        _isMapped = true;
        if (IsNamedOutput(value)) (_standIns ??= new()).Add(with);
    }

    private bool IsNamedOutput(Value value) => !_isBody && (_outputs ??= ValueSet.Of(Source.Outputs)).Contains(value);

    private GraphBuilder NewBuilder()
    {
        GraphBuilder builder = GraphBuilder.For(Source, _rules, _scope);
        for (int n = 0; n < _prefix; n++) builder.Append(Source.Nodes[n]);
        return builder;
    }

    /// <summary>Whether the value cannot be renamed: it is an input or a constant, which no node of the copy defines.</summary>
    private bool IsFixed(Value value) => value.IsConstant || (_inputs ??= ValueSet.Of(Source.Inputs)).Contains(value);

    /// <summary>Copies a body whose captures changed.</summary>
    private Graph MapCaptures(Graph body)
    {
        GraphRewriter? rewriter = null;
        foreach (Value v in body.Captures)
            if (_map[v] is { } with)
                (rewriter ??= new GraphRewriter(body, Builder.Rules, Builder.Scope, isBody: true)).Replace(v, with);
        if (rewriter is null) return body;
        Builder.Scope.BodyDepth++;
        Graph copy = rewriter.KeepAll();
        Builder.Scope.BodyDepth--;
        return copy;
    }

    /// <summary>Whether type inference gives the same result for either value as an input.</summary>
    private static bool LooksTheSame(Value a, Value b) =>
        a.IsConstant == b.IsConstant && a.Type.Equals(b.Type)
        && (a.Elements is { } x ? b.Elements is { } y && x.AsSpan().SequenceEqual(y.AsSpan()) : b.Elements is null);
}
