using GraphPartition.MindIr.Primitives;

namespace GraphPartition.MindIr.Evaluate;

/// <summary>
/// A parsed file with its references resolved. All names of values are in one name space for the whole file: a function uses
/// values of the graphs around it by their names.
/// </summary>
internal sealed class ModelSource
{
    private const string Reference = "REF::";
    private const string SpecialPrefix = "S-Prim-"; // the same primitive, made by another part of MindSpore

    private readonly Dictionary<string, GraphSource> _graphs = [];
    private readonly Dictionary<string, (string Op, AttributeSet Attributes)> _primitives = [];
    private readonly Dictionary<NodeProto, Operation> _operations = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<NodeProto, Operand> _constants = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TensorProto, Operand> _weights = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphSource, IReadOnlyList<string>> _freeNames = [];
    private readonly Dictionary<GraphSource, IReadOnlyList<GraphSource>> _references = [];
    private readonly Dictionary<GraphSource, bool> _recursive = [];
    private readonly ConstantDecoder _decoder;
    private readonly ImportContext _context;

    public ModelSource(ModelProto model, ImportContext context, ConstantDecoder decoder)
    {
        _context = context;
        _decoder = decoder;
        Main = new(model.Graph, context);
        _graphs.Add(Main.Name, Main);
        foreach (GraphProto function in model.Functions)
            if (!_graphs.TryAdd(function.Name, new(function, context)))
                context.Report(ModelCodes.DefinedTwice, "", $"two graphs have the name '{function.Name}'");
        foreach (PrimitiveProto p in model.Primitives)
            _primitives.TryAdd(p.Name, (p.OpType, new(p.Attribute, decoder)));
    }

    public GraphSource Main { get; }

    /// <summary>The graph of that name, or null.</summary>
    public GraphSource? Graph(string name) => _graphs.GetValueOrDefault(name);

    /// <summary>What a node does.</summary>
    public Operation Resolve(NodeProto node)
    {
        if (!_operations.TryGetValue(node, out Operation? known)) _operations.Add(node, known = ResolveNew(node));
        return known;
    }

    /// <summary>What a Constant node holds; one operand for all uses and all calls. Throws <see cref="ImportFault"/>.</summary>
    public Operand Constant(NodeProto node)
    {
        if (_constants.TryGetValue(node, out Operand? known)) return known;
        AttributeProto value = node.Attribute.FirstOrDefault(a => a.Name == "value")
            ?? throw new ImportFault(ModelCodes.BadConstruct, "a Constant has no value");
        Operand decoded = _decoder.Decode(value);
        return _constants[node] = decoded is ConstantOperand c ? c.Named(FileNames.OutputOf(node)) : decoded;
    }

    /// <summary>A weight; one operand for all uses and all calls. Throws <see cref="ImportFault"/>.</summary>
    public Operand Weight(TensorProto weight)
    {
        if (!_weights.TryGetValue(weight, out Operand? known))
            _weights.Add(weight, known = new ConstantOperand(_decoder.Tensors.Decode(weight), FileNames.ForUser(weight.Name)));
        return known;
    }

    /// <summary>
    /// The names that a graph, or a graph that it refers to, takes from the graphs around it. They are evaluated before the
    /// graph is, so that evaluation nests no deeper than calls do.
    /// </summary>
    public IReadOnlyList<string> FreeNames(GraphSource graph)
    {
        if (_freeNames.TryGetValue(graph, out var known)) return known;
        List<GraphSource> reached = [graph];
        HashSet<GraphSource> seen = [graph];
        var used = new HashSet<string>();
        for (int i = 0; i < reached.Count; i++)
        {
            _context.Count(reached[i].Proto.Node.Count + 1);
            foreach (string name in NamesIn(reached[i]))
                if (used.Add(name) && Graph(name) is { } next && seen.Add(next)) reached.Add(next);
        }
        used.RemoveWhere(name => _graphs.ContainsKey(name) || reached.Any(g => g.Defines(name)));
        return _freeNames[graph] = [.. used];
    }

    /// <summary>Whether a graph refers to itself, directly or over others.</summary>
    public bool CallsItself(GraphSource graph)
    {
        if (!_recursive.TryGetValue(graph, out bool known)) _recursive.Add(graph, known = Reaches(graph, graph, _ => false));
        return known;
    }

    /// <summary>Whether a graph refers to another, over any number of graphs in between except those left out.</summary>
    public bool Reaches(GraphSource from, GraphSource to, Func<GraphSource, bool> isLeftOut)
    {
        var pending = new Stack<GraphSource>([from]);
        HashSet<GraphSource> seen = [];
        while (pending.TryPop(out GraphSource? graph))
        {
            _context.Count(1);
            foreach (GraphSource next in References(graph))
            {
                if (next == to) return true;
                if (!isLeftOut(next) && seen.Add(next)) pending.Push(next);
            }
        }
        return false;
    }

    /// <summary>The graphs that a graph calls or passes on.</summary>
    private IReadOnlyList<GraphSource> References(GraphSource graph)
    {
        if (_references.TryGetValue(graph, out var known)) return known;
        _context.Count(graph.Proto.Node.Count + 1);
        return _references[graph] = [.. NamesIn(graph).Select(Graph).OfType<GraphSource>().Distinct()];
    }

    /// <summary>Every name that the nodes and outputs of a graph mention: values, and graphs that are called or passed on.</summary>
    private IEnumerable<string> NamesIn(GraphSource graph)
    {
        foreach (NodeProto node in graph.Proto.Node)
        {
            foreach (string input in node.Input) yield return input;
            if (Resolve(node) is GraphOperation call) yield return call.Graph.Name;
            if (Resolve(node) is ValueOperation callee) yield return callee.Name;
        }
        foreach (ValueInfoProto output in graph.Proto.Output) yield return output.Name;
    }

    private Operation ResolveNew(NodeProto node)
    {
        string type = node.OpType;
        if (type == "Constant") return new ConstantOperation();
        if (!type.StartsWith(Reference, StringComparison.Ordinal)) return OfPrimitive(type, new(node.Attribute, _decoder));
        string name = type[Reference.Length..];
        if (_primitives.TryGetValue(name, out var primitive)) return OfPrimitive(primitive.Op, primitive.Attributes);
        if (Graph(name) is { } graph) return new GraphOperation(graph);
        if (name.StartsWith("MetaFuncGraph::", StringComparison.Ordinal) || name.StartsWith("ClassType::", StringComparison.Ordinal))
            return new FaultyOperation(MindIrCodes.TrainingConstruct, $"it applies the Python object '{name}'");
        return new ValueOperation(name);
    }

    private static PrimitiveOperation OfPrimitive(string name, AttributeSet attributes)
    {
        if (name.StartsWith(SpecialPrefix, StringComparison.Ordinal)) name = name[SpecialPrefix.Length..];
        return new(name, attributes, PrimitiveTable.Find(name));
    }
}
