using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.Solving;

/// <summary>
/// What nodes require of element types: parameters with one type variable of the operator's schema have one type, which is among those
/// that the schema allows. If, Loop and Scan pass types into their bodies and out again.
/// </summary>
internal sealed class ElementRelations(OperatorTable operators, ValueTable values, ElementClasses classes, Action<Clash> contradict)
{
    private readonly Dictionary<(OpName, int), Signature?> _signatures = [];
    private readonly HashSet<int> _reported = []; // nodes: one contradiction of each is enough

    /// <summary>Adds the requirements of all nodes.</summary>
    public void AddAll()
    {
        for (int n = 0; n < values.Nodes.Length; n++)
        {
            Node node = values.Nodes[n].Node;
            if (SignatureOf(node) is { } signature) Add(n, node, signature);
            if (node.Attributes.Count > 0 && node.Op.Domain.Length == 0) AddBodies(n, node);
        }
    }

    private void Add(int n, Node node, Signature signature)
    {
        Span<int> first = stackalloc int[signature.Variables]; // of each type variable the first value
        first.Fill(-1);
        for (int i = 0; i < node.Inputs.Length; i++)
            if (node.Inputs[i] is { } value && signature.Input(i) is var (set, variable)) Add(n, value, set, variable, first);
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } value && signature.Output(i) is var (set, variable)) Add(n, value, set, variable, first);
    }

    private void Add(int n, Value value, uint set, int variable, Span<int> first)
    {
        int id = values.IdOf(value);
        if (id < 0) return;
        Report(classes.Restrict(id, set, n));
        if (variable < 0) return;
        if (first[variable] < 0) first[variable] = id;
        else Report(classes.Unite(first[variable], id, n));
    }

    /// <summary>
    /// Branches give what the node gives; a carried value keeps its type; an element of a scanned value has that value's type.
    /// </summary>
    private void AddBodies(int n, Node node)
    {
        switch (node.Op.Type)
        {
            case "If":
                for (int i = 0; i < node.Outputs.Length; i++)
                {
                    Value? then = At(node.Attributes.Body("then_branch")?.Outputs, i);
                    Same(n, then, At(node.Attributes.Body("else_branch")?.Outputs, i));
                    Same(n, then, node.Output(i));
                }
                break;
            case "Loop" when node.Attributes.Body("body") is { } body:
                for (int i = 2; i < node.Inputs.Length; i++)
                {
                    Same(n, node.Input(i), At(body.Inputs, i));
                    Same(n, At(body.Inputs, i), At(body.Outputs, i - 1));
                }
                for (int i = 0; i < node.Outputs.Length; i++) Same(n, node.Output(i), At(body.Outputs, i + 1));
                break;
            case "Scan" when node.Attributes.Body("body") is { } body && body.Inputs.Length == node.Inputs.Length:
                for (int i = 0; i < node.Inputs.Length; i++) Same(n, node.Input(i), body.Inputs[i]);
                for (int i = 0; i < node.Outputs.Length; i++) Same(n, node.Output(i), At(body.Outputs, i));
                break;
        }
    }

    private void Same(int n, Value? a, Value? b)
    {
        if (a is not null && b is not null && values.IdOf(a) is >= 0 and var x && values.IdOf(b) is >= 0 and var y)
            Report(classes.Unite(x, y, n));
    }

    private void Report(Clash? clash)
    {
        if (clash is { } found && _reported.Add(found.Node)) contradict(found);
    }

    private static Value? At(ImmutableArray<Value>? list, int index) => index < list?.Length ? list.Value[index] : null;

    private Signature? SignatureOf(Node node)
    {
        if (!_signatures.TryGetValue((node.Op, node.Version), out Signature? signature))
            _signatures.Add((node.Op, node.Version), signature = operators.Of(node)?.Schema is { } schema ? new(schema) : null);
        return signature;
    }

    /// <summary>A schema as bit sets and small numbers: for each parameter its types, and its type variable or -1.</summary>
    private sealed class Signature
    {
        private readonly (uint Set, int Variable)[] _inputs, _outputs;
        private readonly bool _manyInputs, _manyOutputs;

        public Signature(OperatorSchema schema)
        {
            var variables = new Dictionary<string, int>();
            _inputs = [.. schema.Inputs.Select(Of)];
            _outputs = [.. schema.Outputs.Select(Of)];
            _manyInputs = schema.MaxInputs == int.MaxValue;
            _manyOutputs = schema.MaxOutputs == int.MaxValue;
            Variables = variables.Count;

            (uint, int) Of(SchemaParameter p)
            {
                if (p.MayDiffer || p.Types.OnlyElement != ElementType.Undefined) return (p.Types.Candidates, -1);
                if (!variables.TryGetValue(p.Type, out int variable)) variables.Add(p.Type, variable = variables.Count);
                return (p.Types.Candidates, variable);
            }
        }

        public int Variables { get; }

        public (uint Set, int Variable)? Input(int index) => At(_inputs, _manyInputs, index);

        public (uint Set, int Variable)? Output(int index) => At(_outputs, _manyOutputs, index);

        private static (uint, int)? At((uint, int)[] list, bool isMany, int index) =>
            index < list.Length ? list[index] : isMany ? list[^1] : null;
    }
}
