using System.Collections.Immutable;
using System.Globalization;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Text;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestSupport;

/// <summary>
/// Reads the text form that <see cref="GraphPrinter"/> writes. Types in the text are declared types, as in a file: the rules
/// infer the rest. A tensor that is printed as a digest gets that digest and no elements.
/// </summary>
public sealed class GraphParser
{
    private readonly TextLexer _lexer;
    private readonly IOperatorRules _rules;
    private readonly BuildScope _scope;
    private readonly Stack<Dictionary<string, Value>> _names = [];

    private GraphParser(string text, IOperatorRules? rules, BuildScope? scope)
    {
        _lexer = new TextLexer(text);
        _rules = rules ?? DeclaredTypes.Instance;
        _scope = scope ?? new BuildScope();
    }

    /// <summary>The main graph of a text. Throws <see cref="TextFormException"/>.</summary>
    public static Graph ParseGraph(string text, IOperatorRules? rules = null, BuildScope? scope = null)
    {
        var parser = new GraphParser(text, rules, scope);
        Graph graph = parser.Graph();
        return parser._lexer.AtEnd ? graph : throw parser._lexer.Fault("there is more behind the graph");
    }

    /// <summary>The model of a text. Throws <see cref="TextFormException"/>.</summary>
    public static Model ParseModel(string text, IOperatorRules? rules = null, BuildScope? scope = null)
    {
        var parser = new GraphParser(text, rules, scope);
        Func<Graph, Model> head = parser.Head();
        Model model = head(parser.Graph());
        var functions = ImmutableArray.CreateBuilder<Function>();
        while (!parser._lexer.AtEnd) functions.Add(parser.Function());
        return model with { Functions = functions.ToImmutable() };
    }

    private Func<Graph, Model> Head()
    {
        _lexer.Expect("model");
        _lexer.Expect("{");
        var opsets = OpsetVersions.None;
        string producer = "", producerVersion = "", domain = "";
        long version = 0;
        var metadata = new MetadataParser();
        var training = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        while (!_lexer.TryTake("}"))
            if (_lexer.TryTake("opset")) opsets = Opsets();
            else if (_lexer.TryTake("producer")) (producer, producerVersion) = (_lexer.Text(), _lexer.Text());
            else if (_lexer.TryTake("domain")) domain = _lexer.Text();
            else if (_lexer.TryTake("version")) version = _lexer.Integer();
            else if (_lexer.TryTake("training")) training.Add(_lexer.Bytes());
            else if (!metadata.TryRead(_lexer)) throw _lexer.Fault("expected opset, producer, domain, version, training, doc or meta");
        return graph => new Model(graph)
        {
            Opsets = opsets,
            ProducerName = producer,
            ProducerVersion = producerVersion,
            Domain = domain,
            ModelVersion = version,
            Metadata = metadata.ToMetadata() ?? new("", []),
            Training = training.ToImmutable(),
        };
    }

    private ImmutableSortedDictionary<string, int> Opsets()
    {
        var opsets = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        if (_lexer.Is("}") || !_lexer.OnSameLine) return opsets.ToImmutable();
        do
        {
            string word = _lexer.Name();
            string domain = "";
            if (_lexer.TryTake("=")) (domain, word) = (word, _lexer.Word());
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int version))
                throw _lexer.Fault("a version must be a number");
            opsets[domain] = version;
        }
        while (_lexer.TryTake(","));
        return opsets.ToImmutable();
    }

    private Function Function()
    {
        _lexer.Expect("function");
        OpName name = Op();
        var builder = new GraphBuilder(_rules, _scope);
        var opsets = OpsetVersions.None;
        List<string> attributes = [];
        AttributeMap defaults = AttributeMap.Empty;
        var metadata = new MetadataParser();
        Graph body = Body(builder, () =>
        {
            for (; ; )
                if (_lexer.IsKeyword("opset") && _lexer.TryTake("opset")) opsets = Opsets();
                else if (_lexer.IsKeyword("attributes") && _lexer.TryTake("attributes"))
                    do attributes.Add(_lexer.Name()); while (_lexer.TryTake(","));
                else if (_lexer.IsKeyword("defaults") && _lexer.TryTake("defaults")) defaults = Attributes();
                else if (!metadata.TryRead(_lexer)) return;
        });
        return new(name, body) { Attributes = [.. attributes], Defaults = defaults, Opsets = opsets, Metadata = metadata.ToMetadata() };
    }

    private Graph Graph()
    {
        _lexer.Expect("graph");
        var builder = new GraphBuilder(_rules, _scope) { Name = _lexer.Name() };
        var metadata = new MetadataParser();
        return Body(builder, () =>
        {
            while (metadata.TryRead(_lexer)) { }
            builder.Metadata = metadata.ToMetadata();
        });
    }

    /// <summary>Everything behind a graph's or function's name; <paramref name="head"/> reads the first lines.</summary>
    private Graph Body(GraphBuilder builder, Action head)
    {
        _names.Push([]);
        _lexer.Expect("(");
        for (bool more = !_lexer.TryTake(")"); more; more = _lexer.MoreUntil(")"))
        {
            OutputSpec input = Output();
            TensorData? otherwise = _lexer.TryTake("=") ? Tensor() : null;
            Define(builder.Input(input.Name ?? "_", input.Declared ?? IrType.Unknown, otherwise, input.Metadata));
        }
        _lexer.Expect("->");
        _lexer.Expect("(");
        var outputs = new List<string>();
        for (bool more = !_lexer.TryTake(")"); more; more = _lexer.MoreUntil(")")) outputs.Add(_lexer.Name());
        _lexer.Expect("{");
        head();
        while (!_lexer.Is("}"))
            if (_lexer.IsKeyword("const")) Constant(builder);
            else Node(builder);
        Graph graph = builder.Build([.. outputs.Select(Value)]);
        _lexer.Expect("}");
        _names.Pop();
        return graph;
    }

    private void Constant(GraphBuilder builder)
    {
        _lexer.Expect("const");
        string name = _lexer.Name();
        _lexer.Expect(":");
        IrType type = TypeParser.Parse(_lexer);
        ValueMetadata? valueMetadata = MetadataParser.OfValue(_lexer);
        _lexer.Expect("=");
        if (type is not TensorType tensor) throw _lexer.Fault("a constant is a tensor");
        Define(builder.Constant(name, TensorParser.Parse(_lexer, tensor), valueMetadata));
    }

    private void Node(GraphBuilder builder)
    {
        var outputs = new List<OutputSpec>();
        if (_lexer.TryTake("(")) _lexer.Expect(")");
        else
            do outputs.Add(Output()); while (_lexer.TryTake(","));
        _lexer.Expect("=");
        OpName op = Op();
        int version = _lexer.TryTake("@") ? (int)_lexer.Integer() : 0;
        var inputs = new List<Value?>();
        _lexer.Expect("(");
        for (bool more = !_lexer.TryTake(")"); more; more = _lexer.MoreUntil(")"))
            inputs.Add(_lexer.TryTake("_") ? null : Value(_lexer.Name()));
        AttributeMap attributes = _lexer.Is("{") ? Attributes() : AttributeMap.Empty;
        string name = _lexer.IsQuoted && _lexer.OnSameLine ? _lexer.Text() : "";
        var metadata = new MetadataParser();
        while (_lexer.OnSameLine && metadata.TryRead(_lexer)) { }
        Node node = builder.Add(op, [.. inputs], [.. outputs], attributes, name, version, metadata.ToMetadata());
        foreach (Value? v in node.Outputs)
            if (v is not null) Define(v);
    }

    /// <summary><c>name: type (metadata)</c>, with type and metadata optional; or <c>_</c>.</summary>
    private OutputSpec Output()
    {
        if (_lexer.TryTake("_")) return default;
        string name = _lexer.Name();
        return new(name, _lexer.TryTake(":") ? TypeParser.Parse(_lexer) : null, MetadataParser.OfValue(_lexer));
    }

    private OpName Op()
    {
        string domain = "", type = _lexer.Name();
        if (_lexer.TryTake("::")) (domain, type) = (type, _lexer.Name());
        return new(domain, type, _lexer.TryTake(":") ? _lexer.Name() : "");
    }

    private AttributeMap Attributes()
    {
        _lexer.Expect("{");
        var items = new List<KeyValuePair<string, AttributeValue>>();
        for (bool more = !_lexer.TryTake("}"); more; more = _lexer.MoreUntil("}"))
        {
            string name = _lexer.Name();
            if (items.Exists(i => i.Key == name)) throw _lexer.Fault($"attribute '{name}' is given twice");
            _lexer.Expect("=");
            items.Add(new(name, Attribute().With(MetadataParser.OfValue(_lexer))));
        }
        return AttributeMap.Of([.. items]);
    }

    private AttributeValue Attribute()
    {
        if (_lexer.PeekNumber() is { } number)
        {
            if (!number.AsSpan().ContainsAny(".En") && !number.EndsWith("inf", StringComparison.Ordinal))
                return new IntAttribute(_lexer.Integer());
            return new FloatAttribute(Float());
        }
        if (_lexer.TryHex(out byte[] bytes)) return new StringAttribute(bytes);
        if (_lexer.IsQuoted) return new StringAttribute(_lexer.Bytes());
        if (_lexer.Is("[")) return _lexer.Nested(List);
        if (_lexer.Is("graph")) return new GraphAttribute(_lexer.Nested(Graph));
        if (_lexer.TryTake("@")) return Reference();
        if (_lexer.TryTake("type"))
        {
            _lexer.Expect("(");
            var type = new TypeAttribute(TypeParser.Parse(_lexer));
            _lexer.Expect(")");
            return type;
        }
        if (_lexer.TryTake("sparse")) return new SparseTensorAttribute(Sparse());
        if (_lexer.TryTake("bytes")) return Digest();
        if (Array.FindIndex(TextForm.Kinds, _lexer.Is) is var kind and >= 0)
        {
            _lexer.Word();
            _lexer.Expect("[");
            _lexer.Expect("]");
            return Empty(kind);
        }
        return new TensorAttribute(Tensor());
    }

    /// <summary><c>bytes[300] #0123456789abcdef</c>: a long string.</summary>
    private DigestAttribute Digest()
    {
        _lexer.Expect("[");
        long length = _lexer.Integer();
        _lexer.Expect("]");
        return _lexer.TryDigest(out byte[] digest) ? new(length, digest) : throw _lexer.Fault("expected a digest");
    }

    private float Float()
    {
        try
        {
            return TextLexer.Single(_lexer.Number());
        }
        catch (Exception e) when (e is FormatException and not TextFormException or OverflowException)
        {
            throw _lexer.Fault("a number is not a float");
        }
    }

    /// <summary>A list of at least one; its first element tells the kind.</summary>
    private AttributeValue List()
    {
        var items = new List<AttributeValue>();
        _lexer.Expect("[");
        do items.Add(Attribute()); while (_lexer.MoreUntil("]"));
        if (items.Exists(i => i.GetType() != items[0].GetType())) throw _lexer.Fault("the elements of a list are of different kinds");
        return items[0] switch
        {
            IntAttribute => new IntsAttribute([.. items.Cast<IntAttribute>().Select(i => i.Value)]),
            FloatAttribute => new FloatsAttribute([.. items.Cast<FloatAttribute>().Select(i => i.Value)]),
            StringAttribute => new StringsAttribute([.. items.Cast<StringAttribute>().Select(i => i.Bytes)]),
            TensorAttribute => new TensorsAttribute([.. items.Cast<TensorAttribute>().Select(i => i.Value)]),
            SparseTensorAttribute => new SparseTensorsAttribute([.. items.Cast<SparseTensorAttribute>().Select(i => i.Value)]),
            GraphAttribute => new GraphsAttribute([.. items.Cast<GraphAttribute>().Select(i => i.Value)]),
            TypeAttribute => new TypesAttribute([.. items.Cast<TypeAttribute>().Select(i => i.Value)]),
            _ => throw _lexer.Fault("there are no lists of this kind"),
        };
    }

    private AttributeValue Empty(int kind) => TextForm.Kinds[kind] switch
    {
        "ints" => new IntsAttribute([]),
        "floats" => new FloatsAttribute([]),
        "strings" => new StringsAttribute([]),
        "tensors" => new TensorsAttribute([]),
        "sparse_tensors" => new SparseTensorsAttribute([]),
        "graphs" => new GraphsAttribute([]),
        "types" => new TypesAttribute([]),
        _ => throw _lexer.Fault("there are no lists of this kind"),
    };

    private ReferenceAttribute Reference()
    {
        string parameter = _lexer.Name();
        _lexer.Expect(":");
        string word = _lexer.Word();
        int kind = Array.IndexOf(TextForm.Kinds, word);
        if (kind < 0 && !int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out kind))
            throw _lexer.Fault($"'{word}' is not a kind of attribute");
        return new(parameter, kind);
    }

    private TensorData Tensor() => TypeParser.Parse(_lexer) is TensorType type ? TensorParser.Parse(_lexer, type)
        : throw _lexer.Fault("expected a tensor");

    private SparseTensorData Sparse()
    {
        _lexer.Expect("[");
        var dims = new List<long>();
        for (bool more = !_lexer.TryTake("]"); more; more = _lexer.MoreUntil("]")) dims.Add(_lexer.Integer());
        _lexer.Expect("(");
        TensorData values = Tensor();
        _lexer.Expect(",");
        TensorData indices = Tensor();
        _lexer.Expect(")");
        return new(values, indices, [.. dims]);
    }

    private void Define(Value value)
    {
        if (!_names.Peek().TryAdd(value.Name, value)) throw _lexer.Fault($"'{value.Name}' is defined twice");
    }

    private Value Value(string name)
    {
        foreach (Dictionary<string, Value> scope in _names)
            if (scope.TryGetValue(name, out Value? value)) return value;
        throw _lexer.Fault($"'{name}' is not defined");
    }
}
